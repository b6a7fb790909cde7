// Parts and folds: their sizes, what stays together, what depends on the seed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "base/random.h"
#include "data/balance/partition.h"
#include "data/balance/split_stages.h"
#include "data/time_of.h"
#include "tests/data/set_stage_support.h"

namespace fettle::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::uint64_t> sizes(const std::vector<std::uint16_t>& parts, std::size_t count) {
  std::vector<std::uint64_t> out(count + 1, 0);
  for (const std::uint16_t part : parts) ++out[part == kNoPart ? count : part];
  return out;
}

std::vector<std::uint64_t> counts_of(const std::vector<std::string>& entries, std::uint64_t rows) {
  return part_counts(parse_parts(entries), rows);
}

TEST(Split, SizesAreSharesCountsOrTheRest) {
  EXPECT_THAT(counts_of({"train", "test=0.25"}, 101), ElementsAre(75, 26));
  EXPECT_THAT(counts_of({"train=0.5", "test=0.25"}, 101), ElementsAre(50, 26));
  EXPECT_THAT(counts_of({"train=0.8", "dev=0.1", "test=0.1"}, 101), ElementsAre(79, 11, 11));
  EXPECT_THAT(counts_of({"train", "dev=7", "test=0.5"}, 20), ElementsAre(3, 7, 10));
  const auto error = [](const std::vector<std::string>& entries, std::uint64_t rows) {
    return error_of([&] { static_cast<void>(counts_of(entries, rows)); });
  };
  EXPECT_THAT(error({"train"}, 9), HasSubstr("name at least 2"));
  EXPECT_THAT(error({"train", "test"}, 9), HasSubstr("at most one takes the rest"));
  EXPECT_THAT(error({"train", "test=x"}, 9), HasSubstr("has no size"));
  EXPECT_THAT(error({"train", "test=1.5"}, 9), HasSubstr("has no size"));
  EXPECT_THAT(error({"train", "test=nan"}, 9), HasSubstr("has no size"));
  EXPECT_THAT(error({"train", "train=2"}, 9), HasSubstr("named twice"));
  EXPECT_THAT(error({"train=0.7", "test=0.7"}, 9), HasSubstr("add up to"));
  EXPECT_THAT(error({"train=8", "test=2"}, 9), HasSubstr("there are 9"));
  EXPECT_THAT(error({"train", "test=9"}, 9), HasSubstr("would have no row"));
}

TEST(Split, PartsAreExactAndTheSeedChoosesWhichRows) {
  const RowTraits traits{1000};
  const auto once = random_parts(traits, {700, 200, 100}, 1);
  EXPECT_THAT(sizes(once, 3), ElementsAre(700, 200, 100, 0));
  EXPECT_EQ(random_parts(traits, {700, 200, 100}, 1), once);
  EXPECT_NE(random_parts(traits, {700, 200, 100}, 2), once);
  EXPECT_THAT(sizes(random_parts(traits, {300, 100}, 1), 2), ElementsAre(300, 100, 600));
  // Each row is held out about as often as any other.
  std::vector<int> held(100, 0);
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const auto parts = random_parts({100}, {75, 25}, seed);
    for (std::size_t i = 0; i < 100; ++i) held[i] += parts[i];
  }
  const double error = std::sqrt(400 * 0.25 * 0.75);
  for (const int times : held) EXPECT_NEAR(times, 100, 5 * error);
}

TEST(Split, ClassesKeepTheirProportions) {
  std::vector<std::uint32_t> classes;
  for (std::uint32_t i = 0; i < 1000; ++i) classes.push_back(i % 10 < 7 ? 0 : i % 10 < 9 ? 1 : 2);
  const auto parts = random_parts({1000, classes, {}}, {800, 200}, 3);
  std::map<std::pair<std::uint32_t, std::uint16_t>, int> table;
  for (std::size_t i = 0; i < 1000; ++i) ++table[{classes[i], parts[i]}];
  EXPECT_EQ((table[{0, 1}]), 140);
  EXPECT_EQ((table[{1, 1}]), 40);
  EXPECT_EQ((table[{2, 1}]), 20);
}

// Units of many sizes; 10 is the largest.
std::vector<std::uint32_t> made_units(std::size_t rows) {
  const Random random(9, "units");
  std::vector<std::uint32_t> units;
  for (std::uint32_t unit = 0; units.size() < rows; ++unit) {
    const std::uint64_t size = random.below(unit, 4) == 0 ? 1 + random.below(unit + 5000, 10) : 1;
    for (std::uint64_t k = 0; k < size && units.size() < rows; ++k) units.push_back(unit);
  }
  return units;
}

void expect_whole(const std::vector<std::uint32_t>& units,
                  const std::vector<std::uint16_t>& parts) {
  std::map<std::uint32_t, std::uint16_t> part_of;
  for (std::size_t i = 0; i < units.size(); ++i) {
    EXPECT_EQ(part_of.try_emplace(units[i], parts[i]).first->second, parts[i]) << i;
  }
}

TEST(Split, UnitsStayWholeAndSizesExactWhereSingleRowsCanFill) {
  const auto units = made_units(2000);
  std::vector<std::uint32_t> classes;
  for (const std::uint32_t unit : units) classes.push_back(unit % 3);
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const auto parts = random_parts({2000, classes, units}, {1600, 200, 200}, seed);
    expect_whole(units, parts);
    EXPECT_THAT(sizes(parts, 3), ElementsAre(1600, 200, 200, 0));
  }
}

