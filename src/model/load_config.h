// The recipe's section `model`: which weights to start from and where to compute.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/fields.h"

namespace fettle::model {

struct ModelConfig {
  std::string model_name_or_path;
  std::optional<std::string> adapter_name_or_path;
  std::string chat_template;  // empty: the model's own
  std::string dtype = "auto";
  std::string device = "auto";
  std::int64_t num_threads = 0;

  template <class Visitor>
  void fields(Visitor& v) {
    v("model_name_or_path", model_name_or_path,
      {.help = "folder of the base model in Hugging Face's layout, or a GGUF file",
       .aliases = {"base_model", "model", "checkpoint_dir"},
       .required = true});
    v("adapter_name_or_path", adapter_name_or_path,
      {.help = "folder of an adapter in PEFT's format to go on from"});
    v("chat_template", chat_template,
      {.help = "a .jinja file that renders conversations; empty: the model's own template",
       .aliases = {"chat_template_path", "template"},
       .spellings = {{"tokenizer_default", ""}}});
    v("dtype", dtype,
      {.choices = {"auto", "float32", "bfloat16"},
       .help = "type of the computation; auto: bfloat16 where the device computes it natively, "
               "else float32",
       .aliases = {"torch_dtype", "precision"},
       .spellings = {{"bf16", "bfloat16"}, {"fp32", "float32"}, {"float", "float32"}}});
    v("device", device, {.help = "auto, cpu, cuda or cuda:N; auto: the first GPU, else the CPU"});
    v("num_threads", num_threads,
      {.min = 0, .max = 4096, .help = "CPU threads of the computation; 0: all cores"});
  }
};

}  // namespace fettle::model
