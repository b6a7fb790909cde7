#include "data/clean/words.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>

#include "base/format.h"
#include "data/clean/word_run.h"

namespace fettle::data::clean {
namespace {

constexpr std::size_t kMaxBytes = 0xfffffff0;

enum Kind : std::uint8_t { kBlank, kLetter, kDigit, kOther, kJoiner, kWide };

constexpr std::array<Kind, 256> kByteKinds = [] {
  std::array<Kind, 256> kinds{};
  for (unsigned c = 0; c < 256; ++c) {
    const bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
    const bool digit = c >= '0' && c <= '9';
    const bool blank = (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x20);
    const bool joins = c == '.' || c == ',' || c == '_' || c == '@' || c == '&' || c == '\'';
    kinds[c] = c >= 0x80 ? kWide
               : blank   ? kBlank
               : letter  ? kLetter
               : digit   ? kDigit
               : joins   ? kJoiner
                         : kOther;
  }
  return kinds;
}();

bool is_word_byte(unsigned char c) { return kByteKinds[c] == kLetter || kByteKinds[c] == kDigit; }

unsigned char byte(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

bool letter_at(std::string_view text, std::size_t at) { return is_ascii_letter(byte(text, at)); }
bool digit_at(std::string_view text, std::size_t at) { return is_digit(byte(text, at)); }

// Is the apostrophe's first byte here, ASCII's or U+2019? Gives its length.
std::size_t apostrophe(std::string_view text, std::size_t at) {
  if (byte(text, at) == '\'') return 1;
  return text.substr(at, 3) == "\xe2\x80\x99" ? 3 : 0;
}

// Does the character at `at` join what stands before and after it into one word?
std::size_t joiner(std::string_view text, std::size_t at) {
  const unsigned char c = byte(text, at);
  const unsigned char before = at > 0 ? byte(text, at - 1) : 0;
  const unsigned char after = byte(text, at + 1);
  const bool near = (is_ascii_letter(before) || is_digit(before) || before >= 0x80) &&
                    (is_ascii_letter(after) || is_digit(after) || after >= 0x80);
  if (!near) return 0;
  if (c == '.') return is_ascii_lower(before) && is_ascii_upper(after) ? 0 : 1;
  if (c == ',') return is_digit(before) && is_digit(after) ? 1 : 0;
  if (c == '_' || c == '@' || c == '&') return 1;
  return after < 0x80 || c == '\'' ? apostrophe(text, at) : 0;
}

// Bytes at the end of a word that are a contraction's: 's, 'm, 'd, 're, 've, 'll, n't; 0: none.
std::size_t contraction(std::string_view word) {
  for (std::size_t tail = 1; tail <= 2 && tail + 1 < word.size(); ++tail) {
    for (const std::size_t mark : {std::size_t{1}, std::size_t{3}}) {
      if (word.size() <= tail + mark) continue;
      const std::size_t at = word.size() - tail - mark;
      if (apostrophe(word, at) != mark) continue;
      const std::string end = lower_ascii(word.substr(word.size() - tail));
      if (end == "t" && at > 1 && (word[at - 1] | 0x20) == 'n') return tail + mark + 1;
      const bool known =
          end == "s" || end == "m" || end == "d" || end == "re" || end == "ve" || end == "ll";
      if (known) return tail + mark;
    }
  }
  return 0;
}

}  // namespace

void Document::read(std::string_view text) {
  text_ = text.substr(0, kMaxBytes);
  words_.clear();
  chars_ = 0;
  counts_ = {};
  for (std::size_t at = 0; at < text_.size();) {
    const Kind kind = kByteKinds[byte(text_, at)];
    if (kind == kBlank) {
      ++at;
      ++chars_;
    } else if (kind == kLetter || kind == kDigit) {
      at = read_plain(at);
    } else if (std::size_t end = at; kind == kWide && is_space(next_char(text_, end))) {
      ++chars_;
      at = end;
    } else {
      at = read_word(at);
    }
  }
}

// A word of ASCII letters and digits that nothing joins to what follows: most words of most text.
std::size_t Document::read_plain(std::size_t begin) {
  const WordRun run = word_run(text_, begin);
  const std::size_t at = begin + run.size;
  const Kind kind = at < text_.size() ? kByteKinds[static_cast<unsigned char>(text_[at])] : kBlank;
  if (kind == kWide || kind == kJoiner) {
    const Kind after = kByteKinds[byte(text_, at + 1)];
    const bool joins = kind == kWide || after == kLetter || after == kDigit || after == kWide;
    const bool initial = text_[at] == '.' && at - begin == 1;
    if (joins || initial) return read_joined(begin);
  }
  // Filled in its place: copying what was just written in parts is slow.
  Word& word = words_.emplace_back();
  word.begin = static_cast<std::uint32_t>(begin);
  word.size = static_cast<std::uint32_t>(run.size);
  word.chars = word.size;
  word.symbol = false;
  word.letters = run.digits < run.size;
  count(word);
  return at;
}

void Document::count(Word& word) {
  word.hash = word.size <= 16 ? short_hash(text_, word.begin, word.size)
                              : XXH3_64bits(text_.data() + word.begin, word.size);
  chars_ += word.chars;
  counts_.with_letters += word.letters;
  if (!word.symbol) {
    ++counts_.real;
    counts_.real_chars += word.chars;
  }
}

std::size_t Document::read_word(std::size_t at) {
  std::size_t end = at;
  const char32_t first = next_char(text_, end);
  const bool plain =
      first < 0x80 ? is_word_byte(static_cast<unsigned char>(first)) : is_word(first);
  if (plain) return read_joined(at);
  // Dots and dashes in a row are one word.
  while ((first == '.' || first == '-') && byte(text_, end) == first) ++end;
  add(at, end);
  return end;
}

std::size_t Document::read_joined(std::size_t begin) {
  std::size_t at = begin;
  bool quoted = false;
  while (at < text_.size()) {
    const unsigned char c = byte(text_, at);
    if (is_word_byte(c)) {
      ++at;
      continue;
    }
    if (const std::size_t join = joiner(text_, at)) {
      quoted = quoted || c == '\'' || c == 0xe2;
      at += join;
      continue;
    }
    if (c < 0x80) break;
    std::size_t end = at;
    if (!is_word(next_char(text_, end))) break;
    at = end;
  }
  // An initial or abbreviation keeps its dot: "U.S.", "J.".
  const bool initial = byte(text_, at) == '.' && is_ascii_upper(byte(text_, at - 1)) &&
                       (at - begin == 1 || byte(text_, at - 2) == '.');
  if (initial) ++at;
  if (quoted) {
    add_split(begin, at);
  } else {
    add(begin, at);
  }
  return at;
}

void Document::add_split(std::size_t begin, std::size_t end) {
  const std::size_t tail = contraction(text_.substr(begin, end - begin));
  if (tail == 0) return add(begin, end);
  add(begin, end - tail);
  add(end - tail, end);
}

void Document::add(std::size_t begin, std::size_t end) {
  Word& word = words_.emplace_back();
  word.begin = static_cast<std::uint32_t>(begin);
  word.size = static_cast<std::uint32_t>(end - begin);
  for (std::size_t at = begin; at < end;) {
    const unsigned char c = byte(text_, at);
    if (c < 0x80) {
      word.letters = word.letters || is_ascii_letter(c);
      word.symbol = word.symbol && !is_word_byte(c);
      ++at;
    } else {
      const char32_t wide = next_char(text_, at);
      word.letters = word.letters || is_alpha(wide);
      word.symbol = word.symbol && is_symbol(wide);
    }
    ++word.chars;
  }
  count(word);
}

void split_lines(std::string_view text, std::vector<Span>& lines) {
  lines.clear();
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    at += printable_prefix(text.substr(at));
    if (at == text.size()) break;
    const std::size_t here = at;
    const char32_t c = next_char(text, at);
    const bool ends = (c >= 0x0a && c <= 0x0d) || (c >= 0x1c && c <= 0x1e) || c == 0x85 ||
                      c == 0x2028 || c == 0x2029;
    if (!ends) continue;
    if (c == '\r' && byte(text, at) == '\n') ++at;
    lines.push_back({begin, here - begin});
    begin = at;
  }
  if (begin < text.size()) lines.push_back({begin, text.size() - begin});
}

namespace {

// Does the dot at `dot` belong to an initial ("J.") or a title ("Dr.")?
bool is_abbreviation(std::string_view line, std::size_t dot) {
  std::size_t begin = dot;
  while (begin > 0 && letter_at(line, begin - 1) && dot - begin < 6) --begin;
  const std::string_view word = line.substr(begin, dot - begin);
  if (word.size() == 1) return is_ascii_upper(byte(word, 0));
  constexpr std::array kTitles = {"Mr", "Mrs", "Ms", "Dr", "Prof", "St", "Jr", "Sr", "vs", "etc"};
  return std::find(kTitles.begin(), kTitles.end(), word) != kTitles.end();
}

// Bytes at the start that are ASCII and end no sentence, or fewer.
std::size_t unended_prefix(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    const std::uint64_t eight = eight_bytes(text, at);
    // Where a byte is the one looked for, subtracting borrows and sets the high bit.
    const auto differ = [&](char c) {
      return (eight ^ kOnes * static_cast<unsigned char>(c)) - kOnes;
    };
    if (((eight | differ('.') | differ('?') | differ('!')) & kOnes * 0x80) != 0) break;
  }
  const auto within = [](char c) {
    return static_cast<unsigned char>(c) < 0x80 && c != '.' && c != '?' && c != '!';
  };
  while (at < text.size() && within(text[at])) ++at;
  return at;
}

bool closes(char32_t c) {
  return c == '"' || c == '\'' || c == ')' || c == ']' || c == 0x201d || c == 0x2019 || c == 0xbb;
}

}  // namespace

std::size_t count_sentences(std::string_view line) {
  std::size_t count = 0;
  bool open = false;   // a sentence has begun
  bool ended = false;  // its terminal was seen
  for (std::size_t at = 0; at < line.size();) {
    // Within a sentence nothing but its end matters.
    if (open && !ended) at += unended_prefix(line.substr(at));
    if (at == line.size()) break;
    const std::size_t here = at;
    const char32_t c = next_char(line, at);
    if (is_terminal(c)) {
      ended = open && !(c == '.' && (is_abbreviation(line, here) || digit_at(line, at)));
    } else if (ended && is_space(c)) {
      ++count;
      open = ended = false;
    } else if (!closes(c)) {
      // Scripts without spaces begin the next sentence at once.
      if (ended && here > 0 && c >= 0x2e80) ++count;
      ended = false;
      open = open || !is_space(c);
    }
  }
  return count + (open ? 1 : 0);
}

}  // namespace fettle::data::clean
