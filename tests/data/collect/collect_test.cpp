// The small parts of collecting: JSON's two parsers agree, patterns, splits, limits of markup,
// processes, headers, LLaMA-Factory's entries.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/random.h"
#include "data/collect/dataset_info.h"
#include "data/collect/fast_json.h"
#include "data/collect/folder.h"
#include "data/collect/frame.h"
#include "data/collect/headers.h"
#include "data/collect/html.h"
#include "data/collect/hub.h"
#include "data/collect/mapping.h"
#include "data/collect/process.h"
#include "data/collect/readers.h"

namespace fettle::data::collect {
namespace {

using testing::HasSubstr;

Result<Json> fast(std::string text) {
  const std::size_t size = text.size();
  text.append(kPadding, 'x');
  return parse_padded(std::string_view(text).substr(0, size), Origin{"f", 1});
}

// What the slow and strict way says.
Result<Json> slow(std::string_view text) {
  if (auto bad = check_encoding(text, Origin{"f", 1})) return tl::unexpected(*bad);
  return parse_json(text, "f:1");
}

void expect_same(const std::string& text) {
  const Result<Json> a = fast(text);
  const Result<Json> b = slow(text);
  ASSERT_EQ(a.has_value(), b.has_value()) << text;
  if (!a) {
    EXPECT_EQ(a.error().message(), b.error().message());
    return;
  }
  EXPECT_EQ(*a, *b) << text;
  EXPECT_EQ(to_text(*a), to_text(*b));
}

TEST(FastJson, AgreesOnLimits) {
  for (const std::size_t depth : {1U, 2U, 63U, 64U, 65U, 66U, 5000U}) {
    expect_same(std::string(depth, '[') + std::string(depth, ']'));
    std::string objects;
    for (std::size_t i = 0; i < depth; ++i) objects += R"({"a":)";
    expect_same(objects + "1" + std::string(depth, '}'));
  }
  EXPECT_TRUE(fast(std::string(64, '[') + std::string(64, ']')).has_value());
  EXPECT_FALSE(fast(std::string(65, '[') + std::string(65, ']')).has_value());
}

constexpr const char* kOddValues[] = {"",
                                      " ",
                                      "{}",
                                      R"({"a":1,"a":2})",
                                      R"({"a":1,"\u0061":2})",
                                      "1e400",
                                      "-0",
                                      "0",
                                      "-1",
                                      "01",
                                      "18446744073709551615",
                                      "18446744073709551616",
                                      "-9223372036854775808",
                                      "-9223372036854775809",
                                      "1.0",
                                      "1e2",
                                      "\"\\ud800\"",
                                      "\"\\ud83d\\ude00\"",
                                      "\"\\u0000\"",
                                      "\"\x01\"",
                                      "\"\xff\"",
                                      "\"\xed\xa0\x80\"",
                                      "nan",
                                      "[1,]",
                                      "{\"a\":1,}",
                                      "1 2",
                                      "\"a",
                                      "tru",
                                      "\xef\xbb\xbf{\"a\":1}",
                                      "[1] x",
                                      "{\"a\" 1}",
                                      "/* */1",
                                      "0.1e-320",
                                      "1E+2"};

TEST(FastJson, AgreesOnOddValues) {
  for (const char* const text : kOddValues) expect_same(text);
  std::string many = "{";
  for (int i = 0; i < 40; ++i) many += fettle::text("{}\"k{}\":{}", i > 0 ? "," : "", i, i);
  expect_same(many + "}");
  expect_same(many + ",\"k7\":1}");
}

TEST(FastJson, AgreesOnDamagedRows) {
  const Random random(3, "damage");
  const std::string good =
      R"({"messages":[{"role":"user","content":"caf\u00e9 \ud83d\ude00"}],"n":[-1,2.5e3,null,true]})";
  for (std::uint64_t trial = 0; trial < 4000; ++trial) {
    std::string bytes = good;
    for (std::uint64_t k = 0; k <= random.below(trial * 8, 3); ++k) {
      bytes[random.below(trial * 8 + 2 * k + 1, bytes.size())] =
          static_cast<char>(random.bits(trial * 8 + 2 * k + 2));
    }
    expect_same(bytes);
  }
}

TEST(Patterns, MatchNames) {
  struct Case {
    const char* pattern;
    const char* name;
    bool match;
  };
  constexpr Case kCases[] = {{"*.jsonl", "a.jsonl", true},
                             {"*.jsonl", "b/a.jsonl", false},
                             {"**/*.jsonl", "a.jsonl", true},
                             {"**/*.jsonl", "b/c/a.jsonl", true},
                             {"b/**", "b/c/a.jsonl", true},
                             {"b/**", "ba", false},
                             {"a?c", "abc", true},
                             {"a?c", "a/c", false},
                             {"[a-c]x", "bx", true},
                             {"[!a-c]x", "bx", false},
                             {"[a-c", "[a-c", true},
                             {"", "", true},
                             {"a", "", false},
                             {"*", "", true},
                             {"data/train-*", "data/train-0-of-2.parquet", true},
                             {"**", "a/b", true}};
  for (const Case& one : kCases) {
    EXPECT_EQ(matches(one.pattern, one.name), one.match) << one.pattern << " " << one.name;
  }
  // The product of the lengths, never more.
  EXPECT_FALSE(matches(std::string(500, '*') + "b", std::string(5000, 'a')));
}

TEST(Splits, ComeFromNames) {
  const auto names = [](std::initializer_list<const char*> paths) {
    std::vector<FoundFile> files;
    for (const char* const path : paths) files.push_back({path, path});
    std::string out;
    for (const Split& split : splits_by_name(files)) {
      out += split.name + ":" + std::to_string(split.files.size()) + " ";
    }
    return out;
  };
  EXPECT_EQ(names({"data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet",
                   "data/odd-00000-of-00001.parquet", "x.csv"}),
            "train:2 odd:1 ");
  EXPECT_EQ(names({"test.csv", "train.jsonl", "dev.json"}), "train:1 validation:1 test:1 ");
  EXPECT_EQ(names({"a.csv", "trainer.csv"}), "train:2 ");
  EXPECT_EQ(names({"train/a.csv", "val/b.csv"}), "train:1 validation:1 ");
}

TEST(Markup, BombsAreRefused) {
  std::string nested;
  for (int i = 0; i < 100'000; ++i) nested += "<div>";
  EXPECT_THAT(read_page(nested, "p").error().message(), HasSubstr("nests up to 100000 deep"));
  std::string copies;
  for (int i = 0; i < 1900; ++i) copies += fettle::text("<b id={}>", i);
  for (int i = 0; i < 10'000; ++i) copies += "<p>x";
  EXPECT_THAT(read_page(copies, "p").error().message(), HasSubstr("reopens"));
  std::string plain = "<title>t</title>";
  for (int i = 0; i < 20'000; ++i) plain += "<p>some <b>words</b> here<br><li>x";
  EXPECT_TRUE(read_page(plain, "p").has_value());
}

TEST(Process, IsLimited) {
  EXPECT_EQ(run_process({"cat"}, "abc", {}).output, "abc");
  EXPECT_EQ(run_process({"false"}, "", {}).code, 1);
  EXPECT_EQ(run_process({"no-such-program-anywhere"}, "", {}).how, Finished::How::kMissing);
  ProcessLimits limits;
  limits.seconds = 0.2;
  EXPECT_EQ(run_process({"sleep", "60"}, "", limits).how, Finished::How::kTimeout);
  limits = {};
  limits.max_output = 1000;
  EXPECT_EQ(run_process({"cat", "/dev/zero"}, "", limits).how, Finished::How::kTooMuch);
  // Arguments are no shell's.
  EXPECT_EQ(run_process({"echo", "$(id); `id`"}, "", {}).output, "$(id); `id`\n");
  EXPECT_EQ(run_process({"env"}, "", {}).output.find("HOME="), std::string::npos);
}

Result<IdxHeader> idx(std::string_view bytes) {
  Window window(open_memory(bytes, "i"), 0);
  return read_idx_header(window);
}

TEST(Headers, LyingIdxIsRefused) {
  using namespace std::string_view_literals;
  EXPECT_EQ(idx("\0\0\x08\x03\0\0\0\x02\0\0\0\x1c\0\0\0\x1c"sv)->item_bytes, 784U);
  EXPECT_THAT(idx("\0\0\x08\x03\0\0"sv).error().message(), HasSubstr("cut off"));
  EXPECT_THAT(idx("\0\0\x07\x01\0\0\0\x02"sv).error().message(), HasSubstr("no IDX file"));
  EXPECT_THAT(idx("\0\0\x0e\x04\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\1"sv)
                  .error()
                  .message(),
              HasSubstr("too large"));
}

Result<Json> mapped(const char* row, SourceConfig config = {}) {
  return Mapping(config).map(*parse_json(row, ""), Origin{"f", 1});
}

TEST(Mapping, FindsForms) {
  const auto form = [](const char* row) {
    return std::string(Mapping::find_form(*parse_json(row, "")));
  };
  EXPECT_EQ(form(R"({"messages":[]})"), "chat");
  EXPECT_EQ(form(R"({"conversations":[],"kto_tag":true})"), "kto");
  EXPECT_EQ(form(R"({"prompt":"a","completion":"b","label":true})"), "kto");
  EXPECT_EQ(form(R"({"question":"a","answer":"b"})"), "prompt_completion");
  EXPECT_EQ(form(R"({"instruction":"a","input":"","output":"b"})"), "instruction");
  EXPECT_EQ(form(R"({"input":{},"preferred_output":[],"non_preferred_output":[]})"), "preference");
  EXPECT_EQ(form(R"({"sentence":"a","label":1})"), "classification");
  EXPECT_EQ(form(R"({"text":"a"})"), "text");
  EXPECT_EQ(form(R"({"image":"a.png","label":1})"), "image");
  EXPECT_EQ(form(R"({"x":1})"), "");
}

TEST(Mapping, BringsRowsIntoCanonicalKeys) {
  const char* const turn = R"({"role":"assistant","content":"yes"})";
  EXPECT_EQ(to_text(*mapped(R"({"input":{"messages":[{"role":"user","content":"q"}]},
                               "preferred_output":[{"role":"assistant","content":"yes"}],
                               "non_preferred_output":[{"role":"assistant","content":"no"}]})")),
            fettle::text(R"({{"prompt":[{{"role":"user","content":"q"}}],"chosen":[{}],)"
                         R"("rejected":[{{"role":"assistant","content":"no"}}]}})",
                         turn));
  EXPECT_EQ(to_text(*mapped(R"({"chosen":[{"role":"user","content":"q"},
                               {"role":"assistant","content":"yes"}],
                               "rejected":[{"role":"user","content":"q"},
                               {"role":"assistant","content":"no"}]})")),
            fettle::text(R"({{"chosen":[{}],"rejected":[{{"role":"assistant","content":"no"}}],)"
                         R"("prompt":[{{"role":"user","content":"q"}}]}})",
                         turn));
  EXPECT_EQ(to_text(*mapped(R"({"instruction":"i","input":"x","output":"o","kto_tag":false})")),
            R"({"completion":"o","prompt":"i\nx","label":false})");
  SourceConfig config;
  config.columns = {"text=body", "label=stars"};
  config.labels = {"bad", "good"};
  EXPECT_EQ(to_text(*mapped(R"({"body":"b","stars":1,"text":"old"})", config)),
            R"({"text":"b","label":"good","text_original":"old"})");
  EXPECT_THAT(mapped(R"({"body":"b","stars":2})", config).error().message(),
              HasSubstr("the 2 labels are numbered 0 to 1: bad, good"));
  config = {};
  config.row_tags = "role_tag=who, content_tag=says, user_tag=kunde, assistant_tag=agent";
  EXPECT_EQ(to_text(*mapped(
                R"({"messages":[{"who":"kunde","says":"q"},{"who":"agent","says":"a"}]})", config)),
            R"({"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]})");
}

TEST(Mapping, SaysWhatIsWrong) {
  EXPECT_THAT(mapped("[1]").error().message(), HasSubstr("f:1: the row is a value of type array"));
  EXPECT_THAT(mapped(R"({"x":1})").error().message(), HasSubstr("the keys x fit no form"));
  EXPECT_THAT(mapped(R"({"text":1})").error().message(), HasSubstr("text was expected"));
  EXPECT_THAT(mapped(R"({"messages":[{"role":"x","content":""}]})").error().message(),
              HasSubstr("\"x\""));
  SourceConfig config;
  config.columns = {"txt=body"};
  EXPECT_THROW(Mapping{config}, UsageError);
}

Result<SourceConfig> entry(const char* json) {
  return source_of_entry(*parse_json(json, ""), "/d", "x", SourceConfig());
}

TEST(DatasetInfo, EntriesBecomeSources) {
  EXPECT_THAT(entry(R"({"x":{"file_name":"a.json"}})")->columns,
              testing::ElementsAre("instruction=instruction", "input=input", "output=output"));
  const auto ranked = entry(R"({"x":{"file_name":"a.json","ranking":true,"num_samples":9,
      "columns":{"prompt":"q","chosen":"w","rejected":"l"},"split":"test","subset":"s"}})");
  EXPECT_EQ(ranked->row_form, "preference");
  EXPECT_EQ(ranked->max_rows, 9);
  EXPECT_EQ(ranked->path, "/d/a.json");
  EXPECT_EQ(ranked->split + ranked->subset, "tests");
  EXPECT_THAT(ranked->columns, testing::ElementsAre("instruction=q", "chosen=w", "rejected=l"));
  const auto pretraining = entry(R"({"x":{"file_name":"a","columns":{"prompt":"text"}}})");
  EXPECT_EQ(pretraining->row_form, "text");
  const auto chat =
      entry(R"({"x":{"file_name":"a","formatting":"sharegpt","columns":{"messages":"m"},
      "tags":{"role_tag":"role","user_tag":"user"}}})");
  EXPECT_EQ(chat->row_form, "chat");
  EXPECT_EQ(chat->row_tags, "role_tag=role, user_tag=user");
}

