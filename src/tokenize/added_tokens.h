// Tokens that are found in the text before anything else: <|im_start|>, </s> and their like.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "tokenize/normalizer.h"
#include "tokenize/piece_text.h"
#include "tokenize/vocabulary.h"

namespace fettle::tokenize {

struct AddedToken {
  TokenId id = 0;
  std::string content;
  bool special = false;      // skipped when decoding without special tokens
  bool normalized = false;   // looked for in the normalized text, normalized itself
  bool lstrip = false;       // takes the spaces before it
  bool rstrip = false;       // takes the spaces after it
  bool single_word = false;  // not inside a word
};

// Literal texts, found leftmost and longest.
class LiteralSet {
 public:
  static constexpr std::uint32_t kNothing = 0xFFFFFFFF;

  // value comes back from find(). False if the text is there already. text is not empty.
  bool add(std::string_view text, std::uint32_t value);
  [[nodiscard]] bool empty() const { return nodes_.size() <= 1; }
  // The longest literal that begins at byte `at`: its value, and its end in `end`; or kNothing.
  [[nodiscard]] std::uint32_t longest_at(std::string_view text, std::size_t at,
                                         std::size_t& end) const;

 private:
  struct Node {
    std::unordered_map<char, std::uint32_t> next;
    std::uint32_t value = kNothing;
  };

  std::vector<Node> nodes_ = std::vector<Node>(1);
  std::array<std::uint32_t, 256> first_{};  // the root's children; 0: none
};

class AddedTokens {
 public:
  // The normalizers are only used here. Of tokens that normalize to the same text the first is
  // found.
  AddedTokens(std::vector<AddedToken> tokens, const Normalizers& normalizers);

  // Cuts the tokens out of a text that is not normalized yet, or of one that is.
  void extract(PieceText& text, bool normalized) const;

  [[nodiscard]] const AddedToken* find(TokenId id) const;
  [[nodiscard]] const AddedToken* find(std::string_view content) const;
  // What the decoder sees of the token: its text, normalized where it is looked for like that.
  [[nodiscard]] std::string_view decoded(TokenId id) const;
  // The ids that decoding leaves out with the special tokens.
  [[nodiscard]] bool is_skipped(TokenId id) const { return skipped_.contains(id); }
  [[nodiscard]] const std::vector<AddedToken>& tokens() const { return tokens_; }

 private:
  void find_in(std::string_view text, const LiteralSet& literals, std::vector<Span>& parts,
               std::vector<TokenId>& ids) const;

  std::vector<AddedToken> tokens_;
  std::vector<std::string> decoded_;  // beside tokens_
  std::unordered_map<TokenId, std::size_t> by_id_;
  std::unordered_map<std::string, std::size_t> by_content_;
  std::unordered_set<TokenId> skipped_;
  LiteralSet plain_;
  LiteralSet normalized_;
};

}  // namespace fettle::tokenize