TEST(Split, ByTimeTrainingIsEarliestAndUnitsGoToTheirLatestRow) {
  const std::vector<double> times = {5, 1, 4, 2, 3, 6};
  EXPECT_THAT(time_parts(times, {}, {3, 2, 1}), ElementsAre(1, 0, 1, 0, 0, 2));
  const std::vector<std::uint32_t> units = {0, 1, 2, 3, 4, 1};
  EXPECT_THAT(time_parts(times, units, {3, 2, 1}), ElementsAre(1, 2, 1, 0, 0, 2));
  EXPECT_THAT(time_parts(times, {}, {2, 1}), ElementsAre(0, kNoPart, 0, kNoPart, kNoPart, 1))
      << "the earliest rows are left over";
}

TEST(Folds, HoldEachRowOutOnceAndUnitsWhole) {
  const auto units = made_units(1003);
  std::vector<std::uint32_t> classes;
  for (std::uint32_t i = 0; i < 1003; ++i) classes.push_back(i * i % 7 < 3);
  EXPECT_THAT(sizes(folds_of({1003}, 5, 1), 5), ElementsAre(201, 201, 201, 200, 200, 0));
  expect_whole(units, folds_of({1003, {}, units}, 5, 1));
  expect_whole(units, folds_of({1003, classes, units}, 5, 1));
  EXPECT_NE(folds_of({1003}, 5, 1), folds_of({1003}, 5, 2));
  EXPECT_THAT(error_of([] { static_cast<void>(folds_of({3}, 5, 1)); }), HasSubstr("5 folds"));
  EXPECT_THAT(error_of([] { static_cast<void>(folds_of({3}, 1, 1)); }), HasSubstr("2 to 1000"));
}

TEST(Split, MonthsComeFromDatesSecondsAndYears) {
  EXPECT_EQ(month_of("2024-05-31T23:59:59Z"), "2024-05");
  EXPECT_EQ(month_of("2024-06-01T00:30:00+02:00"), "2024-05");
  EXPECT_EQ(month_of("1969-12-31"), "1969-12");
  EXPECT_EQ(month_of(1709209805), "2024-02");
  EXPECT_EQ(month_of("1709209805.5"), "2024-02");
  EXPECT_EQ(month_of(1709209805123), "2024-02");
  EXPECT_EQ(month_of(1987), "1987");
  EXPECT_EQ(month_of("1987"), "1987");
  EXPECT_EQ(month_of("2024-05"), "2024-05");
  EXPECT_EQ(month_of("2024-13"), "");
  for (const Json& none : {Json(3), Json("soon"), Json(1e30), Json(-5), Json(nullptr), Json(1987.5),
                           Json("nan"), Json("inf"), Json::array({2024})}) {
    EXPECT_EQ(month_of(none), "") << none;
  }
  const Json row = {{"year", 1990}, {"time", "noon"}, {"created_at", "2001-09-09"}, {"when", 2020}};
  EXPECT_EQ(month_of_row(row, ""), "2001-09");
  EXPECT_EQ(month_of_row(row, "when"), "2020");
  EXPECT_EQ(month_of_row(row, "missing"), "");
}

TEST(Split, TimesAreNumbersOrDates) {
  EXPECT_EQ(time_of("-2.5"), -2.5);
  EXPECT_EQ(time_of("1970-01-02"), 86400);
  EXPECT_EQ(time_of("2024-02-29T12:30:05.5Z"), 1709209805.5);
  EXPECT_EQ(time_of("2024-02-29 12:30+02:00"), 1709209800 - 7200);
  for (const char* const bad :
       {"", "yesterday", "2024-02-30", "2024-13-01", "2024-02-29T", "2024-02-29T1",
        "2024-02-29T12:30:05X", "2024-02-29T12:30:05+2", "2024-2-29", "12:30"}) {
    EXPECT_TRUE(std::isnan(time_of(bad))) << bad;
  }
}

TEST(SplitStage, NearDuplicatesThatWereGroupedAreNeverParted) {
  std::vector<Record> records;
  for (int i = 0; i < 60; ++i) {
    Record record;
    record.fields = {{"text", "the same long sentence about one thing and its many sides, told " +
                                  std::to_string(i / 3) + " times with number " +
                                  std::to_string(i / 3) + " and again " + std::to_string(i / 3)},
                     {"label", i % 2 == 0 ? "x" : "y"},
                     {"author", std::to_string(i % 30 / 5)}};
    records.push_back(record);
  }
  auto rows = seen_rows(records);
  const Json near = {{"action", "group"}, {"threshold", 0.95}};
  for (const Decision& one : decide("near_duplicates", near, rows)) {
    EXPECT_EQ(one.kind, Decision::Kind::kGroup);
    rows[one.ordinal].group = one.value;
  }
  std::map<int, std::string> part_of;
  const auto decisions = decide("split", {{"parts", {"train", "test=0.2"}}}, rows);
  ASSERT_EQ(decisions.size(), 60U);
  for (const Decision& one : decisions) {
    const auto at = part_of.try_emplace(static_cast<int>(one.ordinal / 3), one.reason).first;
    EXPECT_EQ(at->second, one.reason);
  }
  std::map<std::string, std::string> part_of_author;
  for (const Decision& one :
       decide("split", {{"parts", {"train", "test=0.2"}}, {"group_by", "author"}}, rows)) {
    const std::string author = rows[one.ordinal].record.fields["author"];
    EXPECT_EQ(part_of_author.try_emplace(author, one.reason).first->second, one.reason);
  }
}

TEST(SplitStage, ABadTimeNamesItsRow) {
  std::vector<Record> records(3);
  for (Record& record : records) record.fields = {{"text", "a"}, {"when", "2024-01-01"}};
  records[1].fields["when"] = "soon";
  EXPECT_THAT(
      error_of([&] {
        decide("split", {{"time_by", "when"}, {"parts", {"train", "test=1"}}}, seen_rows(records));
      }),
      HasSubstr("row 2: when is \"soon\""));
}

}  // namespace
}  // namespace fettle::data
