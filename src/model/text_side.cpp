#include "model/text_side.h"

#include <array>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "model/families.h"
#include "model/model_files.h"

namespace fettle::model {
namespace {

constexpr std::uint64_t kTemplateBytes = 1 << 20;

std::optional<std::string> read_if_there(const fs::path& path) {
  if (!fs::exists(path)) return std::nullopt;
  return read_file(path, kTemplateBytes);
}

// The template of a folder: chat_template.jinja, else tokenizer_config.json's (a text, or a list
// of named ones of which "default" is taken).
std::optional<std::string> folder_template(const fs::path& folder) {
  if (auto source = read_if_there(folder / "chat_template.jinja")) return source;
  if (!fs::exists(folder / "tokenizer_config.json")) return std::nullopt;
  const Json config = read_json_file(folder / "tokenizer_config.json");
  const Json* value = find(config, "chat_template");
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) return value->get<std::string>();
  if (!value->is_array()) return std::nullopt;
  for (const Json& item : *value) {
    const Json* name = find(item, "name");
    const Json* source = find(item, "template");
    if (name != nullptr && source != nullptr && *name == "default" && source->is_string()) {
      return source->get<std::string>();
    }
  }
  return std::nullopt;
}

void set_template(TextSide& side, const std::optional<std::string>& own, const std::string& where,
                  const std::string& given) {
  std::optional<std::string> source = own;
  if (!given.empty()) source = read_file(given, kTemplateBytes);
  if (!source) return;
  auto parsed = tokenize::ChatTemplate::parse(*source, given.empty() ? where : given);
  if (!parsed) throw DataError("{}", parsed.error().message());
  side.chat_template.emplace(std::move(*parsed));
}

void name_special_tokens(TextSide& side) {
  const tokenize::SpecialTokens& special = side.tokenizer->special();
  if (special.bos) side.bos_token = side.tokenizer->token_of(*special.bos);
  if (special.eos) side.eos_token = side.tokenizer->token_of(*special.eos);
}

tokenize::GgufVocabulary vocabulary_of(const tensor::GgufFile& file) {
  const auto key = [](const char* name) { return std::string("tokenizer.ggml.") + name; };
  tokenize::GgufVocabulary out;
  out.model = file.text(key("model")).value_or("");
  out.pre = file.text(key("pre")).value_or("");
  out.tokens = file.texts(key("tokens"));
  out.merges = file.texts(key("merges"));
  for (const std::int64_t type : file.integers(key("token_type"))) {
    out.token_types.push_back(static_cast<std::int32_t>(type));
  }
  for (const double score : file.numbers(key("scores"))) {
    out.scores.push_back(static_cast<float>(score));
  }
  out.bos = file.integer(key("bos_token_id"));
  out.eos = file.integer(key("eos_token_id"));
  out.unk = file.integer(key("unknown_token_id"));
  out.pad = file.integer(key("padding_token_id"));
  out.add_bos = file.boolean(key("add_bos_token"));
  out.add_eos = file.boolean(key("add_eos_token"));
  out.add_space_prefix = file.boolean(key("add_space_prefix"));
  return out;
}

TextSide gguf_text_side(const tensor::GgufFile& file, const std::string& chat_template) {
  TextSide side;
  const std::string where = file.path().string();
  side.tokenizer = tokenize::tokenizer_from_gguf(vocabulary_of(file), where);
  name_special_tokens(side);
  set_template(side, file.text("tokenizer.chat_template"), where, chat_template);
  return side;
}

TextSide folder_text_side(const fs::path& folder, const std::string& chat_template) {
  TextSide side;
  side.tokenizer = tokenize::load_tokenizer(folder);
  name_special_tokens(side);
  set_template(side, folder_template(folder), folder.string(), chat_template);
  return side;
}

void write_gguf_text_files(const tensor::GgufFile& file, const fs::path& folder) {
  const tokenize::GgufVocabulary vocabulary = vocabulary_of(file);
  const TextSide side = gguf_text_side(file, "");
  write_file_atomically(folder / "tokenizer.json",
                        tokenize::tokenizer_json_from_gguf(vocabulary, file.path().string()));
  Json config = {{"tokenizer_class", "PreTrainedTokenizerFast"},
                 {"model_max_length", read_config(file).max_position_embeddings},
                 {"clean_up_tokenization_spaces", false}};
  const tokenize::SpecialTokens& special = side.tokenizer->special();
  const auto name = [&](const char* key, const std::optional<tokenize::TokenId>& id) {
    if (id) config[key] = std::string(side.tokenizer->token_of(*id));
  };
  name("bos_token", special.bos);
  name("eos_token", special.eos);
  name("unk_token", special.unk);
  name("pad_token", special.pad);
  write_file_atomically(folder / "tokenizer_config.json", to_text(config, 2) + "\n");
  if (side.chat_template) {
    write_file_atomically(folder / "chat_template.jinja", side.chat_template->source());
  }
}

}  // namespace

TextSide open_text_side(const fs::path& path, const std::string& chat_template) {
  std::error_code error;
  if (is_gguf_path(path) && fs::is_regular_file(path, error)) {
    return gguf_text_side(tensor::GgufFile(path), chat_template);
  }
  if (!fs::is_directory(path, error)) throw_no_model(path);
  return folder_text_side(path, chat_template);
}

void write_text_files(const fs::path& path, const fs::path& folder) {
  if (is_gguf_path(path)) return write_gguf_text_files(tensor::GgufFile(path), folder);
  constexpr std::array kCopied = {"tokenizer.json",          "tokenizer_config.json",
                                  "special_tokens_map.json", "added_tokens.json",
                                  "chat_template.jinja",     "generation_config.json"};
  for (const char* name : kCopied) {
    if (fs::exists(path / name)) write_file_atomically(folder / name, read_file(path / name));
  }
}

}  // namespace fettle::model
