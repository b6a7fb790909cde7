#include "data/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/data/support.h"

namespace fettle::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Each record as "line|field|field", a Problem as its message without the path.
std::vector<std::string> records_of(std::string_view bytes, char separator = ',') {
  const TestFolder folder;
  const std::string path = folder.write("t.csv", bytes);
  CsvReader reader(path, separator);
  std::vector<std::string> out;
  while (auto fields = reader.next()) {
    out.push_back(*fields ? text("{}|{}", reader.line(), join(**fields, "|"))
                          : fields->error().message().substr(path.size()));
  }
  return out;
}

TEST(Csv, ReadsQuotedFields) {
  EXPECT_THAT(records_of("a,b\n\"x,1\",\"say \"\"hi\"\"\"\n"),
              ElementsAre("1|a|b", "2|x,1|say \"hi\""));
  EXPECT_THAT(records_of("\"two\nlines\r\nand more\",z\nlast,row"),
              ElementsAre("1|two\nlines\r\nand more|z", "4|last|row"));
  EXPECT_THAT(records_of("\"\",\n,\"\""), ElementsAre("1||", "2||"));
  EXPECT_THAT(records_of("a\tb,c\n", '\t'), ElementsAre("1|a|b,c"));
}

TEST(Csv, KnowsEveryLineEnd) {
  EXPECT_THAT(records_of("a,b\r\nc,d\re,f\n"), ElementsAre("1|a|b", "2|c|d", "3|e|f"));
  EXPECT_THAT(records_of("\xef\xbb\xbf"
                         "a,b"),
              ElementsAre("1|a|b"));
  EXPECT_THAT(records_of("\r\n\n a\n\n\"\"\n"), ElementsAre("3| a", "5|"));
  EXPECT_THAT(records_of(""), ElementsAre());
  EXPECT_THAT(records_of("\n\n"), ElementsAre());
}

TEST(Csv, IsStrictAboutQuotesAndGoesOn) {
  EXPECT_THAT(records_of("a,5\" pipe\nc,d\n"),
              ElementsAre(HasSubstr(":1: a lone quote stands inside column 2"), "2|c|d"));
  EXPECT_THAT(records_of("\"a\" b,c\nd,e"),
              ElementsAre(HasSubstr(":1: text follows the closing quote of column 1"), "2|d|e"));
  EXPECT_THAT(records_of("a,b\nc,\"never\nclosed"),
              ElementsAre("1|a|b", HasSubstr(":2: a quoted field is never closed")));
}

TEST(Csv, KeepsLineNumbersBehindQuotedCarriageReturns) {
  EXPECT_THAT(records_of("\"a\r\nb\"\r\nc\n"), ElementsAre("1|a\r\nb", "3|c"));
}

}  // namespace
}  // namespace fettle::data
