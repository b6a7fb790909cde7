// A text cut into words and lines once, for all the rules that count them.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "data/clean/chars.h"

namespace fettle::data::clean {

// Ends a sentence in some script: Unicode's Sentence_Terminal.
[[nodiscard]] bool is_terminal(char32_t c);
// Punctuation as Gopher's rules are commonly computed: a word of nothing else is no word.
[[nodiscard]] bool is_symbol(char32_t c);

struct Word {
  std::uint32_t begin = 0;  // byte in the text
  std::uint32_t size = 0;   // bytes
  std::uint32_t chars = 0;
  bool symbol = true;      // is_symbol() holds for all its characters
  bool letters = false;    // is_alpha() holds for one of them
  std::uint64_t hash = 0;  // of the bytes; equal words are taken to have equal hashes alone
};

struct WordCounts {
  std::size_t real = 0;  // not of symbols alone
  std::size_t real_chars = 0;
  std::size_t with_letters = 0;
};

struct Span {
  std::size_t begin = 0;
  std::size_t size = 0;
  [[nodiscard]] std::string_view in(std::string_view text) const {
    return text.substr(begin, size);
  }
};

// Words: runs of letters and digits with what joins them ("3.14", "e-mail" is three words, "don't"
// is "do" and "n't"), each other character a word of its own, dots in a row one word. Reused from
// row to row, it keeps its memory. Texts over 4 GiB are cut there.
class Document {
 public:
  void read(std::string_view text);

  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] std::size_t chars() const { return chars_; }
  [[nodiscard]] const std::vector<Word>& words() const { return words_; }
  [[nodiscard]] const WordCounts& counts() const { return counts_; }
  [[nodiscard]] std::string_view view(const Word& word) const {
    return text_.substr(word.begin, word.size);
  }

 private:
  std::size_t read_plain(std::size_t at);
  std::size_t read_word(std::size_t at);
  std::size_t read_joined(std::size_t at);
  void add(std::size_t begin, std::size_t end);
  void add_split(std::size_t begin, std::size_t end);
  void count(Word& word);

  std::string_view text_;
  std::size_t chars_ = 0;
  std::vector<Word> words_;
  WordCounts counts_;
};

// Python's str.splitlines(): also at U+000B, U+000C, U+001C to U+001E, U+0085, U+2028, U+2029.
void split_lines(std::string_view text, std::vector<Span>& lines);

// Sentences of a line: runs that end in a terminal character and closing quotes before a space;
// initials and a few titles ("Dr.") end none. At least 1 for a line that is not blank.
[[nodiscard]] std::size_t count_sentences(std::string_view line);

}  // namespace fettle::data::clean
