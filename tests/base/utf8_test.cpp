#include "base/utf8.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace fettle {
namespace {

static_assert(decode_utf8("\xe2\x82\xac").code == 0x20ac);
static_assert(!decode_utf8("\xe2\x82").valid);

// By the standard's arithmetic, for a code point that is none of the surrogates.
std::string encoded(char32_t c) {
  const auto byte = [](char32_t value) { return static_cast<char>(value); };
  const auto rest = [&](int shift) { return byte(0x80 | (c >> shift & 0x3f)); };
  if (c < 0x80) return {byte(c)};
  if (c < 0x800) return {byte(0xc0 | c >> 6), rest(0)};
  if (c < 0x10000) return {byte(0xe0 | c >> 12), rest(6), rest(0)};
  return {byte(0xf0 | c >> 18), rest(12), rest(6), rest(0)};
}

TEST(Utf8, DecodesEveryCharacterBetweenOthers) {
  for (char32_t c = 0; c <= 0x10ffff; ++c) {
    if (c >= 0xd800 && c <= 0xdfff) continue;
    const std::string bytes = encoded(c);
    const Utf8Char got = decode_utf8("\x80" + bytes + "\x80", 1);
    ASSERT_TRUE(got.valid && got.code == c && got.size == bytes.size()) << std::uint32_t{c};
  }
}

// Every sequence of three bytes behind every lead byte of interest: valid is what an encoding gives
// back, and a valid one never holds a surrogate or a code point that fewer bytes hold.
TEST(Utf8, IsValidOnlyWhereEncodingGivesTheSameBytes) {
  constexpr std::array<unsigned char, 12> kBytes = {0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90,
                                                    0x9f, 0xa0, 0xbf, 0xc2, 0xed, 0xff};
  for (unsigned first = 0; first < 256; ++first) {
    for (const unsigned char a : kBytes) {
      for (const unsigned char b : kBytes) {
        for (const unsigned char c : kBytes) {
          const std::string bytes = {static_cast<char>(first), static_cast<char>(a),
                                     static_cast<char>(b), static_cast<char>(c)};
          const Utf8Char got = decode_utf8(bytes);
          ASSERT_GE(got.size, 1U);
          ASSERT_LE(got.size, 4U);
          if (got.valid) {
            ASSERT_FALSE(got.code >= 0xd800 && got.code <= 0xdfff);
            ASSERT_EQ(encoded(got.code), bytes.substr(0, got.size));
          } else {
            ASSERT_EQ(got.code, kReplacementCharacter);
          }
        }
      }
    }
  }
}

// The standard's tables 3-8 to 3-11: how many U+FFFD stand for the bytes, and how long each part
// is.
TEST(Utf8, CutsIllFormedBytesIntoMaximalSubparts) {
  const auto cut = [](std::string_view bytes) {
    std::string sizes;
    for (std::size_t at = 0; at < bytes.size();) {
      const Utf8Char c = decode_utf8(bytes, at);
      sizes += static_cast<char>((c.valid ? 'a' : '0') + static_cast<int>(c.size));
      at += c.size;
    }
    return sizes;
  };
  EXPECT_EQ(cut("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41"), "11111111b");
  EXPECT_EQ(cut("\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41"), "11111111b");
  EXPECT_EQ(cut("\xf4\x91\x92\x93\xff\x41\x80\xbf\x42"), "11111b11b");
  EXPECT_EQ(cut("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41"), "2132b");
}

TEST(Utf8, ReadsNothingBehindTheText) {
  const std::string_view euros = "\xe2\x82\xac";
  EXPECT_EQ(decode_utf8(euros.substr(0, 1)).size, 1U);
  EXPECT_EQ(decode_utf8(euros.substr(0, 2)).size, 2U);
  EXPECT_FALSE(decode_utf8(euros.substr(0, 2)).valid);
  EXPECT_FALSE(decode_utf8(std::string_view("\xf0\x9f\x98\x80").substr(0, 3)).valid);
}

}  // namespace
}  // namespace fettle
