#include "tokenize/gguf_parts.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "tokenize/unicode.h"

namespace fettle::tokenize {
namespace {

constexpr std::int32_t kUnknownType = 2;
constexpr std::int32_t kControlType = 3;
constexpr std::int32_t kUserType = 4;
constexpr std::int32_t kByteType = 6;
constexpr std::string_view kWordMark = "\u2581";

bool has_scores(const GgufVocabulary& vocabulary) { return vocabulary.model == "llama"; }

std::int32_t type_of(const GgufVocabulary& vocabulary, std::size_t id) {
  return vocabulary.token_types.empty() ? 1 : vocabulary.token_types[id];
}

void check_length(std::size_t length, std::size_t tokens, std::string_view key,
                  std::string_view where) {
  if (length != 0 && length != tokens) {
    throw DataError("{}: tokenizer.ggml.{} has {} entries for {} tokens; the file is damaged",
                    where, key, length, tokens);
  }
}

void check_id(const std::optional<std::int64_t>& id, std::size_t tokens, std::string_view key,
              std::string_view where) {
  if (id && (*id < 0 || static_cast<std::size_t>(*id) >= tokens)) {
    throw DataError("{}: tokenizer.ggml.{}_token_id is {}; an id below {} is expected", where, key,
                    *id, tokens);
  }
}

Json space_decoder(bool prefix) {
  Json steps = Json::array();
  steps.push_back({{"type", "Replace"}, {"pattern", {{"String", kWordMark}}}, {"content", " "}});
  steps.push_back({{"type", "ByteFallback"}});
  steps.push_back({{"type", "Fuse"}});
  if (prefix) {
    steps.push_back({{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}});
  }
  return {{"type", "Sequence"}, {"decoders", std::move(steps)}};
}

Json space_normalizer(bool prefix) {
  Json steps = Json::array();
  if (prefix) steps.push_back({{"type", "Prepend"}, {"prepend", kWordMark}});
  steps.push_back({{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", kWordMark}});
  return {{"type", "Sequence"}, {"normalizers", std::move(steps)}};
}

Json added_tokens(const GgufVocabulary& vocabulary) {
  Json list = Json::array();
  for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    const std::int32_t type = type_of(vocabulary, id);
    const bool special = type == kControlType || type == kUnknownType;
    if (!special && type != kUserType) continue;
    list.push_back({{"id", id},
                    {"content", vocabulary.tokens[id]},
                    {"single_word", false},
                    {"lstrip", false},
                    {"rstrip", false},
                    {"normalized", false},
                    {"special", special}});
  }
  return list;
}

Json bos_eos_template(const GgufVocabulary& vocabulary, bool adds_bos, bool adds_eos) {
  const SpecialTokens special = gguf_special(vocabulary);
  Json single = Json::array();
  Json pair = Json::array();
  Json tokens = Json::object();
  const auto add = [&](const std::optional<TokenId>& id, int sequence) {
    if (!id) return;
    const std::string& token = vocabulary.tokens[static_cast<std::size_t>(*id)];
    const Json piece = {{"SpecialToken", {{"id", token}, {"type_id", sequence}}}};
    if (sequence == 0) single.push_back(piece);
    pair.push_back(piece);
    tokens[token] = {{"id", token}, {"ids", Json::array({*id})}, {"tokens", Json::array({token})}};
  };
  for (const int sequence : {0, 1}) {
    if (adds_bos) add(special.bos, sequence);
    const Json text = {{"Sequence", {{"id", sequence == 0 ? "A" : "B"}, {"type_id", sequence}}}};
    if (sequence == 0) single.push_back(text);
    pair.push_back(text);
    if (adds_eos) add(special.eos, sequence);
  }
  if (tokens.empty()) return nullptr;
  return {{"type", "TemplateProcessing"},
          {"single", std::move(single)},
          {"pair", std::move(pair)},
          {"special_tokens", std::move(tokens)}};
}

struct ScoredMerge {
  GgufMerge merge;
  float score;
  std::size_t left_size;  // in characters
  std::size_t right_size;
};

// Every way to put a scored token together from two others, highest score first: so the published
// conversions of SentencePiece models order them.
std::vector<GgufMerge> implied_merges(const GgufVocabulary& vocabulary) {
  std::unordered_map<std::string_view, std::size_t> ids;
  const auto& tokens = vocabulary.tokens;
  for (std::size_t id = 0; id < tokens.size(); ++id) {
    if (type_of(vocabulary, id) != kByteType) ids.emplace(tokens[id], id);
  }
  std::vector<ScoredMerge> merges;
  std::vector<std::pair<std::pair<std::size_t, std::size_t>, ScoredMerge>> ways;
  for (std::size_t id = 0; id < tokens.size(); ++id) {
    if (type_of(vocabulary, id) == kByteType) continue;
    const std::string_view token = tokens[id];
    const std::size_t characters = count_characters(token);
    ways.clear();
    std::size_t at = 0;
    for (std::size_t left = 1; left < characters; ++left) {
      at += character_at(token, at).size;
      const auto first = ids.find(token.substr(0, at));
      const auto second = ids.find(token.substr(at));
      if (first == ids.end() || second == ids.end()) continue;
      ways.push_back({{first->second, second->second},
                      {{token.substr(0, at), token.substr(at)},
                       vocabulary.scores[id],
                       left,
                       characters - left}});
    }
    std::ranges::stable_sort(ways, {}, [](const auto& way) { return way.first; });
    for (const auto& way : ways) merges.push_back(way.second);
  }
  std::ranges::stable_sort(merges, [](const ScoredMerge& a, const ScoredMerge& b) {
    if (a.score != b.score) return a.score > b.score;
    if (a.left_size != b.left_size) return a.left_size > b.left_size;
    return a.right_size > b.right_size;
  });
  std::vector<GgufMerge> out;
  out.reserve(merges.size());
  for (const ScoredMerge& scored : merges) out.push_back(scored.merge);
  return out;
}

}  // namespace

void check_gguf(const GgufVocabulary& vocabulary, std::string_view where) {
  if (vocabulary.model != "gpt2" && vocabulary.model != "llama") {
    throw DataError(
        "{}: tokenizer.ggml.model is \"{}\"; supported are gpt2 and llama; a model "
        "folder with a tokenizer.json serves too",
        where, vocabulary.model);
  }
  const std::size_t count = vocabulary.tokens.size();
  if (count == 0) throw DataError("{}: tokenizer.ggml.tokens is empty; choose another file", where);
  check_length(vocabulary.token_types.size(), count, "token_type", where);
  check_length(vocabulary.scores.size(), count, "scores", where);
  if (has_scores(vocabulary) && vocabulary.scores.empty()) {
    throw DataError("{}: tokenizer.ggml.scores is missing; a llama vocabulary needs it", where);
  }
  check_id(vocabulary.bos, count, "bos", where);
  check_id(vocabulary.eos, count, "eos", where);
  check_id(vocabulary.unk, count, "unknown", where);
  check_id(vocabulary.pad, count, "padding", where);
  for (std::size_t id = 0; id < count; ++id) {
    if (!is_utf8(vocabulary.tokens[id])) {
      throw DataError("{}: token {} of tokenizer.ggml.tokens is not UTF-8; the file is damaged",
                      where, id);
    }
  }
}

SpecialTokens gguf_special(const GgufVocabulary& vocabulary) {
  const auto id = [&](const std::optional<std::int64_t>& given,
                      TokenId otherwise) -> std::optional<TokenId> {
    if (given) return static_cast<TokenId>(*given);
    const bool there = static_cast<std::size_t>(otherwise) < vocabulary.tokens.size();
    if (has_scores(vocabulary) && otherwise >= 0 && there) return otherwise;
    return std::nullopt;
  };
  SpecialTokens special;
  special.unk = id(vocabulary.unk, 0);
  special.bos = id(vocabulary.bos, 1);
  special.eos = id(vocabulary.eos, 2);
  special.pad = id(vocabulary.pad, -1);
  return special;
}

std::vector<GgufMerge> gguf_merges(const GgufVocabulary& vocabulary, std::string_view where) {
  if (has_scores(vocabulary)) return implied_merges(vocabulary);
  std::vector<GgufMerge> merges;
  merges.reserve(vocabulary.merges.size());
  for (std::size_t i = 0; i < vocabulary.merges.size(); ++i) {
    const std::string_view line = vocabulary.merges[i];
    const std::size_t space = line.find(' ', 1);
    if (space == std::string_view::npos) {
      throw DataError(
          "{}: tokenizer.ggml.merges[{}] is \"{}\"; two tokens with one space between "
          "them are expected",
          where, i, line);
    }
    merges.push_back({line.substr(0, space), line.substr(space + 1)});
  }
  return merges;
}

Json gguf_document(const GgufVocabulary& vocabulary, std::string_view where) {
  const bool scores = has_scores(vocabulary);
  GgufSplitting splitting{.pre_tokenizer = nullptr, .normalizer = nullptr};
  if (!scores) splitting = gguf_splitting(vocabulary.pre, where);
  const bool prefix = vocabulary.add_space_prefix.value_or(true);
  const bool adds_bos = vocabulary.add_bos.value_or(scores || splitting.adds_bos);
  Json unk = nullptr;
  if (scores) unk = vocabulary.tokens[static_cast<std::size_t>(*gguf_special(vocabulary).unk)];
  return {{"version", "1.0"},
          {"truncation", nullptr},
          {"padding", nullptr},
          {"added_tokens", added_tokens(vocabulary)},
          {"normalizer", scores ? space_normalizer(prefix) : splitting.normalizer},
          {"pre_tokenizer", splitting.pre_tokenizer},
          {"post_processor",
           bos_eos_template(vocabulary, adds_bos, vocabulary.add_eos.value_or(false))},
          {"decoder", scores ? space_decoder(prefix)
                             : Json{{"type", "ByteLevel"},
                                    {"add_prefix_space", true},
                                    {"trim_offsets", true},
                                    {"use_regex", true}}},
          {"model",
           {{"type", "BPE"},
            {"dropout", nullptr},
            {"unk_token", unk},
            {"continuing_subword_prefix", nullptr},
            {"end_of_word_suffix", nullptr},
            {"fuse_unk", scores},
            {"byte_fallback", scores},
            {"ignore_merges", splitting.ignore_merges}}}};
}

}  // namespace fettle::tokenize
