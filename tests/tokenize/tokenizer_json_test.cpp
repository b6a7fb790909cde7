// What a tokenizer.json may hold, and how a wrong one is answered.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json.h"
#include "tokenize/tokenizer.h"

namespace fettle::tokenize {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

// A small tokenizer over characters, with some keys replaced.
std::string document(std::string_view keys = "{}") {
  Json json = *parse_json(
      R"({"version":"1.0","added_tokens":[
            {"id":6,"content":"<s>","special":true,"normalized":false},
            {"id":7,"content":"[X]","lstrip":true,"rstrip":true,"special":false,"normalized":false},
            {"id":8,"content":"cab","single_word":true,"special":false,"normalized":true}],
          "normalizer":null,"pre_tokenizer":null,"post_processor":null,"decoder":null,
          "model":{"type":"BPE","unk_token":"?","vocab":{"?":0,"a":1,"b":2,"c":3,"ab":4," ":5},
                   "merges":["a b"]}})",
      "base");
  const Json changes = *parse_json(keys, "keys");
  for (const auto& [key, value] : changes.items()) {
    json[Json::json_pointer("/" + key)] = value;
  }
  return to_text(json);
}

std::string refusal(std::string_view json) {
  try {
    (void)parse_tokenizer_json(json, "t.json");
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

std::string refusal_with(std::string_view keys) { return refusal(document(keys)); }

TEST(TokenizerJson, EncodesWithOffsetsInCharacters) {
  const auto tokenizer = parse_tokenizer_json(document(), "t.json");
  const Encoding encoding = tokenizer->encode("ab\u00E9c", false);
  EXPECT_THAT(encoding.ids, ElementsAre(4, 0, 3));
  EXPECT_THAT(encoding.offsets, ElementsAre(Pair(0, 2), Pair(2, 3), Pair(3, 4)));
  EXPECT_EQ(tokenizer->vocab_size(), 9);
  EXPECT_EQ(tokenizer->id_of("[X]"), 7);
  EXPECT_EQ(tokenizer->id_of("zzz"), std::nullopt);
  EXPECT_EQ(tokenizer->token_of(4), "ab");
  EXPECT_EQ(tokenizer->token_of(99), "");
  EXPECT_TRUE(tokenizer->is_special(6));
  EXPECT_FALSE(tokenizer->is_special(7));
  EXPECT_EQ(tokenizer->special().unk, 0);
  EXPECT_EQ(tokenizer->special().bos, std::nullopt);
}

TEST(TokenizerJson, FindsAddedTokensInTheText) {
  const auto tokenizer = parse_tokenizer_json(document(), "t.json");
  const Encoding encoding = tokenizer->encode("a  [X] <s>b", false);
  EXPECT_THAT(encoding.ids, ElementsAre(1, 7, 6, 2));
  EXPECT_THAT(encoding.offsets, ElementsAre(Pair(0, 1), Pair(1, 7), Pair(7, 10), Pair(10, 11)));
  EXPECT_THAT(tokenizer->encode("cab acab cab", false).ids, ElementsAre(8, 5, 1, 3, 4, 5, 8));
}

TEST(TokenizerJson, DecodesWithAndWithoutSpecialTokens) {
  const auto tokenizer = parse_tokenizer_json(document(R"({"decoder":{"type":"Fuse"}})"), "t.json");
  const std::vector<TokenId> ids = {6, 4, 99, -1, 7};
  EXPECT_EQ(tokenizer->decode(ids, false), "<s>ab[X]");
  EXPECT_EQ(tokenizer->decode(ids, true), "ab[X]");
  EXPECT_EQ(parse_tokenizer_json(document(), "t.json")->decode(ids, true), "ab [X]");
}

TEST(TokenizerJson, PutsSpecialTokensAroundTheText) {
  const auto tokenizer =
      parse_tokenizer_json(document(R"({"post_processor":{"type":"TemplateProcessing",
        "single":[{"SpecialToken":{"id":"B","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],
        "pair":[],"special_tokens":{"B":{"id":"B","ids":[6],"tokens":["<s>"]}}}})"),
                           "t.json");
  const Encoding encoding = tokenizer->encode("c", true);
  EXPECT_THAT(encoding.ids, ElementsAre(6, 3));
  EXPECT_THAT(encoding.offsets, ElementsAre(Pair(0, 0), Pair(0, 1)));
  EXPECT_THAT(tokenizer->encode("c", false).ids, ElementsAre(3));
}

TEST(TokenizerJson, ReplacesBytesThatAreNoText) {
  const auto tokenizer = parse_tokenizer_json(document(), "t.json");
  EXPECT_THAT(tokenizer
                  ->encode("a\xE2\x82"
                           "b\xFF",
                           false)
                  .offsets,
              ElementsAre(Pair(0, 1), Pair(1, 2), Pair(2, 3), Pair(3, 4)));
}

TEST(TokenizerJson, NamesFileKeyAndValueOfWhatItCannotUse) {
  EXPECT_EQ(refusal_with(R"({"model/type":"WordPiece"})"),
            "t.json: model.type is \"WordPiece\"; the one supported model is BPE; convert the "
            "tokenizer or choose another model");
  EXPECT_THAT(refusal_with(R"({"model/type":"Unigram"})"), HasSubstr("\"Unigram\""));
  EXPECT_THAT(refusal_with(R"({"version":"2.0"})"),
              HasSubstr("version is \"2.0\"; supported is 1"));
  EXPECT_THAT(refusal_with(R"({"normalizer":{"type":"BertNormalizer"}})"),
              HasSubstr("normalizer.type is \"BertNormalizer\"; supported are Lowercase, NFC"));
  EXPECT_THAT(
      refusal_with(R"({"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"X"}]}})"),
      HasSubstr("pre_tokenizer.pretokenizers[0].type is \"X\"; supported are ByteLevel"));
  EXPECT_THAT(refusal_with(R"({"decoder":{"type":"WordPiece"}})"),
              HasSubstr("decoder.type is \"WordPiece\"; supported are ByteFallback"));
  EXPECT_THAT(refusal_with(R"({"post_processor":{"type":"BertProcessing"}})"),
              HasSubstr("post_processor.type is \"BertProcessing\"; supported are ByteLevel"));
  EXPECT_THAT(refusal_with(R"({"model/dropout":0.1})"),
              HasSubstr("model.dropout is 0.1; only null"));
  EXPECT_THAT(refusal_with(R"({"model/end_of_word_suffix":"</w>"})"),
              HasSubstr("model.end_of_word_suffix is \"</w>\"; only null"));
  EXPECT_THAT(refusal_with(R"({"model/unk_token":"!"})"),
              HasSubstr("model.unk_token is \"!\"; model.vocab has no such token"));
}

