#include "data/text_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/data/support.h"

namespace fettle::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> lines_of(const std::string& path, std::size_t max_bytes = kMaxLineBytes) {
  Lines lines(path, max_bytes);
  std::vector<std::string> out;
  std::string line;
  while (lines.next(line)) out.push_back(line);
  return out;
}

std::string text_problem(std::string_view bytes) {
  const auto bad = check_text(bytes, "f:3");
  return bad ? bad->message() : "";
}

TEST(TextFile, SplitsLinesOfEitherEndWithoutTheMark) {
  const TestFolder folder;
  EXPECT_THAT(lines_of(folder.write("a", "\xef\xbb\xbfone\r\ntwo\n\nthree")),
              ElementsAre("one", "two", "", "three"));
  EXPECT_THAT(lines_of(folder.write("b", "one\n")), ElementsAre("one"));
  EXPECT_THAT(lines_of(folder.write("c", "")), ElementsAre());
  EXPECT_THAT(lines_of(folder.write("d", "\xef\xbb\xbf")), ElementsAre());
  EXPECT_THAT(lines_of(folder.write_gzip("e.gz", "one\ntwo")), ElementsAre("one", "two"));
  EXPECT_THAT(lines_of(folder.write_gzip("f.gz", "")), ElementsAre());
}

TEST(TextFile, CarriesALineAcrossChunks) {
  const TestFolder folder;
  const std::string one(700'000, 'a');
  const std::string two(300'000, 'b');
  EXPECT_THAT(lines_of(folder.write("a", one + "\n" + two + "\nend\n")),
              ElementsAre(one, two, "end"));
}

TEST(TextFile, BoundsALine) {
  const TestFolder folder;
  const std::string path = folder.write("a", "ok\n" + std::string(2'000'000, 'x') + "\n");
  EXPECT_THAT(error_of([&] { static_cast<void>(lines_of(path, 1'000'000)); }),
              HasSubstr(path + ":2: the line is longer than 1.00 MB"));
  EXPECT_THAT(error_of([&] { static_cast<void>(read_text_file(path, 1'000)); }),
              HasSubstr("is larger than the 1.00 kB"));
}

TEST(TextFile, NamesTheNearestFile) {
  const TestFolder folder;
  const std::string path = folder.write("train.jsonl", "");
  const auto failure = [&](const fs::path& asked) {
    return error_of([&] { static_cast<void>(lines_of(asked.native())); });
  };
  EXPECT_EQ(failure(folder.path() / "trian.jsonl"), (folder.path() / "trian.jsonl").native() +
                                                        ": there is no such file; did you mean " +
                                                        path + "?");
  EXPECT_THAT(failure(folder.path() / "other.csv"), HasSubstr("none of a near name"));
  EXPECT_THAT(failure(folder.path() / "no" / "a.csv"), HasSubstr("does not exist either"));
  EXPECT_THAT(failure(folder.path()), HasSubstr("is a folder; name the files in it"));
}

TEST(TextFile, RefusesDamagedGzip) {
  const TestFolder folder;
  std::string lines;
  for (int i = 0; i < 20'000; ++i) lines += std::to_string(i * 7919) + "\n";
  std::string bytes = read_file(folder.write_gzip("a.gz", lines));
  const auto failure = [&](const std::string& content) {
    const std::string path = folder.write("b.gz", content);
    return error_of([&] { static_cast<void>(lines_of(path)); });
  };
  EXPECT_EQ(failure(bytes), "no error");
  EXPECT_THAT(failure(bytes.substr(0, bytes.size() / 2)), HasSubstr("ends too early"));
  EXPECT_THAT(failure("plain text"), HasSubstr("is not gzip data"));
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x55);
  EXPECT_THAT(failure(bytes), HasSubstr("cannot read"));
}

TEST(TextFile, ChecksUtf8AsTheStandardSays) {
  for (const char* const good : {"", "plain", "caf\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                                 "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf", "\xc2\x80", "\xe0\xa0\x80"}) {
    EXPECT_EQ(text_problem(good), "") << good;
  }
  for (const char* const bad :
       {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf0\x80\x80\xaf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xe2\x82", "\xc3", "\xc3(", "\xf0\x9f"}) {
    EXPECT_THAT(text_problem(std::string("ab") + bad), HasSubstr("f:3: byte 3 (0x")) << bad;
  }
  EXPECT_EQ(text_problem(std::string_view("ab\0c", 4)),
            "f:3: byte 3 is NUL; text has none: remove it");
  EXPECT_THAT(text_problem("\xff"),
              HasSubstr("byte 1 (0xff) is not UTF-8; save the file as UTF-8"));
}

}  // namespace
}  // namespace fettle::data
