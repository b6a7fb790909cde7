// What turns messages into ids: a model's tokenizer and chat template, without its weights.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/file.h"
#include "tokenize/chat_template.h"
#include "tokenize/tokenizer.h"

namespace fettle::model {

struct TextSide {
  std::unique_ptr<tokenize::Tokenizer> tokenizer;
  std::optional<tokenize::ChatTemplate> chat_template;
  std::string bos_token;  // as the template writes it; empty when the model has none
  std::string eos_token;
};

// path: a Hugging Face folder (weights need not be there) or a .gguf file. chat_template: empty
// takes the model's own (there may be none), else a .jinja file. Throws DataError or ModelError.
[[nodiscard]] TextSide open_text_side(const fs::path& path, const std::string& chat_template = {});

// Writes tokenizer.json, tokenizer_config.json, chat_template.jinja and their kin of the model at
// `path` into `folder`: copied, or derived from a GGUF file's metadata.
void write_text_files(const fs::path& path, const fs::path& folder);

}  // namespace fettle::model