TEST(TokenizerJson, RefusesWhatIsMissingOrOfAnotherType) {
  EXPECT_THAT(refusal("{}"), HasSubstr("the key model is missing"));
  EXPECT_THAT(refusal("[]"), HasSubstr("t.json: the document is an array of 0; an object"));
  EXPECT_THAT(refusal(R"({"model":{}})"), HasSubstr("model.vocab is missing"));
  EXPECT_THAT(refusal(R"({"model":{"vocab":{}}})"), HasSubstr("model.merges is missing"));
  EXPECT_THAT(refusal_with(R"({"model/vocab":[]})"), HasSubstr("model.vocab is an array of 0"));
  EXPECT_THAT(refusal_with(R"({"model/merges":{}})"), HasSubstr("an array is expected"));
  EXPECT_THAT(refusal_with(R"({"model/fuse_unk":"yes"})"), HasSubstr("true or false is expected"));
  EXPECT_THAT(refusal_with(R"({"added_tokens":[{"id":6}]})"),
              HasSubstr("added_tokens[0].content is missing"));
  EXPECT_THAT(refusal_with(R"({"normalizer":{}})"), HasSubstr("normalizer.type is missing"));
  EXPECT_THAT(refusal_with(R"({"normalizer":{"type":"Replace","pattern":{},"content":""}})"),
              HasSubstr("the key String or Regex"));
  EXPECT_THAT(refusal_with(R"({"pre_tokenizer":{"type":"Punctuation","behavior":"Odd"}})"),
              HasSubstr("behavior is \"Odd\"; supported are Contiguous"));
  EXPECT_THAT(refusal_with(R"({"decoder":{"type":"Strip","content":"","start":1,"stop":0}})"),
              HasSubstr("one character is expected"));
  EXPECT_THAT(refusal_with(R"({"decoder":{"type":"Strip","content":" ","start":-1,"stop":0}})"),
              HasSubstr("decoder.start is -1; an integer from 0"));
}

