#include "tokenize/bpe.h"

#include <gtest/gtest.h>

#include "tokenize/byte_level.h"
#include "tokenize/unicode.h"

namespace fettle::tokenize {
namespace {

struct Built {
  Vocabulary vocabulary;
  MergeTable merges;

  void token(const std::string& text) {
    vocabulary.add(text, static_cast<TokenId>(vocabulary.end_id()));
  }
  void merge(const std::string& left, const std::string& right) {
    const std::string joined = left + right;
    if (!vocabulary.id_of(joined)) token(joined);
    merges.add(*vocabulary.id_of(left), *vocabulary.id_of(right),
               {static_cast<std::uint32_t>(merges.size()), *vocabulary.id_of(joined)});
  }
};

// All bytes, and merges that build aa, aaaa, ab, abab.
Built with_bytes() {
  Built built;
  for (int byte = 0; byte < 256; ++byte) {
    std::string character;
    append_utf8(character, byte_character(static_cast<std::uint8_t>(byte)));
    built.token(character);
  }
  built.merge("a", "a");
  built.merge("aa", "aa");
  built.merge("a", "b");
  built.merge("ab", "ab");
  return built;
}

std::string spelt(const Bpe& bpe, std::string_view word) {
  Bpe::Scratch scratch;
  std::vector<WordToken> tokens;
  bpe.tokenize(word, scratch, tokens);
  std::string out;
  for (const WordToken& token : tokens) {
    out += std::string(bpe.vocabulary().token_of(token.id)) + "|";
  }
  return out;
}

std::uint64_t work_of(const Bpe& bpe, std::size_t size, bool bytes) {
  Bpe::Scratch scratch;
  std::vector<WordToken> tokens;
  const std::string word(size, 'a');
  if (bytes) {
    EXPECT_TRUE(bpe.tokenize_bytes(word, scratch, tokens));
  } else {
    bpe.tokenize(word, scratch, tokens);
  }
  return scratch.work;
}

TEST(ByteLevel, MapsEveryByteToACharacterAndBack) {
  EXPECT_EQ(bytes_to_characters(" \n\x7f\xad"), "\u0120\u010A\u0121\u0143");
  EXPECT_EQ(byte_character('A'), U'A');
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<char>(byte));
  EXPECT_EQ(characters_to_bytes(bytes_to_characters(all)), all);
  EXPECT_EQ(characters_to_bytes("a b"), std::nullopt);
  EXPECT_EQ(characters_to_bytes("\u0144"), std::nullopt);
}

TEST(Bpe, JoinsTheEarliestMergeFirstAndOfEqualsTheLeftmost) {
  Built built = with_bytes();
  const Bpe bpe(std::move(built.vocabulary), std::move(built.merges), {});
  EXPECT_EQ(spelt(bpe, "aaa"), "aa|a|");
  EXPECT_EQ(spelt(bpe, "aaab"), "aa|ab|");
  EXPECT_EQ(spelt(bpe, "abababab"), "abab|abab|");
  // The same beyond the length at which a heap takes over.
  std::string expected;
  for (int i = 0; i < 25; ++i) expected += "aaaa|";
  EXPECT_EQ(spelt(bpe, std::string(100, 'a')), expected);
}

TEST(Bpe, BothWaysToMergeAgree) {
  Built built = with_bytes();
  Bpe bpe(std::move(built.vocabulary), std::move(built.merges), {});
  bpe.prepare_bytes();
  std::string word;
  for (int i = 0; i < 3000; ++i) {
    word.push_back("aab"[(i * i + i / 7) % 3]);
    Bpe::Scratch scratch;
    std::vector<WordToken> tokens;
    std::vector<WordToken> byte_tokens;
    bpe.tokenize(word, scratch, tokens);
    ASSERT_TRUE(bpe.tokenize_bytes(word, scratch, byte_tokens));
    ASSERT_EQ(tokens.size(), byte_tokens.size());
    std::size_t size = 0;
    for (std::size_t t = 0; t < tokens.size(); ++t) {
      ASSERT_EQ(tokens[t].id, byte_tokens[t].id);
      size += tokens[t].size;
    }
    ASSERT_EQ(size, word.size());
    if (word.size() > 60) word.clear();
  }
}

TEST(Bpe, GrowsByNLogN) {
  Built built = with_bytes();
  Bpe bpe(std::move(built.vocabulary), std::move(built.merges), {});
  bpe.prepare_bytes();
  for (const bool bytes : {false, true}) {
    const std::uint64_t once = work_of(bpe, 1 << 18, bytes);
    const std::uint64_t twice = work_of(bpe, 1 << 19, bytes);
    EXPECT_GT(once, std::uint64_t{1} << 17);
    EXPECT_LE(twice, once * 23 / 10);
  }
}

TEST(Bpe, SaysThatAByteHasNoToken) {
  Built built;
  built.token("a");
  Bpe bpe(std::move(built.vocabulary), std::move(built.merges), {});
  bpe.prepare_bytes();
  Bpe::Scratch scratch;
  std::vector<WordToken> tokens;
  EXPECT_TRUE(bpe.tokenize_bytes("aa", scratch, tokens));
  EXPECT_FALSE(bpe.tokenize_bytes("ab", scratch, tokens));
  EXPECT_EQ(tokens.size(), 2U);
}

TEST(Bpe, KeepsAWholeWordThatIsATokenIfAskedTo) {
  Built built = with_bytes();
  built.token("bbb");
  const Bpe bpe(std::move(built.vocabulary), std::move(built.merges), {.ignore_merges = true});
  EXPECT_EQ(spelt(bpe, "bbb"), "bbb|");
  EXPECT_EQ(spelt(bpe, "bbbb"), "b|b|b|b|");
}

TEST(Bpe, UnknownCharactersBecomeBytesOrUnknownTokensOrVanish) {
  Built built;
  for (const char* token : {"<unk>", "a", "<0xC3>", "<0xA9>"}) built.token(token);
  const auto spell = [&](const BpeOptions& options) {
    const Bpe bpe(built.vocabulary, built.merges, options);
    return spelt(bpe, "a\u00E9\u4E00\u4E01a");
  };
  EXPECT_EQ(spell({}), "a|a|");
  EXPECT_EQ(spell({.unk = 0}), "a|<unk>|<unk>|<unk>|a|");
  EXPECT_EQ(spell({.fuse_unk = true, .unk = 0}), "a|<unk>|a|");
  EXPECT_EQ(spell({.byte_fallback = true, .unk = 0}), "a|<0xC3>|<0xA9>|<unk>|<unk>|a|");
}

TEST(Vocabulary, RefusesWhatIsTaken) {
  Vocabulary vocabulary;
  EXPECT_TRUE(vocabulary.add("a", 5));
  EXPECT_FALSE(vocabulary.add("a", 6));
  EXPECT_FALSE(vocabulary.add("b", 5));
  EXPECT_EQ(vocabulary.id_of("b"), std::nullopt);
  EXPECT_EQ(vocabulary.token_of(5), "a");
  EXPECT_EQ(vocabulary.token_of(4), "");
  EXPECT_EQ(vocabulary.token_of(-1), "");
  EXPECT_EQ(vocabulary.end_id(), 6);
  EXPECT_EQ(vocabulary.size(), 1);
}

}  // namespace
}  // namespace fettle::tokenize
