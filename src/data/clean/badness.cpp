#include "data/clean/badness.h"

#include <array>
#include <string>
#include <vector>

#include "data/clean/chars.h"
#include "data/clean/mojibake_tables.h"

namespace fettle::data::clean {
namespace {

constexpr std::size_t kEncodingCount = 10;
constexpr std::size_t kRuleLength = 5;
constexpr std::uint64_t kAnything = ~std::uint64_t{0};

template <class... Classes>
constexpr std::uint64_t any(Classes... classes) {
  return ((std::uint64_t{1} << classes) | ...);
}

// A rule: classes of neighbouring characters; unused places are 0.
using Rule = std::array<std::uint64_t, kRuleLength>;

constexpr std::uint64_t kAccented = any(kLowerAccented, kUpperAccented);
constexpr std::uint64_t kSymbolClasses = any(kCurrency, kNumeric, kLaw);
constexpr std::uint64_t kLetter = any(kLower, kUpper);
constexpr std::uint64_t kArabic = any(kCommon, kCurrency, kBad, kNumeric, kStart, kArabicEnd);

// Neighbours that words do not have but mojibake has: ftfy 6.3, badness.py (R. Speer, Apache-2.0).
constexpr std::array kRules = {
    Rule{any(kC1)},
    Rule{kAccented | kSymbolClasses | any(kBad, kBox, kStart, kEnd), any(kBad)},
    Rule{kLetter, any(kLowerCommon, kUpperCommon), any(kBad)},
    Rule{any(kBad), kAccented | kSymbolClasses | any(kBox, kStart, kEnd)},
    Rule{any(kLowerAccented, kLowerCommon, kBox, kEnd, kCurrency, kNumeric), any(kUpperAccented)},
    Rule{any(kBox, kEnd, kCurrency, kNumeric), any(kLowerAccented)},
    Rule{any(kLowerAccented, kBox, kEnd), any(kCurrency)},
    Rule{any(kSpace), any(kUpperAccented), any(kCurrency)},
    Rule{any(kUpperAccented, kBox), any(kNumeric, kLaw)},
    Rule{kAccented | any(kBox, kCurrency, kEnd), any(kStart), any(kNumeric)},
    Rule{kAccented | kSymbolClasses | any(kBox), any(kEnd), any(kStart)},
    Rule{any(kCurrency, kNumeric, kBox), any(kStart)},
    Rule{any(kLower), any(kUpperAccented), any(kStart, kCurrency)},
    Rule{any(kBox), any(kKaomoji)},
    Rule{kAccented | kSymbolClasses | any(kStart, kEnd), any(kBox)},
    Rule{any(kBox), any(kEnd)},
    Rule{kAccented, any(kStart, kEnd), any(kWord)},
    Rule{any(kLigature), any(kNoLetter)},
    Rule{any(kUpperAccented), any(kDegree)},
    Rule{any(kTwoByteStart), any(kTwoByteEnd, kStart, kEnd)},
    Rule{any(kTimes), any(kSquareCube)},
    Rule{any(kArabicStart), kArabic, any(kArabicStart), kArabic},
    Rule{any(kAGrave), any(kIndicEnd)},
    Rule{any(kRoot), any(kMacEnd)},
    Rule{any(kAlmost), any(kDegreeCent)},
    Rule{any(kLowQuote), any(kADiaeresis), any(kMacQuoteEnd)},
    Rule{any(kLowQuote), any(kACircumflexOAcute), any(kMacOtherEnd)},
    Rule{any(kVe), any(kDje)},
    Rule{any(kCyrillic4), any(kC1, kBad, kStart, kEnd, kCurrency, kDegreeMicro), any(kCyrillic4)},
    Rule{any(kATilde), any(kNbspExclam)},
    Rule{any(kLower), any(kATildeCircumflex), any(kBlank)},
    Rule{any(kLower), any(kSpace), any(kATildeCircumflex), any(kBlank)},
    Rule{any(kLower, kStops, kEnd), any(kACircumflex), any(kBlank, kStart, kEnd)},
    Rule{any(kBeta), any(kEuro), any(kBetaEnd)},
    Rule{any(kGreek4), any(kC1, kBad, kStart, kEnd, kCurrency, kDegree), any(kGreek4)},
    Rule{any(kAMacron), any(kEuro)},
};

// Six characters: the one rule that is longer than the others.
constexpr std::array kCyrillicTwice = {
    any(kGhe),       any(kShortU), any(kCapitalVe),      any(kDje),
    any(kCapitalVe), kAnything,    kLetter | any(kBlank)};

constexpr std::uint64_t first_classes() {
  std::uint64_t all = any(kGhe);
  for (const Rule& rule : kRules) all |= rule[0];
  return all & ~any(kSpace);
}

struct CharRow {
  std::uint64_t classes = 0;
  std::array<std::uint8_t, kEncodingCount> bytes{};  // 0: the encoding lacks the character
};

// Rows of the characters that any class or encoding names; most characters share row 0.
class Table {
 public:
  Table() : index_(0x10000), rows_(1) {
    for (const CharClass& kind : mojibake_classes()) {
      for (const char32_t point : kind.characters) row(point).classes |= any(kind.bit);
    }
    const auto encodings = mojibake_encodings();
    for (std::size_t e = 0; e < encodings.size(); ++e) {
      for (unsigned i = 0; i < encodings[e].high.size(); ++i) {
        row(encodings[e].high[i]).bytes[e] = static_cast<std::uint8_t>(0x80 + i);
      }
      if (encodings[e].sloppy) row(0xfffd).bytes[e] = 0x1a;
    }
  }

