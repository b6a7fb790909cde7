// Weights from disk into a decoder.
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include <utility>

#include "base/error.h"
#include "model/families.h"
#include "model/model_files.h"

namespace fettle::model {
namespace {

// The shape that the configuration gives a parameter.
std::vector<std::int64_t> expected_shape(const DecoderConfig& config, std::string_view name) {
  const std::int64_t query = config.num_attention_heads * config.head_dim;
  const std::int64_t key_value = config.num_key_value_heads * config.head_dim;
  const std::int64_t hidden = config.hidden_size;
  const std::int64_t inner = config.intermediate_size;
  struct Rule {
    std::string_view part;
    std::int64_t out;
    std::int64_t in;
  };
  const std::array kRules = {Rule{"embed_tokens.", config.vocab_size, hidden},
                             Rule{"lm_head.", config.vocab_size, hidden},
                             Rule{"score.", std::ssize(config.labels), hidden},
                             Rule{"q_proj.", query, hidden},
                             Rule{"k_proj.", key_value, hidden},
                             Rule{"v_proj.", key_value, hidden},
                             Rule{"o_proj.", hidden, query},
                             Rule{"gate_proj.", inner, hidden},
                             Rule{"up_proj.", inner, hidden},
                             Rule{"down_proj.", hidden, inner}};
  for (const Rule& rule : kRules) {
    if (name.find(rule.part) == std::string_view::npos) continue;
    if (name.ends_with(".bias")) return {rule.out};
    return {rule.out, rule.in};
  }
  return {hidden};  // norms
}

// GGUF stores each head's rotated halves interleaved: rows (i, half) instead of (half, i).
Tensor deinterleave(const Tensor& value, std::int64_t heads) {
  const std::int64_t half = value.size(0) / heads / 2;
  const std::int64_t rest = value.numel() / value.size(0);
  return value.view({heads, half, 2, rest}).transpose(1, 2).reshape(value.sizes());
}

Tensor read_gguf_parameter(const tensor::WeightFile& weights, const DecoderConfig& config,
                           const Family& family, const std::string& name) {
  Tensor value = weights.read(gguf_name(name));
  if (!family.gguf_interleaves_rope) return value;
  if (name.find("q_proj.") != std::string::npos) {
    return deinterleave(value, config.num_attention_heads);
  }
  if (name.find("k_proj.") != std::string::npos) {
    return deinterleave(value, config.num_key_value_heads);
  }
  return value;
}

[[noreturn]] void refuse_classifier(const ModelFiles& files, const Family& family) {
  throw ModelError(
      "{}: architectures in config.json is {}: a classification head, which writes no text; judge "
      "it on tasks of output_type classification_head, or name a model that is {}",
      files.path(), family.classifier, family.architecture);
}

}  // namespace

Decoder load_decoder(const ModelFiles& files, const LoadOptions& options) {
  const c10::AutoGradMode no_gradient(false);
  Decoder decoder = make_decoder(files.config());
  decoder.compute_type = options.compute_type;
  const Family& family = family_named(decoder.config.model_type, files.path().string());
  if (!decoder.config.labels.empty() && !options.classifiers) refuse_classifier(files, family);
  const std::unique_ptr<tensor::WeightFile> weights = files.weights();
  std::vector<std::string> problems;
  for_each_parameter(decoder, [&](const std::string& name, Tensor& parameter) {
    const std::string stored = files.is_gguf() ? gguf_name(name) : name;
    if (!weights->has(stored)) {
      problems.push_back(text("tensor \"{}\" is missing", stored));
      return;
    }
    const Tensor value = files.is_gguf()
                             ? read_gguf_parameter(*weights, decoder.config, family, name)
                             : weights->read(name);
    const std::vector<std::int64_t> shape = expected_shape(decoder.config, name);
    if (value.sizes() != at::IntArrayRef(shape)) {
      problems.push_back(text("tensor \"{}\" has shape {}; the configuration wants {}", stored,
                              tensor::shape_text(value.sizes()), tensor::shape_text(shape)));
      return;
    }
    if (!at::isFloatingType(value.scalar_type())) {
      problems.push_back(text("tensor \"{}\" holds no floating-point numbers", stored));
      return;
    }
    parameter = value.to(options.device, options.compute_type);
  });
  if (!problems.empty()) {
    const std::size_t shown = std::min<std::size_t>(problems.size(), 5);
    throw ModelError("{}: {}{}", files.path(), join(std::span(problems).first(shown), "; "),
                     problems.size() > shown ? text("; and {} more", problems.size() - shown) : "");
  }
  return decoder;
}

}  // namespace fettle::model
