// Tokens by id and ids by token.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tokenize/tokenizer.h"

namespace fettle::tokenize {

class Vocabulary {
 public:
  // Ids above are refused before memory is taken; the largest vocabularies have 2^18 tokens.
  static constexpr std::int64_t kMaxId = (std::int64_t{1} << 24) - 1;

  // False if the token or the id is taken already. id is in [0, kMaxId].
  bool add(std::string_view token, TokenId id);

  [[nodiscard]] std::optional<TokenId> id_of(std::string_view token) const;
  // Empty when the id is unknown.
  [[nodiscard]] std::string_view token_of(TokenId id) const;
  [[nodiscard]] bool has(TokenId id) const;
  [[nodiscard]] std::int64_t size() const { return count_; }
  // One more than the highest id.
  [[nodiscard]] std::int64_t end_id() const { return static_cast<std::int64_t>(entries_.size()); }

 private:
  static constexpr std::uint32_t kFree = 0xFFFFFFFF;

  struct Entry {
    std::uint64_t begin = 0;  // in text_
    std::uint32_t size = kFree;
  };

  [[nodiscard]] std::size_t slot_of(std::string_view token) const;
  void grow();

  std::string text_;
  std::vector<Entry> entries_;        // by id
  std::vector<std::uint32_t> slots_;  // open addressing; ids, or kFree
  std::int64_t count_ = 0;
};

// Which two tokens join to which, and how early.
class MergeTable {
 public:
  struct Merge {
    std::uint32_t rank = 0;
    TokenId joined = 0;
  };

  // A later merge of the same pair replaces the earlier one, as in the `tokenizers` library.
  void add(TokenId left, TokenId right, Merge merge);
  [[nodiscard]] const Merge* find(TokenId left, TokenId right) const;
  [[nodiscard]] std::size_t size() const { return count_; }

 private:
  static constexpr std::uint64_t kFree = ~std::uint64_t{0};

  struct Slot {
    std::uint64_t pair = kFree;
    Merge merge;
  };

  [[nodiscard]] std::size_t slot_of(std::uint64_t pair) const;

  std::vector<Slot> slots_;
  std::size_t count_ = 0;
};

}  // namespace fettle::tokenize
