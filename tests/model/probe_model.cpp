// probe_model REQUEST.json: what a model computes for given ids, written as safetensors for the
// oracle tests to compare. The request:
//   model      folder or GGUF file
//   adapter    optional, folder in PEFT's format
//   dtype      "float32" (the default) or "bfloat16"
//   rows       [{"ids": [...], "scored": [...]}]: without "scored" all but the first id are
//   gradients  "none" (the default), "full" or "lora"
//   out        the file to write
// Written are logits.N of row N at every position, loss (the mean over the scored ids of all rows)
// and grad.NAME, its gradient.
#include <ATen/TensorOperators.h>

#include <algorithm>
#include <cstdio>
#include <numeric>

#include "adapt/peft.h"
#include "adapt/trainable.h"
#include "base/error.h"
#include "base/json.h"
#include "model/model_files.h"
#include "objective/log_probs.h"

namespace fettle {
namespace {

std::string word(const Json& request, const char* key, const std::string& fallback) {
  const Json* value = find(request, key);
  return value == nullptr || value->is_null() ? fallback : value->get<std::string>();
}

Tensor row_logits(const model::Decoder& decoder, const std::vector<std::int32_t>& ids) {
  const auto count = static_cast<std::int32_t>(ids.size());
  std::vector<std::int32_t> positions(ids.size());
  std::iota(positions.begin(), positions.end(), 0);
  const std::vector<batch::Segment> segments = {{-1, 0, count, 0}};
  return model::logits(decoder, model::hidden_states(decoder, {ids, positions, segments}, {}));
}

// The negative log-probabilities of a row's scored ids.
Tensor row_losses(const model::Decoder& decoder, const Tensor& logits, const Json& row,
                  const std::vector<std::int32_t>& ids) {
  const Json* scored = find(row, "scored");
  std::vector<std::int64_t> at;
  for (std::size_t i = 1; i < ids.size(); ++i) {
    if (scored == nullptr || scored->at(i).get<bool>()) at.push_back(static_cast<std::int64_t>(i));
  }
  std::vector<std::int32_t> places;
  std::vector<std::int32_t> wanted;
  for (const std::int64_t i : at) {
    places.push_back(static_cast<std::int32_t>(i - 1));
    wanted.push_back(ids[static_cast<std::size_t>(i)]);
  }
  const Tensor chosen = logits.index_select(
      0, tensor::tensor_of(std::span<const std::int32_t>(places), decoder.device()));
  const Tensor targets = tensor::tensor_of(std::span<const std::int32_t>(wanted), decoder.device());
  return -objective::target_log_probs(chosen, targets);
}

std::vector<optim::Parameter> trainable(model::Decoder& decoder, const std::string& kind) {
  if (kind == "none") return {};
  adapt::MethodConfig method;
  method.finetuning_type = kind;
  return adapt::make_trainable(decoder, method);
}

void probe(const Json& request) {
  tensor::set_threads(0);
  const model::ModelFiles files(request.at("model").get<std::string>());
  const at::ScalarType type =
      tensor::parse_compute_dtype(word(request, "dtype", "float32"), at::Device(at::kCPU));
  model::Decoder decoder = model::load_decoder(files, {at::Device(at::kCPU), type});
  const std::string adapter = word(request, "adapter", "");
  if (!adapter.empty()) (void)adapt::read_peft(adapter, decoder);
  const auto parameters = trainable(decoder, word(request, "gradients", "none"));
  std::vector<std::string> names;
  std::vector<Tensor> held;
  Tensor loss =
      tensor::tensor_of(std::span<const float>(std::vector<float>{0.0F}), decoder.device());
  std::int64_t scored = 0;
  for (const Json& row : request.at("rows")) {
    const auto ids = row.at("ids").get<std::vector<std::int32_t>>();
    const Tensor logits = row_logits(decoder, ids);
    const Tensor losses = row_losses(decoder, logits, row, ids);
    loss = loss + losses.sum();
    scored += losses.numel();
    names.push_back(text("logits.{}", held.size()));
    held.push_back(logits.detach().to(at::kFloat).contiguous());
  }
  loss = loss / static_cast<double>(std::max<std::int64_t>(1, scored));
  if (!parameters.empty()) loss.backward();
  names.emplace_back("loss");
  held.push_back(loss.detach().contiguous());
  for (const optim::Parameter& parameter : parameters) {
    names.push_back("grad." + parameter.name);
    held.push_back(parameter.value.grad().contiguous());
  }
  std::vector<tensor::TensorEntry> entries;
  for (std::size_t i = 0; i < held.size(); ++i) {
    entries.push_back(tensor::entry_of(names[i], held[i]));
  }
  tensor::write_safetensors(request.at("out").get<std::string>(), entries, {});
}

}  // namespace
}  // namespace fettle

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  try {
    fettle::probe(fettle::read_json_file(argv[1]));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