TEST(TokenizerJson, RefusesContradictoryVocabularies) {
  EXPECT_THAT(refusal_with(R"({"model/merges":["a z"]})"),
              HasSubstr("model.merges[0] names the token \"z\", which model.vocab lacks"));
  EXPECT_THAT(refusal_with(R"({"model/merges":[["b","a"]]})"), HasSubstr("the token \"ba\""));
  EXPECT_THAT(refusal_with(R"({"model/merges":["a b c"]})"), HasSubstr("model.merges[0] is"));
  EXPECT_THAT(refusal_with(R"({"model/merges":[["a"]]})"), HasSubstr("two tokens, as"));
  EXPECT_THAT(refusal_with(R"({"model/vocab/z":4})"),
              HasSubstr("the tokens \"ab\" and \"z\" both have id 4"));
  EXPECT_THAT(refusal_with(R"({"model/vocab/z":-1})"), HasSubstr("\"z\" is -1; an integer from 0"));
  EXPECT_THAT(refusal_with(R"({"model/vocab/z":99999999999})"), HasSubstr("99999999999"));
  EXPECT_THAT(refusal_with(R"({"model/vocab/z":1.5})"), HasSubstr("is 1.5; an integer"));
  EXPECT_THAT(refusal_with(R"({"added_tokens":[{"id":9,"content":"q","special":true}]})"),
              HasSubstr("added_tokens[0].id is 9; the token \"q\" has id 6"));
}

TEST(TokenizerJson, FindsTheFirstOfTokensThatNormalizeAlike) {
  const auto tokenizer =
      parse_tokenizer_json(document(R"({"normalizer":{"type":"Lowercase"},"added_tokens":[
        {"id":6,"content":"Q","special":false},{"id":7,"content":"q","special":false}]})"),
                           "t.json");
  EXPECT_THAT(tokenizer->encode("qQ", false).ids, ElementsAre(6, 6));
}

TEST(TokenizerJson, RefusesDamagedAndHostileText) {
  const std::string whole = document();
  for (std::size_t size = 0; size < whole.size(); size += 17) {
    EXPECT_NE(refusal(whole.substr(0, size)), "") << size;
  }
  std::string deep = R"({"model":)";
  for (int i = 0; i < 100'000; ++i) deep += R"({"a":)";
  EXPECT_THAT(refusal(deep), HasSubstr("nested deeper"));
  EXPECT_THAT(refusal(R"({"model":1,"model":2})"), HasSubstr("stands twice"));
}

TEST(TokenizerJson, BoundsExpressionsAndNormalizers) {
  const auto split = [](std::string_view expression) {
    const Json step = {{"type", "Split"},
                       {"pattern", {{"Regex", expression}}},
                       {"behavior", "Isolated"},
                       {"invert", false}};
    return document(to_text({{"pre_tokenizer", step}}));
  };
  EXPECT_THAT(refusal(split("(a")), HasSubstr("pre_tokenizer.pattern.Regex is (a, which is no"));
  EXPECT_THAT(refusal(split("[a&&b]")), HasSubstr("whose && inside a character class"));
  const auto slow = parse_tokenizer_json(split("(?:a|aa|a)+[!?]"), "t.json");
  EXPECT_THROW((void)slow->encode(std::string(64, 'a') + "b", false), DataError);
  const std::string big(std::size_t{1} << 20, 'x');
  const Json replace = {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", big}};
  const auto swelling =
      parse_tokenizer_json(document(to_text({{"normalizer", replace}})), "t.json");
  EXPECT_THROW((void)swelling->encode(std::string(100, ' '), false), DataError);
}

TEST(TokenizerJson, MissingFolderIsNamed) {
  try {
    (void)load_tokenizer("/no/such/folder");
    FAIL();
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), HasSubstr("/no/such/folder: there is no tokenizer.json"));
  }
}

}  // namespace
}  // namespace fettle::tokenize
