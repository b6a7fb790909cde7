#include "adapt/trainable.h"

#include "base/error.h"

namespace fettle::adapt {
namespace {

std::vector<optim::Parameter> lora_parameters(model::Decoder& decoder) {
  std::vector<optim::Parameter> out;
  for (nn::Linear* linear : model::block_linears(decoder)) {
    if (!linear->low_rank) continue;
    linear->low_rank->a.requires_grad_(true);
    linear->low_rank->b.requires_grad_(true);
    out.push_back({peft_name(linear->name, "lora_A"), linear->low_rank->a, true});
    out.push_back({peft_name(linear->name, "lora_B"), linear->low_rank->b, true});
  }
  return out;
}

std::vector<optim::Parameter> all_parameters(model::Decoder& decoder) {
  std::vector<optim::Parameter> out;
  model::for_each_parameter(decoder, [&out](const std::string& name, Tensor& value) {
    // A copy: loaded weights may be a read-only view of the file.
    value = value.to(at::kFloat, /*non_blocking=*/false, /*copy=*/true);
    value.requires_grad_(true);
    out.push_back({name, value, optim::decays(name)});
  });
  return out;
}

}  // namespace

std::string peft_name(const std::string& module, std::string_view part) {
  return text("base_model.model.{}.{}.weight", module, part);
}

std::vector<optim::Parameter> make_trainable(model::Decoder& decoder, const MethodConfig& config) {
  std::vector<optim::Parameter> out =
      config.finetuning_type == "lora" ? lora_parameters(decoder) : all_parameters(decoder);
  if (out.empty()) throw InternalError("the method {} trains nothing", config.finetuning_type);
  return out;
}

}  // namespace fettle::adapt
