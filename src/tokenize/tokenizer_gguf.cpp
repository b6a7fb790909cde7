// The tokenizer of a GGUF file, and the tokenizer.json that equals it.
#include <utility>

#include "tokenize/gguf_parts.h"
#include "tokenize/parts_json.h"

namespace fettle::tokenize {
namespace {

// Appends without looking the key up, which would be quadratic; the keys are known to differ.
void append_member(Json& object, std::string key, Json value) {
  auto& members = object.get_ref<Json::object_t&>();
  static_cast<Json::object_t::Container&>(members).emplace_back(std::move(key), std::move(value));
}

Vocabulary gguf_tokens(const GgufVocabulary& source, std::string_view where) {
  if (static_cast<std::int64_t>(source.tokens.size()) > Vocabulary::kMaxId) {
    throw DataError("{}: tokenizer.ggml.tokens has {} entries; at most {} are supported", where,
                    source.tokens.size(), Vocabulary::kMaxId);
  }
  Vocabulary vocabulary;
  for (std::size_t id = 0; id < source.tokens.size(); ++id) {
    const std::string& token = source.tokens[id];
    if (vocabulary.add(token, static_cast<TokenId>(id))) continue;
    throw DataError("{}: tokenizer.ggml.tokens has \"{}\" twice, as {} and {}; the file is damaged",
                    where, token, *vocabulary.id_of(token), id);
  }
  return vocabulary;
}

MergeTable gguf_merge_table(const GgufVocabulary& source, const Vocabulary& tokens,
                            std::string_view where) {
  MergeTable merges;
  std::uint32_t rank = 0;
  for (const GgufMerge& merge : gguf_merges(source, where)) {
    if (const auto missing = add_merge(tokens, {merge.left, merge.right, rank}, merges)) {
      throw DataError(
          "{}: tokenizer.ggml.merges[{}] names the token \"{}\", which "
          "tokenizer.ggml.tokens lacks; the file is damaged",
          where, rank, *missing);
    }
    ++rank;
  }
  return merges;
}

}  // namespace

std::unique_ptr<Tokenizer> tokenizer_from_gguf(const GgufVocabulary& vocabulary,
                                               std::string_view where) {
  check_gguf(vocabulary, where);
  const Json json = gguf_document(vocabulary, where);
  const JsonField document(json, std::string(where));
  Vocabulary tokens = gguf_tokens(vocabulary, where);
  MergeTable merges = gguf_merge_table(vocabulary, tokens, where);
  const JsonField model = document.at("model");
  BpeOptions options;
  options.byte_fallback = model.at("byte_fallback").boolean();
  options.fuse_unk = model.at("fuse_unk").boolean();
  options.ignore_merges = model.at("ignore_merges").boolean();
  const SpecialTokens special = gguf_special(vocabulary);
  if (vocabulary.model == "llama") options.unk = special.unk;
  return assemble(document, Bpe(std::move(tokens), std::move(merges), options), special);
}

std::string tokenizer_json_from_gguf(const GgufVocabulary& vocabulary, std::string_view where) {
  check_gguf(vocabulary, where);
  Json document = gguf_document(vocabulary, where);
  const Vocabulary tokens = gguf_tokens(vocabulary, where);
  Json ids = Json::object();
  for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    append_member(ids, vocabulary.tokens[id], id);
  }
  Json merges = Json::array();
  for (const GgufMerge& merge : gguf_merges(vocabulary, where)) {
    merges.push_back(Json::array({merge.left, merge.right}));
  }
  Json& model = document["model"];
  append_member(model, "vocab", std::move(ids));
  append_member(model, "merges", std::move(merges));
  return to_text(document);
}

}  // namespace fettle::tokenize
