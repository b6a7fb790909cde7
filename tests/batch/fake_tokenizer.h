// A tokenizer that is easy to follow: one token a byte, but for special tokens and given pieces.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tokenize/tokenizer.h"

namespace fettle::batch {

struct FakeVocabulary {
  std::vector<std::string> specials;  // ids from 256 on
  std::vector<std::string> pieces;    // ids after them; the first that fits is taken
  std::string bos;                    // one of the specials, or empty
  std::string eos;
  std::string pad;
  bool adds_bos = false;  // the post-processor's doing
};

class FakeTokenizer : public tokenize::Tokenizer {
 public:
  explicit FakeTokenizer(FakeVocabulary vocabulary) : vocabulary_(std::move(vocabulary)) {
    special_ = {.bos = id_of(vocabulary_.bos),
                .eos = id_of(vocabulary_.eos),
                .unk = {},
                .pad = id_of(vocabulary_.pad)};
  }

  [[nodiscard]] tokenize::Encoding encode(std::string_view text,
                                          bool add_special_tokens) const override {
    tokenize::Encoding out;
    if (add_special_tokens && vocabulary_.adds_bos) {
      out.ids.push_back(*special_.bos);
      out.offsets.emplace_back(0, 0);
    }
    std::uint32_t character = 0;
    for (std::size_t at = 0; at < text.size();) {
      const auto [id, length] = next(text.substr(at));
      const std::uint32_t begin = character;
      for (std::size_t i = at; i < at + length; ++i) {
        const bool last_byte = i + 1 == text.size() || !continues(text[i + 1]);
        character += last_byte ? 1 : 0;
      }
      out.ids.push_back(id);
      out.offsets.emplace_back(begin, std::max(character, begin + 1));
      at += length;
    }
    return out;
  }

  [[nodiscard]] std::string decode(std::span<const tokenize::TokenId> ids,
                                   bool skip_special_tokens) const override {
    std::string text;
    for (const tokenize::TokenId id : ids) {
      if (skip_special_tokens && is_special(id)) continue;
      text += id < 256 ? std::string(1, static_cast<char>(id)) : std::string(token_of(id));
    }
    return text;
  }

  [[nodiscard]] std::int64_t vocab_size() const override {
    return 256 + std::ssize(vocabulary_.specials) + std::ssize(vocabulary_.pieces);
  }
  [[nodiscard]] std::optional<tokenize::TokenId> id_of(std::string_view token) const override {
    for (tokenize::TokenId id = 256; id < vocab_size(); ++id) {
      if (!token.empty() && token_of(id) == token) return id;
    }
    return {};
  }
  [[nodiscard]] std::string_view token_of(tokenize::TokenId id) const override {
    if (id < 256) return {};
    const auto at = static_cast<std::size_t>(id - 256);
    const std::size_t specials = vocabulary_.specials.size();
    return at < specials ? vocabulary_.specials[at] : vocabulary_.pieces.at(at - specials);
  }
  [[nodiscard]] bool is_special(tokenize::TokenId id) const override {
    return id >= 256 && id < 256 + std::ssize(vocabulary_.specials);
  }
  [[nodiscard]] const tokenize::SpecialTokens& special() const override { return special_; }

 private:
  static bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

  [[nodiscard]] std::pair<tokenize::TokenId, std::size_t> next(std::string_view rest) const {
    for (tokenize::TokenId id = 256; id < vocab_size(); ++id) {
      if (rest.starts_with(token_of(id))) return {id, token_of(id).size()};
    }
    return {static_cast<unsigned char>(rest[0]), 1};
  }

  FakeVocabulary vocabulary_;
  tokenize::SpecialTokens special_;
};

// What of an example is scored, as text: the rest shows as one "." a token.
inline std::string scored_text(const FakeTokenizer& tokenizer, const std::vector<std::int32_t>& ids,
                               const std::vector<std::uint8_t>& scored) {
  std::string out;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    out += scored[i] == 1 ? tokenizer.decode(std::span(&ids[i], 1), false) : ".";
  }
  return out;
}

}  // namespace fettle::batch