  [[nodiscard]] const CharRow& at(char32_t point) const {
    return rows_[point < index_.size() ? index_[point] : 0];
  }

 private:
  CharRow& row(char32_t point) {
    if (index_[point] == 0) {
      index_[point] = static_cast<std::uint16_t>(rows_.size());
      rows_.emplace_back();
    }
    return rows_[index_[point]];
  }

  std::vector<std::uint16_t> index_;
  std::vector<CharRow> rows_;
};

const Table& table() {
  static const Table kTable;
  return kTable;
}

std::uint64_t ascii_class(char32_t c) {
  if (is_ascii_lower(c)) return any(kLower, kWord);
  if (is_ascii_upper(c)) return any(kUpper, kWord);
  return any(kNoLetter) | (c == ' ' ? any(kBlank, kSpace, kContinuation) : 0) |
         (c != ' ' && is_space(c) ? any(kSpace) : 0) | (is_word(c) ? any(kWord) : 0) |
         (c == '.' || c == ',' || c == '?' || c == '!' ? any(kStops) : 0);
}

template <class Places>
bool holds(const Places& places, std::u32string_view text, std::size_t at, std::size_t from) {
  for (std::size_t i = from; i < places.size() && places[i] != 0; ++i) {
    if (at + i >= text.size() || (mojibake_class(text[at + i]) & places[i]) == 0) return false;
  }
  return true;
}

bool bad_at(std::u32string_view text, std::size_t at, std::uint64_t first) {
  for (const Rule& rule : kRules) {
    if ((first & rule[0]) != 0 && holds(rule, text, at, 1)) return true;
  }
  return (first & any(kGhe)) != 0 && holds(kCyrillicTwice, text, at, 1);
}

}  // namespace

std::uint64_t mojibake_class(char32_t point) {
  if (point < 0x80) return ascii_class(point);
  return table().at(point).classes | any(kNoLetter) | (is_word(point) ? any(kWord) : 0) |
         (is_space(point) ? any(kSpace) : 0);
}

int byte_in(std::size_t encoding, char32_t point) {
  if (point < 0x80) {
    return point == 0x1a && mojibake_encodings()[encoding].sloppy ? -1 : static_cast<int>(point);
  }
  const std::uint8_t byte = table().at(point).bytes[encoding];
  return byte == 0 ? -1 : byte;
}

bool is_bad(std::u32string_view text) {
  constexpr std::uint64_t kFirst = first_classes() & ~kLetter;
  const bool starts = text.size() > 1 && (mojibake_class(text[0]) & any(kATildeCircumflex)) != 0;
  if (starts && text[1] == ' ') return true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    // Rules that begin with ASCII need another character soon after.
    if (text[i] < 0x80) {
      const bool wide = (i + 1 < text.size() && text[i + 1] >= 0x80) ||
                        (i + 2 < text.size() && text[i + 2] >= 0x80);
      if (wide && bad_at(text, i, ascii_class(text[i]))) return true;
      continue;
    }
    const std::uint64_t classes =
        table().at(text[i]).classes | (is_space(text[i]) ? any(kSpace) : 0);
    if ((classes & (kFirst | any(kSpace))) != 0 && bad_at(text, i, classes)) return true;
  }
  return false;
}

bool is_bad_line(std::string_view line) {
  // A rule that begins with ASCII has another character two places later at most, and the longest
  // rule looks at six places behind its first.
  constexpr std::size_t kBefore = 2;
  constexpr std::size_t kAfter = 6;
  thread_local std::u32string window;
  window.clear();
  for (std::size_t at = 0; at < line.size();) {
    const std::string_view plain = line.substr(at, ascii_prefix(line.substr(at)));
    at += plain.size();
    std::size_t from = 0;
    if (plain.size() > kBefore + kAfter) {
      from = plain.size() - kBefore;
      if (!window.empty()) {
        window.append(plain.begin(), plain.begin() + kAfter);
        if (is_bad(window)) return true;
        window.clear();
      }
    }
    window.append(plain.begin() + static_cast<std::ptrdiff_t>(from), plain.end());
    if (at == line.size()) break;
    window += next_char(line, at);
    if (window.back() == kBadByte) return true;
  }
  return is_bad(window);
}

}  // namespace fettle::data::clean
