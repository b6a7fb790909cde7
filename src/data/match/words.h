// Text as it is compared for duplicates and benchmark overlap: words in lower case without
// punctuation, one space between them.
//
// Lower case is Unicode's simple mapping. Characters of the categories P, S and C are deleted, as
// lm-evaluation-harness' Janitor deletes ASCII punctuation ("don't" and "dont" are one word); white
// space parts words. Scripts written without spaces (Han, Kana, Thai, Lao, Khmer, Burmese) give a
// word a character. Bytes that are not UTF-8 are kept as letters. Text is taken to be in NFC.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fettle::data {

// [begin, end) in bytes.
struct ByteSpan {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  [[nodiscard]] std::uint32_t size() const { return end - begin; }
  bool operator==(const ByteSpan&) const = default;
};

struct Words {
  std::string text;              // the words, one space between them
  std::vector<ByteSpan> words;   // in `text`
  std::vector<ByteSpan> source;  // the same words in the text that was given

  [[nodiscard]] std::string_view word(std::size_t i) const {
    return std::string_view(text).substr(words[i].begin, words[i].size());
  }
};

// Texts from 4 GiB on throw DataError: spans hold 32 bits.
[[nodiscard]] Words words_of(std::string_view source);
// Only the text of words_of().
[[nodiscard]] std::string normal_text(std::string_view source);

// The code point at `at` and its length in bytes; a byte that is not UTF-8 gives {byte, 1}.
struct CodePoint {
  std::int32_t value = 0;
  std::uint32_t bytes = 1;
};
[[nodiscard]] CodePoint code_point_at(std::string_view text, std::size_t at);

}  // namespace fettle::data
