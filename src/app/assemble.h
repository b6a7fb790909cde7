// From a recipe to the objects of a run: the one place that knows every list.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapt/config.h"
#include "batch/build_examples.h"
#include "batch/loader.h"
#include "batch/token_text.h"
#include "data/dataset.h"
#include "model/decoder.h"
#include "model/model_files.h"
#include "model/text_side.h"
#include "recipe/load.h"

namespace fettle::app {

// Where a model is computed and in which type.
struct Compute {
  at::Device device = at::Device(at::kCPU);
  at::ScalarType dtype = at::kFloat;
};
[[nodiscard]] Compute make_compute(const model::ModelConfig& config);

// A model as the command line names it: a base (folder or GGUF), an adapter folder whose config
// names its base, or a run's folder, which is one of the two.
struct NamedModel {
  fs::path base;
  std::optional<fs::path> adapter;
};
[[nodiscard]] NamedModel resolve_model(const std::string& name,
                                       const std::optional<std::string>& adapter);

// What the batch room needs of a model's text side, which must outlive it.
[[nodiscard]] batch::TextSide text_view(const model::TextSide& side);

// The ids that end an answer.
[[nodiscard]] std::vector<batch::TokenId> stop_ids(const model::DecoderConfig& config,
                                                   const model::TextSide& side);

// The decoder with its adapter, if it has one, ready for inference. classifiers: as of
// model::LoadOptions.
[[nodiscard]] model::Decoder load_named(const NamedModel& named, const Compute& compute,
                                        bool classifiers = false);

// The recipe's rows; what val_size holds out is never nearly the same as a training row.
[[nodiscard]] data::LoadedData load_rows(const recipe::Recipe& recipe);

// How the recipe orders its rows into steps.
[[nodiscard]] batch::LoaderOptions loader_options(const recipe::Recipe& recipe);

// Throws DataError for a report with more refused rows than the recipe allows, or no example.
void check_examples(const batch::ExampleReport& report, std::int64_t max_bad_rows,
                    const std::string& dataset);

}  // namespace fettle::app
