#include "base/json.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace fettle {
namespace {

std::string failure(std::string_view source, const JsonLimits& limits = {}) {
  const Result<Json> json = parse_json(source, "x.json", limits);
  return json ? "" : json.error().message();
}

TEST(Json, KeepsTheOrderOfKeys) {
  const Json json = *parse_json(R"({"b":1,"a":{"z":[1,2.5,null,true,"é"],"y":{}}})", "x.json");
  EXPECT_EQ(to_text(json), R"({"b":1,"a":{"z":[1,2.5,null,true,"é"],"y":{}}})");
  EXPECT_EQ(find(json, "b")->get<int>(), 1);
  EXPECT_EQ(find(json, "c"), nullptr);
}

TEST(Json, WritesWhatTheLibraryWrites) {
  constexpr std::string_view kBytes =
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa "
      "\"\\/\n\r\t\b\f\x01\x1f\x7f\x80\xa0\xc3\xa9\xe2\x82\xac\xed\xf0\x9f"
      "\x98\x80\xff";
  const Random random(1, "json");
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    std::string words;
    for (std::uint64_t k = 0; k < i % 40; ++k) {
      words += kBytes[random.below(i * 100 + k, kBytes.size())];
    }
    const Json json = {{words, {words, 1, -2.5, nullptr, true, Json::object(), Json::array()}},
                       {"more", {{"text", words}}}};
    ASSERT_EQ(to_text(json), json.dump(-1, ' ', false, Json::error_handler_t::replace));
  }
}

TEST(Json, RefusesWhatIsNotJson) {
  EXPECT_NE(failure("").find("is empty"), std::string::npos);
  EXPECT_NE(failure("{\"a\":1,\"a\":2}").find("\"a\" stands twice"), std::string::npos);
  EXPECT_NE(failure("[1] x"), "");
  EXPECT_NE(failure("{\"a\":NaN}"), "");
  EXPECT_NE(failure("\"\xff\""), "");
  EXPECT_NE(failure("[1,]"), "");
  EXPECT_NE(failure(std::string_view("{}\0x", 4)).find("NUL byte at offset 2"), std::string::npos);
}

TEST(Json, BoundsDepthInsteadOfTheStack) {
  const std::string deep(1'000'000, '[');
  EXPECT_NE(failure(deep).find("deeper than 64"), std::string::npos);
  EXPECT_EQ(failure(std::string(64, '[') + std::string(64, ']')), "");
}

TEST(Json, ReadsALargeObjectInLinearTime) {
  std::string source = "{";
  for (int i = 0; i < 200'000; ++i) source += "\"key" + std::to_string(i) + "\":1,";
  source.back() = '}';
  EXPECT_EQ(parse_json(source, "x.json")->size(), 200'000U);
}

TEST(Json, WritesInvalidUtf8WithoutThrowing) {
  EXPECT_EQ(to_text(Json("a\xff")), "\"a\xef\xbf\xbd\"");
}

}  // namespace
}  // namespace fettle
