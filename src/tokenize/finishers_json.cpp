// Post-processors, decoders and added tokens of a tokenizer.json.
#include <unordered_map>
#include <utility>

#include "tokenize/parts_json.h"
#include "tokenize/unicode.h"

namespace fettle::tokenize {
namespace {

std::vector<TokenId> read_template_ids(const JsonField& processor, const JsonField& piece) {
  const std::string name = piece.at("id").string();
  const std::optional<JsonField> special = processor.at("special_tokens").get(name);
  if (!special) {
    piece.at("id").refuse(text("{} has no such token", processor.at("special_tokens").where()));
  }
  const JsonField list = special->at("ids");
  std::vector<TokenId> ids;
  std::size_t i = 0;
  for (const Json& value : list.array()) {
    const JsonField id = list.element(i++, value);
    ids.push_back(static_cast<TokenId>(id.number(Vocabulary::kMaxId)));
  }
  return ids;
}

std::unique_ptr<PostProcessor> read_template(const JsonField& field) {
  const JsonField list = field.at("single");
  std::vector<TemplatePiece> pieces;
  std::size_t i = 0;
  for (const Json& value : list.array()) {
    const JsonField piece = list.element(i++, value);
    if (const std::optional<JsonField> sequence = piece.get("Sequence")) {
      if (sequence->at("id").string() != "A") sequence->at("id").refuse("one text is named A");
      pieces.push_back({.is_text = true, .ids = {}});
    } else {
      pieces.push_back({.ids = read_template_ids(field, piece.at("SpecialToken"))});
    }
  }
  return template_processor(std::move(pieces));
}

void add_post_processor(const JsonField& field, PostProcessors& steps) {
  const std::string type = field.type();
  if (type == "Sequence") {
    const JsonField list = field.at("processors");
    std::size_t i = 0;
    for (const Json& value : list.array()) add_post_processor(list.element(i++, value), steps);
  } else if (type == "ByteLevel") {
    if (field.boolean_or("trim_offsets", true)) {
      steps.push_back(trim_offsets_processor(field.boolean_or("add_prefix_space", true)));
    }
  } else if (type == "TemplateProcessing") {
    steps.push_back(read_template(field));
  } else {
    field.at("type").refuse("supported are ByteLevel, Sequence and TemplateProcessing");
  }
}

std::size_t read_count(const JsonField& field, std::string_view key) {
  return static_cast<std::size_t>(field.at(key).number(1 << 20));
}

void add_decoder(const JsonField& field, Decoders& steps) {
  const std::string type = field.type();
  if (type == "Sequence") {
    const JsonField list = field.at("decoders");
    std::size_t i = 0;
    for (const Json& value : list.array()) add_decoder(list.element(i++, value), steps);
  } else if (type == "ByteLevel") {
    steps.push_back(byte_level_decoder());
  } else if (type == "ByteFallback") {
    steps.push_back(byte_fallback_decoder());
  } else if (type == "Fuse") {
    steps.push_back(fuse_decoder());
  } else if (type == "Replace") {
    steps.push_back(
        replace_decoder(read_pattern(field.at("pattern")), field.at("content").string()));
  } else if (type == "Strip") {
    const std::string content = field.at("content").string();
    if (count_characters(content) != 1) field.at("content").refuse("one character is expected");
    steps.push_back(strip_decoder(content, read_count(field, "start"), read_count(field, "stop")));
  } else if (type == "Metaspace") {
    const std::string replacement = field.at("replacement").string();
    if (count_characters(replacement) != 1) {
      field.at("replacement").refuse("one character is expected");
    }
    const std::optional<JsonField> scheme = field.get("prepend_scheme");
    const bool never =
        (scheme && scheme->string() == "never") || !field.boolean_or("add_prefix_space", true);
    steps.push_back(metaspace_decoder(replacement, !never));
  } else {
    field.at("type").refuse(
        "supported are ByteFallback, ByteLevel, Fuse, Metaspace, Replace, Sequence and Strip");
  }
}

AddedToken read_added_token(const JsonField& field) {
  AddedToken token;
  token.id = static_cast<TokenId>(field.at("id").number(Vocabulary::kMaxId));
  token.content = field.at("content").string();
  token.special = field.boolean_or("special", false);
  token.normalized = field.boolean_or("normalized", !token.special);
  token.lstrip = field.boolean_or("lstrip", false);
  token.rstrip = field.boolean_or("rstrip", false);
  token.single_word = field.boolean_or("single_word", false);
  return token;
}

}  // namespace

PostProcessors read_post_processors(const JsonField& document) {
  PostProcessors steps;
  if (const std::optional<JsonField> field = document.get("post_processor")) {
    add_post_processor(*field, steps);
  }
  return steps;
}

Decoders read_decoders(const JsonField& document) {
  Decoders steps;
  if (const std::optional<JsonField> field = document.get("decoder")) add_decoder(*field, steps);
  return steps;
}

std::vector<AddedToken> read_added_tokens(const JsonField& document, const Vocabulary& vocabulary) {
  std::vector<AddedToken> tokens;
  const std::optional<JsonField> list = document.get("added_tokens");
  if (!list) return tokens;
  std::unordered_map<std::string, std::size_t> places;
  auto next_id = static_cast<TokenId>(vocabulary.size());
  std::size_t i = 0;
  for (const Json& value : list->array()) {
    const JsonField field = list->element(i++, value);
    const AddedToken token = read_added_token(field);
    if (token.content.empty()) continue;
    const auto [place, fresh] = places.try_emplace(token.content, tokens.size());
    if (!fresh) {
      tokens[place->second] = token;
      continue;
    }
    const std::optional<TokenId> known = vocabulary.id_of(token.content);
    const TokenId id = known ? *known : next_id++;
    if (id != token.id) {
      field.at("id").refuse(text(
          "the token \"{}\" has id {} by the vocabulary; correct one of them", token.content, id));
    }
    tokens.push_back(token);
  }
  return tokens;
}

std::unique_ptr<Tokenizer> assemble(const JsonField& document, Bpe model,
                                    const SpecialTokens& special) {
  Normalizers normalizers = read_normalizers(document);
  AddedTokens added(read_added_tokens(document, model.vocabulary()), normalizers);
  return std::make_unique<PipelineTokenizer>(PipelineParts{
      .normalizers = std::move(normalizers),
      .pre_tokenizers = read_pre_tokenizers(document),
      .model = std::move(model),
      .added = std::move(added),
      .post_processors = read_post_processors(document),
      .decoders = read_decoders(document),
      .has_decoder = document.get("decoder").has_value(),
      .special = special,
  });
}

}  // namespace fettle::tokenize