TEST(DatasetInfo, SaysWhatIsWrong) {
  EXPECT_THAT(entry(R"({"xy":{}})").error().message(), HasSubstr("did you mean \"xy\""));
  EXPECT_THAT(entry(R"({"x":{"file_nam":"a"}})").error().message(), HasSubstr("file_name"));
  EXPECT_THAT(entry(R"({"x":{"hf_hub_url":"a/b"}})").error().message(), HasSubstr("fetch it"));
  EXPECT_THAT(entry(R"({"x":[]})").error().message(), HasSubstr("type array"));
  EXPECT_THAT(entry(R"({"x":{"file_name":"a","columns":{"promt":"a"}}})").error().message(),
              HasSubstr("prompt"));
  EXPECT_THAT(entry(R"({"x":{"file_name":"a","num_samples":-1}})").error().message(),
              HasSubstr("num_samples"));
  EXPECT_THAT(entry(R"({"x":{"file_name":"a","tags":{"role_tag":"a,b"}}})").error().message(),
              HasSubstr("no word"));
}

TEST(Formats, AreFoundByEndings) {
  EXPECT_EQ(formats()[static_cast<std::size_t>(format_of_name("A.JSONL.gz"))].name, "jsonl");
  EXPECT_EQ(formats()[static_cast<std::size_t>(format_of_name("t10k-images-idx3-ubyte.gz"))].name,
            "idx");
  EXPECT_EQ(format_of_name("a.exe"), -1);
  EXPECT_THROW(static_cast<void>(format_named("jsnl")), UsageError);
}

}  // namespace
}  // namespace fettle::data::collect
