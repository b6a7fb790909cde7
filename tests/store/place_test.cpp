#include "store/place.h"

#include <gtest/gtest.h>

#include <map>

namespace fettle::store {
namespace {

std::optional<fs::path> place_with(const std::string& option,
                                   const std::map<std::string, std::string>& variables) {
  return place(option, [&](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

TEST(Place, OptionThenVariableThenDataFolderThenHome) {
  const std::map<std::string, std::string> all = {
      {"FETTLE_STORE", "/s/own.db"}, {"XDG_DATA_HOME", "/x"}, {"HOME", "/h"}};
  EXPECT_EQ(place_with("mine.db", all), fs::path("mine.db"));
  EXPECT_EQ(place_with("", all), fs::path("/s/own.db"));
  EXPECT_EQ(place_with("", {{"XDG_DATA_HOME", "/x"}, {"HOME", "/h"}}),
            fs::path("/x/fettle/runs.db"));
  EXPECT_EQ(place_with("", {{"XDG_DATA_HOME", "relative"}, {"HOME", "/h"}}),
            fs::path("/h/.local/share/fettle/runs.db"));
}

TEST(Place, NoneIsNowhere) {
  EXPECT_EQ(place_with("none", {{"FETTLE_STORE", "/s"}}), std::nullopt);
  EXPECT_EQ(place_with("", {{"FETTLE_STORE", "none"}, {"HOME", "/h"}}), std::nullopt);
  EXPECT_EQ(place_with("", {}), std::nullopt);
}

}  // namespace
}  // namespace fettle::store
