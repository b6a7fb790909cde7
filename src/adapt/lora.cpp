#include "adapt/lora.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.h"
#include "base/nearest.h"
#include "base/random.h"

namespace fettle::adapt {
namespace {

// * matches any run of characters, ? one; in time O(pattern * text).
bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool means(const std::string& name, const std::string& module) {
  return name == "all-linear" || name == module || module.ends_with("." + name) ||
         matches(name, module);
}

void check_names(const std::vector<std::string>& names, std::string_view key,
                 const std::vector<nn::Linear*>& linears) {
  for (const std::string& name : names) {
    const bool found = std::any_of(linears.begin(), linears.end(), [&](const nn::Linear* linear) {
      return means(name, linear->name);
    });
    if (found) continue;
    std::set<std::string> ends;
    for (const nn::Linear* linear : linears) {
      ends.insert(linear->name.substr(linear->name.rfind('.') + 1));
    }
    const std::vector<std::string_view> known(ends.begin(), ends.end());
    throw UsageError("method.{}: {}, all-linear, or a pattern such as model.layers.1?.*_proj", key,
                     unknown_name("module", name, known));
  }
}

Tensor initial_a(std::int64_t rank, std::int64_t in, std::uint64_t seed,
                 const std::string& module) {
  const Random random(seed, "lora_A." + module);
  const double bound = 1.0 / std::sqrt(static_cast<double>(in));
  Tensor a = at::empty({rank, in}, at::TensorOptions(at::kFloat));
  float* const data = a.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < rank * in; ++i) {
    data[i] = static_cast<float>(bound * (2.0 * random.uniform(static_cast<std::uint64_t>(i)) - 1));
  }
  return a;
}

}  // namespace

bool targets(const std::vector<std::string>& names, const std::string& module) {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return means(name, module); });
}

double lora_scale(const MethodConfig& config) {
  const auto rank = static_cast<double>(config.lora_rank);
  return config.lora_alpha / (config.use_rslora ? std::sqrt(rank) : rank);
}

void add_lora(model::Decoder& decoder, const MethodConfig& config, std::uint64_t seed) {
  const std::vector<nn::Linear*> linears = model::block_linears(decoder);
  check_names(config.lora_target, "lora_target", linears);
  check_names(config.exclude_modules, "exclude_modules", linears);
  std::int64_t edited = 0;
  for (nn::Linear* linear : linears) {
    if (!targets(config.lora_target, linear->name)) continue;
    if (targets(config.exclude_modules, linear->name)) continue;
    const at::Device device = linear->weight.device();
    nn::LowRank low_rank;
    low_rank.a = initial_a(config.lora_rank, linear->weight.size(1), seed, linear->name).to(device);
    low_rank.b = at::zeros({linear->weight.size(0), config.lora_rank},
                           at::TensorOptions(at::kFloat).device(device));
    low_rank.scale = lora_scale(config);
    low_rank.dropout = config.lora_dropout;
    linear->low_rank = std::move(low_rank);
    ++edited;
  }
  if (edited == 0) {
    throw UsageError("method.exclude_modules leaves no module to adapt; remove a name from it");
  }
}

}  // namespace fettle::adapt
