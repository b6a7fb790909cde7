// Tokenizers of GGUF files: small vocabularies here, published ones in
// tests/oracle/test_tokenizers.py.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json.h"
#include "tokenize/byte_level.h"
#include "tokenize/tokenizer.h"
#include "tokenize/unicode.h"

namespace fettle::tokenize {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

GgufVocabulary byte_vocabulary() {
  GgufVocabulary vocabulary;
  vocabulary.model = "gpt2";
  vocabulary.pre = "smollm";
  for (int byte = 0; byte < 256; ++byte) {
    append_utf8(vocabulary.tokens.emplace_back(), byte_character(static_cast<std::uint8_t>(byte)));
  }
  for (const char* token : {"12", "ab", "<|end|>", "[user]"}) vocabulary.tokens.emplace_back(token);
  vocabulary.merges = {"1 2", "a b"};
  vocabulary.token_types.assign(260, 1);
  vocabulary.token_types[258] = 3;
  vocabulary.token_types[259] = 4;
  vocabulary.eos = 258;
  return vocabulary;
}

GgufVocabulary scored_vocabulary() {
  GgufVocabulary vocabulary;
  vocabulary.model = "llama";
  vocabulary.tokens = {"<unk>", "<s>", "</s>", "<0x0A>", "\u2581", "a", "b", "ab", "\u2581ab"};
  vocabulary.token_types = {2, 3, 3, 6, 1, 1, 1, 1, 1};
  vocabulary.scores = {0, 0, 0, 0, -3, -4, -5, -1, -2};
  return vocabulary;
}

std::string refusal(const GgufVocabulary& vocabulary) {
  try {
    (void)tokenizer_from_gguf(vocabulary, "m.gguf");
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

TEST(Gguf, SplitsAsTheNamedPreTokenizerDoes) {
  GgufVocabulary vocabulary = byte_vocabulary();
  const auto ids = [&](std::string_view pre) {
    vocabulary.pre = std::string(pre);
    return tokenizer_from_gguf(vocabulary, "m.gguf")->encode("12ab<|end|>", false).ids;
  };
  EXPECT_THAT(ids("smollm"), ElementsAre('1', '2', 257, 258));
  EXPECT_THAT(ids("gpt-2"), ElementsAre(256, 257, 258));
  EXPECT_THAT(ids(""), ElementsAre(256, 257, 258));
  EXPECT_THAT(ids("qwen2"), ElementsAre('1', '2', 257, 258));
  EXPECT_THAT(ids("llama-bpe"), ElementsAre(256, 257, 258));
}

TEST(Gguf, TellsSpecialTokensFromTheUsers) {
  const auto tokenizer = tokenizer_from_gguf(byte_vocabulary(), "m.gguf");
  EXPECT_TRUE(tokenizer->is_special(258));
  EXPECT_FALSE(tokenizer->is_special(259));
  EXPECT_EQ(tokenizer->special().eos, 258);
  EXPECT_EQ(tokenizer->special().bos, std::nullopt);
  EXPECT_THAT(tokenizer->encode("[user]", true).ids, ElementsAre(259));
  EXPECT_EQ(tokenizer->decode(std::vector<TokenId>{257, 258, 259}, true), "ab[user]");
  EXPECT_EQ(tokenizer->vocab_size(), 260);
}

TEST(Gguf, AddsBosAndEosWhereTheFileSaysSo) {
  GgufVocabulary vocabulary = byte_vocabulary();
  vocabulary.bos = 257;
  vocabulary.add_bos = vocabulary.add_eos = true;
  const auto tokenizer = tokenizer_from_gguf(vocabulary, "m.gguf");
  EXPECT_THAT(tokenizer->encode("a", true).ids, ElementsAre(257, 'a', 258));
  EXPECT_THAT(tokenizer->encode("a", false).ids, ElementsAre('a'));
}

TEST(Gguf, MergesByScoreWithBytesForTheRest) {
  const auto tokenizer = tokenizer_from_gguf(scored_vocabulary(), "m.gguf");
  EXPECT_THAT(tokenizer->encode("ab ab\nz", true).ids, ElementsAre(1, 8, 8, 3, 0));
  EXPECT_EQ(tokenizer->decode(std::vector<TokenId>{1, 8, 8, 3}, true), "ab ab\n");
  EXPECT_EQ(tokenizer->special().unk, 0);
  EXPECT_EQ(tokenizer->special().bos, 1);
  EXPECT_EQ(tokenizer->special().eos, 2);
}

TEST(Gguf, PutsNoSpaceBeforeTheTextIfToldSo) {
  GgufVocabulary vocabulary = scored_vocabulary();
  vocabulary.add_space_prefix = false;
  const auto tokenizer = tokenizer_from_gguf(vocabulary, "m.gguf");
  EXPECT_THAT(tokenizer->encode("ab ab", false).ids, ElementsAre(7, 8));
  EXPECT_EQ(tokenizer->decode(std::vector<TokenId>{8, 7}, true), " abab");
}

TEST(Gguf, WritesATokenizerJsonThatEqualsIt) {
  for (const GgufVocabulary& vocabulary : {byte_vocabulary(), scored_vocabulary()}) {
    const auto read = tokenizer_from_gguf(vocabulary, "m.gguf");
    const auto written = parse_tokenizer_json(tokenizer_json_from_gguf(vocabulary, "m.gguf"), "w");
    for (const char* text : {"", "ab ab12", "a\nb <s>[user]</s>", "\u00E9 12ab"}) {
      EXPECT_EQ(read->encode(text, true).ids, written->encode(text, true).ids) << text;
      EXPECT_EQ(read->encode(text, true).offsets, written->encode(text, true).offsets) << text;
    }
  }
}

TEST(Gguf, NamesWhatItCannotUse) {
  GgufVocabulary vocabulary = byte_vocabulary();
  vocabulary.model = "bert";
  EXPECT_THAT(refusal(vocabulary), HasSubstr("m.gguf: tokenizer.ggml.model is \"bert\"; supported "
                                             "are gpt2 and llama"));
  vocabulary = byte_vocabulary();
  vocabulary.pre = "tekken";
  EXPECT_THAT(refusal(vocabulary),
              HasSubstr("tokenizer.ggml.pre is \"tekken\"; supported are default, gpt-2, mpt"));
  vocabulary = byte_vocabulary();
  vocabulary.token_types.pop_back();
  EXPECT_THAT(refusal(vocabulary), HasSubstr("token_type has 259 entries for 260 tokens"));
  vocabulary = byte_vocabulary();
  vocabulary.tokens[3] = "ab";
  EXPECT_THAT(refusal(vocabulary), HasSubstr("has \"ab\" twice, as 3 and 257"));
  vocabulary.tokens[3] = "\xFF";
  EXPECT_THAT(refusal(vocabulary), HasSubstr("token 3 of tokenizer.ggml.tokens is not UTF-8"));
  vocabulary = byte_vocabulary();
  vocabulary.merges.emplace_back("a zz");
  EXPECT_THAT(refusal(vocabulary), HasSubstr("merges[2] names the token \"zz\""));
  vocabulary.merges.back() = "ab";
  EXPECT_THAT(refusal(vocabulary), HasSubstr("merges[2] is \"ab\"; two tokens"));
  vocabulary.merges.back() = "";
  EXPECT_THAT(refusal(vocabulary), HasSubstr("merges[2] is \"\"; two tokens"));
  vocabulary = byte_vocabulary();
  vocabulary.eos = 260;
  EXPECT_THAT(refusal(vocabulary), HasSubstr("eos_token_id is 260; an id below 260"));
  vocabulary.eos = -1;
  EXPECT_THAT(refusal(vocabulary), HasSubstr("eos_token_id is -1"));
  vocabulary = scored_vocabulary();
  vocabulary.scores.clear();
  EXPECT_THAT(refusal(vocabulary), HasSubstr("tokenizer.ggml.scores is missing"));
  vocabulary.tokens.clear();
  vocabulary.token_types.clear();
  EXPECT_THAT(refusal(vocabulary), HasSubstr("tokenizer.ggml.tokens is empty"));
}

}  // namespace
}  // namespace fettle::tokenize
