// Byte pair encoding (Sennrich et al., 1508.07909): a word's characters, joined pair by pair in the
// order of the learned merges.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tokenize/vocabulary.h"

namespace fettle::tokenize {

struct BpeOptions {
  // Unknown characters become the tokens <0x00> to <0xFF> of their bytes.
  bool byte_fallback = false;
  // Neighbouring unknown characters become one unknown token.
  bool fuse_unk = false;
  // A word that is a token is that token, whatever the merges say.
  bool ignore_merges = false;
  // Without it, unknown characters vanish.
  std::optional<TokenId> unk = std::nullopt;
};

// A token of a word and how many of its bytes it covers.
struct WordToken {
  TokenId id;
  std::uint32_t size;
};

class Bpe {
 public:
  // Working memory of one call, to be reused between words.
  struct Scratch;

  Bpe(Vocabulary vocabulary, MergeTable merges, const BpeOptions& options);
  Bpe(Bpe&&) noexcept;
  ~Bpe();

  [[nodiscard]] const Vocabulary& vocabulary() const { return vocabulary_; }
  // Makes tokenize_bytes() ready. The vocabulary is one of byte characters (tokenize/byte_level.h).
  void prepare_bytes();

  // Appends the tokens of a word of valid UTF-8. O(n log n) in its length.
  void tokenize(std::string_view word, Scratch& scratch, std::vector<WordToken>& tokens) const;
  // The same for a word that stands for its byte characters, whose sizes count its bytes. False,
  // with no token, if the word has a byte whose character is no token.
  [[nodiscard]] bool tokenize_bytes(std::string_view word, Scratch& scratch,
                                    std::vector<WordToken>& tokens) const;

 private:
  void add_characters(std::string_view word, Scratch& scratch) const;
  bool add_byte_tokens(std::string_view character, Scratch& scratch) const;
  bool add_bytes(std::string_view word, Scratch& scratch) const;
  void merge(Scratch& scratch) const;
  void merge_few(Scratch& scratch) const;
  void merge_many(Scratch& scratch) const;
  [[nodiscard]] bool is_whole(std::string_view word, TokenId id, Scratch& scratch) const;

  Vocabulary vocabulary_;
  MergeTable merges_;
  BpeOptions options_;
  std::array<std::optional<TokenId>, 256> fallback_;  // <0x00> to <0xFF>
  std::array<std::optional<TokenId>, 256> byte_ids_;  // of the byte characters
  Vocabulary by_bytes_;                               // the tokens as the bytes that they stand for
  // Of each token, whether its own bytes merge to it: 0 not known yet, 1 yes, 2 no.
  std::unique_ptr<std::atomic<std::uint8_t>[]> whole_;
};

struct Bpe::Scratch {
  struct Symbol {
    TokenId id;
    std::uint32_t size;  // in bytes; 0 when joined to the one before
    std::int32_t previous;
    std::int32_t next;
  };
  struct Candidate {
    std::uint32_t rank;
    std::uint32_t at;
    TokenId joined;
  };

  std::vector<Symbol> symbols;
  std::vector<Candidate> heap;
  // Joins tried so far, for tests of the growth.
  std::uint64_t work = 0;
};

}  // namespace fettle::tokenize
