#include "tokenize/unicode.h"

#include <gtest/gtest.h>

#include "tokenize/unicode_forms.h"

namespace fettle::tokenize {
namespace {

std::string form(Form which, std::string_view text) {
  std::string out;
  for (const Change& change : normalized(which, text)) append_utf8(out, change.code);
  return out;
}

TEST(Unicode, ReplacesMaximalIllFormedParts) {
  // Python: bytes.decode("utf-8", errors="replace").
  EXPECT_EQ(to_utf8("a\x80z"), "a\uFFFDz");
  EXPECT_EQ(to_utf8("\xE2\x82"), "\uFFFD");
  EXPECT_EQ(to_utf8("\xF0\x9F\x98x"), "\uFFFDx");
  EXPECT_EQ(to_utf8("\xC0\xAF"), "\uFFFD\uFFFD");
  EXPECT_EQ(to_utf8("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(to_utf8("\xF4\x90\x80\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(to_utf8("\xE2\x28\xA1"), "\uFFFD(\uFFFD");
  EXPECT_TRUE(is_utf8("a\u00E9\u4E00\U0001F600\uFFFD"));
  EXPECT_FALSE(is_utf8("\xC3"));
}

TEST(Unicode, KnowsWhereACharacterIsStillOpen) {
  EXPECT_EQ(complete_prefix("ab"), 2U);
  EXPECT_EQ(complete_prefix("a\xE2\x82"), 1U);
  EXPECT_EQ(complete_prefix("a\xF0\x9F\x98"), 1U);
  EXPECT_EQ(complete_prefix("a\xE2\x82\xAC"), 4U);
  EXPECT_EQ(complete_prefix("a\xFF"), 2U);     // no character begins so
  EXPECT_EQ(complete_prefix("\xE0\x80"), 2U);  // nor so
  EXPECT_EQ(complete_prefix("\x80\x80\x80\x80"), 4U);
  EXPECT_EQ(complete_prefix(""), 0U);
}

TEST(Unicode, ClassifiesAsOnigurumaAndRustDo) {
  EXPECT_TRUE(is_letter(0x4E00) && is_letter(0x1C5) && is_letter(0x31350) && is_letter(0x1C89));
  EXPECT_FALSE(is_letter(0x301) || is_letter('1') || is_letter(0x2167));
  EXPECT_TRUE(is_number('7') && is_number(0xBD) && is_number(0x2167) && is_number(0x663));
  EXPECT_FALSE(is_number(0x11DE0));
  EXPECT_TRUE(is_numeric(0x11DE0));
  EXPECT_TRUE(is_space(0x85) && is_space(0xA0) && is_space(0x3000) && is_space('\v'));
  EXPECT_FALSE(is_space(0x200B) || is_space(0x180E) || is_space(0x1C));
  EXPECT_TRUE(is_word('_') && is_word(0x200D) && is_word(0x301) && is_word(0x24B6));
  EXPECT_FALSE(is_word('-') || is_word(0xB2));
  EXPECT_TRUE(is_punctuation('$') && is_punctuation(0x3001) && is_punctuation(0x166D));
  EXPECT_FALSE(is_punctuation(0xA3) || is_punctuation(0x2E43));
}

TEST(Unicode, LowersCharacters) {
  std::string out;
  for (const char32_t code : U"AZ\u00C9\u0130\u03A3\u1C89\U00016EA0\u4E00") {
    if (code != 0) append_lowercase(out, code);
  }
  EXPECT_EQ(out, "az\u00E9i\u0307\u03C3\u1C8A\U00016EBB\u4E00");
}

TEST(UnicodeForms, ComposesAndDecomposes) {
  // Unicode Standard Annex 15, tables 3 to 6.
  EXPECT_EQ(form(Form::kNfc, "D\u0307\u0323"), "\u1E0C\u0307");
  EXPECT_EQ(form(Form::kNfd, "\u1E0A\u0323"), "D\u0323\u0307");
  EXPECT_EQ(form(Form::kNfkc, "\uFB01 2\u2075"), "fi 25");
  EXPECT_EQ(form(Form::kNfkd, "\u1E9B\u0323"), "s\u0323\u0307");
  EXPECT_EQ(form(Form::kNfc, "\u212B"), "\u00C5");
  EXPECT_EQ(form(Form::kNfc, "\u1100\u1161\u11A8"), "\uAC01");
  EXPECT_EQ(form(Form::kNfd, "\uAC01"), "\u1100\u1161\u11A8");
  EXPECT_EQ(form(Form::kNfc, "\u0958"), "\u0915\u093C");  // excluded from composition
  EXPECT_FALSE(may_change(Form::kNfc, "caf\u00E9"));
  EXPECT_TRUE(may_change(Form::kNfd, "caf\u00E9"));
}

}  // namespace
}  // namespace fettle::tokenize
