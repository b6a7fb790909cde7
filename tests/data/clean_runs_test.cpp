// What reads many bytes at once, against loops that read one.
#include <gtest/gtest.h>
#include <utf8proc.h>

#include "base/random.h"
#include "data/clean/chars.h"
#include "data/clean/phrases.h"
#include "data/clean/quality.h"
#include "data/clean/word_run.h"

namespace fettle::data::clean {
namespace {

// `size` characters of `alphabet`.
std::string drawn(const Random& random, std::uint64_t row, std::size_t size,
                  std::string_view alphabet) {
  std::string out;
  for (std::size_t i = 0; i < size; ++i) {
    out += alphabet[random.below(row * 1000 + i, alphabet.size())];
  }
  return out;
}

TEST(CleanRuns, CharactersAreThoseOfUtf8proc) {
  const Random random(1, "bytes");
  for (std::uint64_t i = 0; i < 200'000; ++i) {
    const std::string text =
        drawn(random, i, 1 + i % 5,
              "\x80\x8f\x90\x9f\xa0\xbf\xc0\xc1\xc2\xdf\xe0\xe2\xed\xef\xf0\xf1\xf4\xf5\xff"
              "a");
    utf8proc_int32_t point = -1;
    const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                         static_cast<utf8proc_ssize_t>(text.size()), &point);
    std::size_t at = 0;
    const char32_t found = next_char(text, at);
    ASSERT_EQ(found, length > 0 ? static_cast<char32_t>(point) : kBadByte);
    ASSERT_EQ(at, length > 0 ? static_cast<std::size_t>(length) : 1);
  }
}

TEST(CleanRuns, WordsEndWhereLettersAndDigitsDo) {
  const Random random(2, "words");
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    const std::string text =
        drawn(random, i, i % 40, "azAZ09mM5azAZ09mM5azAZ09mM5@[`{/: \xc3") + "tail of the text";
    std::size_t size = 0;
    std::size_t digits = 0;
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (!is_ascii_letter(byte) && !is_digit(byte)) break;
      digits += is_digit(byte);
      ++size;
    }
    const WordRun run = word_run(text, 0);
    ASSERT_EQ(run.size, size) << text;
    ASSERT_EQ(run.digits, digits) << text;
  }
}

TEST(CleanRuns, AShortHashIsOfTheWordAlone) {
  const std::string text = "abcdefghijklmnopqrstuvwxyz";
  for (std::size_t size = 0; size <= 16; ++size) {
    const std::string word = text.substr(3, size);
    EXPECT_EQ(short_hash(text, 3, size), short_hash(word, 0, size)) << size;
    if (size < 16) {
      EXPECT_NE(short_hash(text, 3, size), short_hash(text, 3, size + 1)) << size;
    }
    std::string other = word;
    for (char& c : other) {
      c = '-';
      EXPECT_NE(short_hash(other, 0, size), short_hash(word, 0, size)) << other;
      c = word[static_cast<std::size_t>(&c - other.data())];
    }
  }
  // Zeros at the end are bytes of the word.
  const std::string_view zeros("a\0\0\0\0\0\0\0\0\0\0\0", 12);
  EXPECT_NE(short_hash(zeros, 0, 1), short_hash(zeros, 0, 2));
  EXPECT_NE(short_hash(zeros, 0, 8), short_hash(zeros, 0, 9));
}

TEST(CleanRuns, PhrasesAreFoundAtEveryPlace) {
  constexpr std::array<std::string_view, 2> kTwo = {"use cookies", "lorem ipsum"};
  const Phrases phrases(kTwo);
  for (std::size_t before = 0; before < 140; ++before) {
    for (const std::size_t after : {std::size_t{0}, std::size_t{1}, std::size_t{90}}) {
      const std::string left(before, '.');
      const std::string right(after, '.');
      EXPECT_TRUE(phrases.held_by(left + "We USE Cookies" + right)) << before;
      EXPECT_TRUE(phrases.held_by(left + "lorem ipsum" + right)) << before;
      EXPECT_FALSE(phrases.held_by(left + "use cook1es lorem ips" + right)) << before;
    }
  }
}

TEST(CleanRuns, ALongWordIsLongWhereverItStands) {
  C4Config config;
  config.min_sentences = 0;
  config.max_word_length = 10;
  const auto removed = [&](std::string line) {
    std::string text = line;
    (void)c4_quality(text, config);
    return text.empty();
  };
  for (std::size_t before = 0; before < 40; ++before) {
    const std::string left =
        std::string(before, 'a').substr(0, 8) + " bb " + std::string(before, ' ') + "cc ";
    EXPECT_FALSE(removed(left + "abcdefghij dd ee.")) << before;
    EXPECT_TRUE(removed(left + "abcdefghijk dd ee.")) << before;
    // Ten characters of twenty bytes.
    EXPECT_FALSE(removed(left + "ääääääääää dd ee.")) << before;
    EXPECT_TRUE(removed(left + "äääääääääää dd ee.")) << before;
  }
}

}  // namespace
}  // namespace fettle::data::clean
