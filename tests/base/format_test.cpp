#include "base/format.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace fettle {
namespace {

TEST(Text, TakesNumbersStringsAndPaths) {
  EXPECT_EQ(text("{} {} {:.2f} {}", 1, std::string("two"), 3.0, true), "1 two 3.00 true");
  EXPECT_EQ(text("{}", std::filesystem::path("a/b")), "a/b");
  EXPECT_EQ(text("plain"), "plain");
}

TEST(Text, WritesSizesAndTimesForPeople) {
  EXPECT_EQ(byte_size(999), "999 B");
  EXPECT_EQ(byte_size(98'362'432), "98 MB");
  EXPECT_EQ(byte_size(1'234'567'890), "1.23 GB");
  EXPECT_EQ(with_commas(-1234567), "-1,234,567");
  EXPECT_EQ(with_commas(12), "12");
  EXPECT_EQ(duration(9.94), "9.9 s");
  EXPECT_EQ(duration(185), "3 min 05 s");
  EXPECT_EQ(duration(7620), "2 h 07 min");
}

}  // namespace
}  // namespace fettle
