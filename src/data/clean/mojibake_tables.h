// The tables that mojibake.cpp decides by.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace fettle::data::clean {

// Bits of a character's classes. The first fourteen are kinds of characters that occur in mojibake;
// then sets that single rules name; then places in a UTF-8 sequence whose bytes were read one by
// one; the last are found without a table.
enum MojibakeClass : unsigned {
  kCommon,
  kC1,
  kBad,
  kLaw,
  kCurrency,
  kStart,
  kEnd,
  kNumeric,
  kKaomoji,
  kUpperAccented,
  kLowerAccented,
  kUpperCommon,
  kLowerCommon,
  kBox,
  kTwoByteStart,
  kTwoByteEnd,
  kTimes,
  kSquareCube,
  kArabicStart,
  kArabicEnd,
  kAGrave,
  kIndicEnd,
  kRoot,
  kMacEnd,
  kAlmost,
  kDegreeCent,
  kLowQuote,
  kADiaeresis,
  kMacQuoteEnd,
  kACircumflexOAcute,
  kMacOtherEnd,
  kVe,
  kDje,
  kCyrillic4,
  kDegreeMicro,
  kGhe,
  kShortU,
  kCapitalVe,
  kATilde,
  kNbspExclam,
  kATildeCircumflex,
  kACircumflex,
  kStops,
  kBeta,
  kEuro,
  kBetaEnd,
  kGreek4,
  kDegree,
  kAMacron,
  kLigature,
  kFirst2,
  kFirst3,
  kFirst4,
  kContinuation,
  kStrictContinuation,
  kLower,
  kUpper,
  kBlank,
  kSpace,
  kWord,
  kNoLetter,
  kClassCount
};
static_assert(kClassCount <= 64, "a character's classes are one word");

struct CharClass {
  MojibakeClass bit;
  std::u32string_view characters;
};

struct Encoding {
  std::string_view name;
  // Byte 0x1a stands for U+FFFD, which remembers where an earlier program lost a byte.
  bool sloppy;
  std::u32string_view high;  // the characters of bytes 0x80 to 0xff
};

[[nodiscard]] std::span<const CharClass> mojibake_classes();
[[nodiscard]] std::span<const Encoding> mojibake_encodings();

}  // namespace fettle::data::clean
