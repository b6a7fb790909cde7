// probe_model MODEL IDS OUT [dtype]: logits of all positions, next-token loss (mean) and every
// parameter's gradient, written to the safetensors file OUT; the oracle tests compare them.
#include <cstdio>
#include <map>
#include <sstream>

#include "adapt/trainable.h"
#include "base/error.h"
#include "model/model_files.h"
#include "objective/log_probs.h"

namespace fettle {
namespace {

std::vector<std::int32_t> parse_ids(const std::string& list) {
  std::vector<std::int32_t> ids;
  std::stringstream stream(list);
  for (std::string part; std::getline(stream, part, ',');) ids.push_back(std::stoi(part));
  return ids;
}

void probe(const fs::path& path, const std::string& list, const fs::path& out,
           const std::string& dtype) {
  tensor::set_threads(0);
  const model::ModelFiles files(path);
  model::Decoder decoder = model::load_decoder(
      files, {at::Device(at::kCPU), tensor::parse_compute_dtype(dtype, at::Device(at::kCPU))});
  adapt::MethodConfig method;
  method.finetuning_type = "full";
  const auto parameters = adapt::make_trainable(decoder, method);
  const std::vector<std::int32_t> ids = parse_ids(list);
  const auto count = static_cast<std::int32_t>(ids.size());
  std::vector<std::int32_t> positions(ids.size());
  for (std::int32_t i = 0; i < count; ++i) positions[static_cast<std::size_t>(i)] = i;
  const std::vector<batch::Segment> segments = {{-1, 0, count, 0}};
  const Tensor hidden = model::hidden_states(decoder, {ids, positions, segments}, {});
  const Tensor logits = model::logits(decoder, hidden);
  const Tensor targets =
      tensor::tensor_of(std::span<const std::int32_t>(ids).subspan(1), decoder.device());
  const Tensor loss = -objective::target_log_probs(logits.narrow(0, 0, count - 1), targets).mean();
  loss.backward();
  std::vector<Tensor> held = {logits.detach().to(at::kFloat).contiguous(), loss.detach()};
  std::vector<std::string> names = {"logits", "loss"};
  for (const optim::Parameter& parameter : parameters) {
    names.push_back("grad." + parameter.name);
    held.push_back(parameter.value.grad().contiguous());
  }
  std::vector<tensor::TensorEntry> entries;
  for (std::size_t i = 0; i < held.size(); ++i) {
    entries.push_back(tensor::entry_of(names[i], held[i]));
  }
  tensor::write_safetensors(out, entries, {});
}

}  // namespace
}  // namespace fettle

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  try {
    fettle::probe(argv[1], argv[2], argv[3], argc > 4 ? argv[4] : "float32");
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
