#include "adapt/peft.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "adapt/lora.h"
#include "adapt/trainable.h"
#include "base/error.h"
#include "tensor/weights.h"

namespace fettle::adapt {
namespace {

constexpr const char* kWeights = "adapter_model.safetensors";
constexpr const char* kConfig = "adapter_config.json";

std::set<std::string> adapted_modules(model::Decoder& decoder) {
  std::set<std::string> out;
  for (const nn::Linear* linear : model::block_linears(decoder)) {
    if (linear->low_rank) out.insert(linear->name);
  }
  return out;
}

// The shortest list PEFT understands: the modules' last names when those, matched as suffixes, mean
// exactly the adapted modules, else the full paths.
std::vector<std::string> target_modules(model::Decoder& decoder) {
  const std::set<std::string> adapted = adapted_modules(decoder);
  std::set<std::string> ends;
  for (const std::string& module : adapted) ends.insert(module.substr(module.rfind('.') + 1));
  for (const nn::Linear* linear : model::block_linears(decoder)) {
    const std::string end = linear->name.substr(linear->name.rfind('.') + 1);
    if (ends.contains(end) && !adapted.contains(linear->name)) {
      return {adapted.begin(), adapted.end()};
    }
  }
  return {ends.begin(), ends.end()};
}

[[noreturn]] void refuse(const fs::path& path, std::string_view key, const Json& value) {
  throw ModelError("{}: \"{}\" is {}; fettle computes plain LoRA adapters only", path, key,
                   to_text(value));
}

bool is_off(const Json& value) {
  return value.is_null() || value == false || value == "none" || value.empty();
}

const Json& required(const Json& json, const char* key, const fs::path& path) {
  const Json* value = find(json, key);
  if (value == nullptr) throw ModelError("{}: \"{}\" is missing", path, key);
  return *value;
}

MethodConfig read_method(const Json& json, const fs::path& path) {
  const Json& type = required(json, "peft_type", path);
  if (type != "LORA") refuse(path, "peft_type", type);
  for (const char* key : {"use_dora", "bias", "modules_to_save", "rank_pattern", "alpha_pattern",
                          "trainable_token_indices", "layer_replication", "target_parameters",
                          "lora_bias", "use_qalora", "use_bdlora", "fan_in_fan_out"}) {
    const Json* value = find(json, key);
    if (value != nullptr && !is_off(*value)) refuse(path, key, *value);
  }
  MethodConfig method;
  const Json* rank = find(json, "r");
  const Json* alpha = find(json, "lora_alpha");
  const Json* dropout = find(json, "lora_dropout");
  const Json* rslora = find(json, "use_rslora");
  method.lora_rank = rank == nullptr             ? 8
                     : rank->is_number_integer() ? rank->get<std::int64_t>()
                                                 : 0;
  method.lora_alpha = alpha == nullptr ? 8.0 : alpha->is_number() ? alpha->get<double>() : 0.0;
  if (method.lora_rank < 1 || method.lora_rank > 65536) refuse(path, "r", *rank);
  if (!(method.lora_alpha > 0.0)) refuse(path, "lora_alpha", *alpha);
  if (dropout != nullptr && dropout->is_number()) method.lora_dropout = dropout->get<double>();
  method.use_rslora = rslora != nullptr && *rslora == true;
  return method;
}

Tensor read_part(const tensor::SafetensorsFile& file, const std::string& name,
                 at::IntArrayRef shape, at::Device device) {
  const tensor::TensorEntry* entry = file.find(name);
  if (entry == nullptr) throw ModelError("{}: has no tensor \"{}\"", file.path(), name);
  const Tensor value = tensor::mapped_tensor(*entry, file.mapping());
  if (value.sizes() != shape || !at::isFloatingType(value.scalar_type())) {
    throw ModelError("{}: tensor \"{}\" has shape {}; the model and r want floats of {}",
                     file.path(), name, tensor::shape_text(value.sizes()),
                     tensor::shape_text(shape));
  }
  return value.to(device, at::kFloat, /*non_blocking=*/false, /*copy=*/true);
}

}  // namespace

Json peft_config(model::Decoder& decoder, const MethodConfig& config,
                 const std::string& base_model) {
  // PEFT writes whole alphas as integers.
  const double alpha = config.lora_alpha;
  const Json alpha_json =
      alpha == std::floor(alpha) ? Json(static_cast<std::int64_t>(alpha)) : Json(alpha);
  return {{"alpha_pattern", Json::object()},
          {"auto_mapping", nullptr},
          {"base_model_name_or_path", base_model},
          {"bias", "none"},
          {"exclude_modules", nullptr},
          {"fan_in_fan_out", false},
          {"inference_mode", true},
          {"init_lora_weights", true},
          {"layers_pattern", nullptr},
          {"layers_to_transform", nullptr},
          {"lora_alpha", alpha_json},
          {"lora_bias", false},
          {"lora_dropout", config.lora_dropout},
          {"modules_to_save", nullptr},
          {"peft_type", "LORA"},
          {"r", config.lora_rank},
          {"rank_pattern", Json::object()},
          {"revision", nullptr},
          {"target_modules", target_modules(decoder)},
          {"task_type", "CAUSAL_LM"},
          {"use_dora", false},
          {"use_rslora", config.use_rslora}};
}

void write_peft(const fs::path& folder, model::Decoder& decoder, const MethodConfig& config,
                const std::string& base_model) {
  make_folders(folder);
  std::vector<Tensor> held;
  std::vector<tensor::TensorEntry> entries;
  const auto add = [&](const std::string& name, const Tensor& value) {
    held.push_back(value.detach().to(at::kCPU, at::kFloat).contiguous());
    entries.push_back(tensor::entry_of(name, held.back()));
  };
  for (nn::Linear* linear : model::block_linears(decoder)) {
    if (!linear->low_rank) continue;
    add(peft_name(linear->name, "lora_A"), linear->low_rank->a);
    add(peft_name(linear->name, "lora_B"), linear->low_rank->b);
  }
  tensor::write_safetensors(folder / kWeights, entries, {{"format", "pt"}});
  write_file_atomically(folder / kConfig, to_text(peft_config(decoder, config, base_model), 2));
}

PeftAdapter read_peft(const fs::path& folder, model::Decoder& decoder) {
  const fs::path config_path = folder / kConfig;
  if (!fs::exists(config_path)) {
    throw ModelError("{}: has no {}; an adapter folder in PEFT's format was expected", folder,
                     kConfig);
  }
  const Json json = read_json_file(config_path);
  PeftAdapter out{read_method(json, config_path), ""};
  if (const Json* base = find(json, "base_model_name_or_path"); base && base->is_string()) {
    out.base_model = base->get<std::string>();
  }
  const tensor::SafetensorsFile file(folder / kWeights);
  std::size_t used = 0;
  for (nn::Linear* linear : model::block_linears(decoder)) {
    const std::string a = peft_name(linear->name, "lora_A");
    if (file.find(a) == nullptr) continue;
    const std::int64_t rank = out.method.lora_rank;
    const at::Device device = linear->weight.device();
    nn::LowRank low_rank;
    low_rank.a = read_part(file, a, {rank, linear->weight.size(1)}, device);
    low_rank.b =
        read_part(file, peft_name(linear->name, "lora_B"), {linear->weight.size(0), rank}, device);
    low_rank.scale = lora_scale(out.method);
    low_rank.dropout = out.method.lora_dropout;
    linear->low_rank = std::move(low_rank);
    used += 2;
  }
  if (used != file.entries().size() || used == 0) {
    throw ModelError(
        "{}: {} of its {} tensors fit modules of this model; was the adapter made for "
        "another one ({})?",
        file.path(), used, file.entries().size(), out.base_model);
  }
  out.method.lora_target = target_modules(decoder);
  return out;
}

}  // namespace fettle::adapt
