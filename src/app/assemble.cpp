#include "app/assemble.h"

#include <algorithm>
#include <thread>

#include "adapt/peft.h"
#include "base/error.h"
#include "data/match/row_groups.h"

namespace fettle::app {
namespace {

// The base that an adapter's config names.
fs::path base_of_adapter(const fs::path& adapter) {
  const Json config = read_json_file(adapter / "adapter_config.json");
  const Json* base = find(config, "base_model_name_or_path");
  if (base == nullptr || !base->is_string() || base->get<std::string>().empty()) {
    throw ModelError("{}: names no base model; give the base first and the adapter with --adapter",
                     adapter / "adapter_config.json");
  }
  const fs::path named = base->get<std::string>();
  if (!fs::exists(named)) {
    throw ModelError(
        "{}: its base model {} is not there; give the base first and the adapter with "
        "--adapter",
        adapter, named);
  }
  return named;
}

}  // namespace

Compute make_compute(const model::ModelConfig& config) {
  tensor::set_threads(config.num_threads);
  const at::Device device = tensor::parse_device(config.device);
  return {device, tensor::parse_compute_dtype(config.dtype, device)};
}

NamedModel resolve_model(const std::string& name, const std::optional<std::string>& adapter) {
  const fs::path path = name;
  if (adapter && !adapter->empty()) return {path, fs::path(*adapter)};
  std::error_code error;
  if (fs::is_regular_file(path / "adapter_config.json", error)) {
    return {base_of_adapter(path), path};
  }
  return {path, std::nullopt};
}

batch::TextSide text_view(const model::TextSide& side) {
  return {.tokenizer = *side.tokenizer,
          .chat_template = side.chat_template ? &*side.chat_template : nullptr};
}

std::vector<batch::TokenId> stop_ids(const model::DecoderConfig& config,
                                     const model::TextSide& side) {
  std::vector<batch::TokenId> out;
  for (const std::int64_t id : config.eos_token_id) {
    out.push_back(static_cast<batch::TokenId>(id));
  }
  if (const auto eos = side.tokenizer->special().eos) out.push_back(*eos);
  return out;
}

model::Decoder load_named(const NamedModel& named, const Compute& compute, bool classifiers) {
  model::Decoder decoder = model::load_decoder(model::ModelFiles(named.base),
                                               {compute.device, compute.dtype, classifiers});
  if (named.adapter) (void)adapt::read_peft(*named.adapter, decoder);
  return decoder;
}

data::LoadedData load_rows(const recipe::Recipe& recipe) {
  const int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  return data::load_dataset(
      recipe.data, static_cast<std::uint64_t>(recipe.train.loop.seed),
      [&](std::span<const data::Row> rows) { return data::near_groups(rows, threads); });
}

batch::LoaderOptions loader_options(const recipe::Recipe& recipe) {
  const train::TrainConfig& loop = recipe.train.loop;
  return {.per_device_train_batch_size = recipe.train.batch.per_device_train_batch_size,
          .gradient_accumulation_steps = recipe.train.batch.gradient_accumulation_steps,
          .num_train_epochs = loop.num_train_epochs,
          .max_steps = std::max<std::int64_t>(0, loop.max_steps),
          .seed = static_cast<std::uint64_t>(loop.seed)};
}

void check_examples(const batch::ExampleReport& report, std::int64_t max_bad_rows,
                    const std::string& dataset) {
  std::string problems;
  for (std::size_t i = 0; i < std::min<std::size_t>(report.problems.size(), 5); ++i) {
    problems += "\n  " + report.problems[i].message();
  }
  if (report.refused > max_bad_rows) {
    throw DataError("{}: {} of {} rows cannot be trained on and data.max_bad_rows allows {}:{}",
                    dataset, report.refused, report.rows, max_bad_rows, problems);
  }
  if (report.examples == 0) {
    throw DataError("{}: no row is left to train on ({}){}", dataset, batch::summary(report),
                    problems);
  }
}

}  // namespace fettle::app
