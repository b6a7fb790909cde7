// An adapter folded into its base's weights, checked by reading the result back.
#pragma once

#include <functional>
#include <string>

#include "base/file.h"
#include "model/decoder.h"
#include "release/model_folder.h"

namespace fettle::release {

struct MergeReport {
  std::int64_t merged_layers = 0;
  double largest_difference = 0;  // of logits, relative to the largest logit
  double allowed_difference = 0;
  std::uint64_t bytes = 0;
};

// Largest relative difference of logits that a merge in this type may show.
[[nodiscard]] double allowed_difference(at::ScalarType dtype);

// decoder: the base with its low-rank parts, in float32; afterwards merged. Writes aside, reads the
// folder back, compares its logits with base + adapter on a fixed set of token ids, and only then
// renames it to `folder`. write_text puts the tokenizer's files into a folder. Throws UsageError
// when the folder exists or there is no adapter, ModelError when the logits differ.
[[nodiscard]] MergeReport merge(const fs::path& folder, model::Decoder& decoder,
                                const FolderOptions& options,
                                const std::function<void(const fs::path&)>& write_text);

}  // namespace fettle::release
