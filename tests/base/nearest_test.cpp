#include "base/nearest.h"

#include <gtest/gtest.h>

#include <array>

namespace fettle {
namespace {

TEST(Nearest, FindsMisspellings) {
  const std::array<std::string_view, 3> known = {"learning_rate", "warmup_steps", "seed"};
  EXPECT_EQ(nearest("learning_rat", known), "learning_rate");
  EXPECT_EQ(nearest("sede", known), "seed");
  EXPECT_EQ(nearest("batch", known), "");
  EXPECT_EQ(edit_distance("abcd", "acbd"), 1U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
}

TEST(Nearest, UnknownRowNamesTheKnownOnes) {
  struct Row {
    std::string_view name;
  };
  const std::array<Row, 2> table = {Row{"linear"}, Row{"cosine"}};
  EXPECT_EQ(row_named(table, "schedule", "cosine").name, "cosine");
  try {
    (void)row_named(table, "schedule", "cosin");
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(),
                 "unknown schedule \"cosin\": did you mean \"cosine\"? known: linear, cosine");
  }
}

}  // namespace
}  // namespace fettle
