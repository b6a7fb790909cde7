#include <gtest/gtest.h>

#include <random>

#include "base/format.h"
#include "tokenize/byte_level.h"
#include "tokenize/tokenizer.h"
#include "tokenize/unicode.h"

namespace fettle::tokenize {
namespace {

GgufVocabulary bytes_of_text() {
  GgufVocabulary vocabulary;
  vocabulary.model = "gpt2";
  for (int byte = 0; byte < 256; ++byte) {
    append_utf8(vocabulary.tokens.emplace_back(), byte_character(static_cast<std::uint8_t>(byte)));
  }
  vocabulary.tokens.emplace_back("<end>");
  vocabulary.token_types.assign(257, 1);
  vocabulary.token_types[256] = 3;
  return vocabulary;
}

GgufVocabulary bytes_and_words() {
  GgufVocabulary vocabulary;
  vocabulary.model = "llama";
  vocabulary.tokens = {"<unk>", "<s>", "</s>"};
  vocabulary.token_types = {2, 3, 3};
  for (int byte = 0; byte < 256; ++byte) {
    vocabulary.tokens.push_back(text("<0x{:02X}>", byte));
    vocabulary.token_types.push_back(6);
  }
  for (const char* token : {"\u2581", "\u2581a", "b", "\u2581\u2581", "\uFFFD"}) {
    vocabulary.tokens.emplace_back(token);
    vocabulary.token_types.push_back(1);
  }
  vocabulary.scores.assign(vocabulary.tokens.size(), 0);
  return vocabulary;
}

// Streams the ids; each piece must be whole characters.
std::string streamed(const Tokenizer& tokenizer, const std::vector<TokenId>& ids, bool skip) {
  StreamDecoder stream(tokenizer, skip);
  std::string out;
  for (const TokenId id : ids) {
    const std::string piece = stream.push(id);
    EXPECT_TRUE(is_utf8(piece));
    out += piece;
  }
  const std::string rest = stream.finish();
  EXPECT_TRUE(is_utf8(rest));
  return out + rest;
}

TEST(StreamDecoder, HoldsACharacterUntilItIsWhole) {
  const auto tokenizer = tokenizer_from_gguf(bytes_of_text(), "m.gguf");
  StreamDecoder stream(*tokenizer, true);
  EXPECT_EQ(stream.push('a'), "a");
  EXPECT_EQ(stream.push(0xF0), "");
  EXPECT_EQ(stream.push(0x9F), "");
  EXPECT_EQ(stream.push(256), "");  // skipped
  EXPECT_EQ(stream.push(0x98), "");
  EXPECT_EQ(stream.push(0x80), "\U0001F600");
  EXPECT_EQ(stream.push(0xC3), "");
  EXPECT_EQ(stream.push('b'), "\uFFFDb");
  EXPECT_EQ(stream.push(0xE2), "");
  EXPECT_EQ(stream.finish(), "\uFFFD");
  EXPECT_EQ(stream.push('c'), "c");
}

TEST(StreamDecoder, HoldsARunOfByteTokens) {
  const auto tokenizer = tokenizer_from_gguf(bytes_and_words(), "m.gguf");
  const TokenId first_byte = 3;
  const TokenId word = 3 + 256 + 1;
  StreamDecoder stream(*tokenizer, true);
  EXPECT_EQ(stream.push(word), "a");
  EXPECT_EQ(stream.push(first_byte + 0xC3), "");
  EXPECT_EQ(stream.push(first_byte + 0xA9), "");
  EXPECT_EQ(stream.push(word), "\u00E9 a");
  EXPECT_EQ(stream.push(first_byte + 0xC3), "");
  EXPECT_EQ(stream.push(word), "\uFFFD a");
}

TEST(StreamDecoder, GivesTheTextThatDecodingAtOnceGives) {
  std::mt19937 random(1);
  for (const GgufVocabulary& vocabulary : {bytes_of_text(), bytes_and_words()}) {
    const auto tokenizer = tokenizer_from_gguf(vocabulary, "m.gguf");
    const auto count = static_cast<std::uint32_t>(tokenizer->vocab_size());
    for (int round = 0; round < 3000; ++round) {
      std::vector<TokenId> ids(random() % 30);
      const bool words = random() % 2 == 0 && vocabulary.model == "llama";
      for (TokenId& id : ids) {
        const bool word = words && random() % 4 != 0;
        id = static_cast<TokenId>(word ? count - 1 - random() % 5 : random() % count);
      }
      const bool skip = random() % 2 == 0;
      ASSERT_EQ(streamed(*tokenizer, ids, skip), to_utf8(tokenizer->decode(ids, skip)));
    }
  }
}

// Counts the ids that were decoded on behalf of a stream.
class Counting : public Tokenizer {
 public:
  explicit Counting(const Tokenizer& inner) : inner_(inner) {}
  [[nodiscard]] Encoding encode(std::string_view text, bool special) const override {
    return inner_.encode(text, special);
  }
  [[nodiscard]] std::string decode(std::span<const TokenId> ids, bool skip) const override {
    decoded += ids.size();
    return inner_.decode(ids, skip);
  }
  [[nodiscard]] std::int64_t vocab_size() const override { return inner_.vocab_size(); }
  [[nodiscard]] std::optional<TokenId> id_of(std::string_view token) const override {
    return inner_.id_of(token);
  }
  [[nodiscard]] std::string_view token_of(TokenId id) const override { return inner_.token_of(id); }
  [[nodiscard]] bool is_special(TokenId id) const override { return inner_.is_special(id); }
  [[nodiscard]] const SpecialTokens& special() const override { return inner_.special(); }

  mutable std::size_t decoded = 0;

 private:
  const Tokenizer& inner_;
};

TEST(StreamDecoder, DecodesFewTokensAgain) {
  const auto bytes = tokenizer_from_gguf(bytes_of_text(), "m.gguf");
  const auto words = tokenizer_from_gguf(bytes_and_words(), "m.gguf");
  const std::size_t count = 2000;
  const auto work = [&](const Tokenizer& tokenizer, std::vector<TokenId> cycle) {
    const Counting counting(tokenizer);
    std::vector<TokenId> ids;
    while (ids.size() < count) ids.insert(ids.end(), cycle.begin(), cycle.end());
    (void)streamed(counting, ids, true);
    return counting.decoded;
  };
  EXPECT_LT(work(*bytes, {'a'}), 8 * count);
  EXPECT_LT(work(*bytes, {0xE2, 0x82}), 200 * count);  // never a whole character
  EXPECT_LT(work(*bytes, {256}), 8 * count);
  EXPECT_LT(work(*words, {3 + 0xFF}), 8 * count);
  EXPECT_LT(work(*words, {3 + 256 + 1, 3 + 0xC3}), 16 * count);
}

}  // namespace
}  // namespace fettle::tokenize
