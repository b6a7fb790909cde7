#include "recipe/field_docs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "base/file.h"
#include "recipe/field_info.h"

namespace fettle::recipe {
namespace {

using testing::HasSubstr;

// clang 14 has no std::source_location beside g++ 12's library.
std::filesystem::path page() {
  const std::filesystem::path here = __FILE__;
  return here.parent_path() / ".." / ".." / "docs" / "recipe.md";
}

// UPDATE=1 writes the page instead.
TEST(FieldDocs, ThePageIsUpToDate) {
  const char* update = std::getenv("UPDATE");
  if (update != nullptr && std::string_view(update) == "1") {
    std::ofstream(page()) << fields_markdown();
  }
  EXPECT_EQ(read_file(page()), fields_markdown()) << "run this test with UPDATE=1";
}

TEST(FieldDocs, TextNamesEveryKey) {
  const std::string all = fields_text();
  for (const FieldInfo& field : describe(Recipe{}).fields) EXPECT_THAT(all, HasSubstr(field.name));
  EXPECT_THAT(all, HasSubstr("1 to 65536; default: 16\n"));
  EXPECT_THAT(all, HasSubstr("not train_on_prompt"));
}

TEST(FieldDocs, JsonHoldsTypesDefaultsAndRanges) {
  const Json all = fields_json();
  const auto row = std::find_if(all.begin(), all.end(),
                                [](const Json& one) { return one.at("key") == "lora_rank"; });
  ASSERT_NE(row, all.end());
  EXPECT_EQ(row->at("section"), "method");
  EXPECT_EQ(row->at("type"), "whole number");
  EXPECT_EQ(row->at("default"), 16);
  EXPECT_EQ(row->at("min"), 1);
  EXPECT_EQ(row->at("aliases"), Json({"lora_r", "r", "rank"}));
}

// Flat recipes and --set key=value need every name to mean one field.
TEST(FieldDocs, NoNameMeansTwoFields) {
  std::set<std::string_view> names;
  const FieldTable table = describe(Recipe{});
  for (const FieldInfo& field : table.fields) {
    EXPECT_TRUE(names.insert(field.name).second) << field.path();
    for (const auto name : field.rule.aliases) EXPECT_TRUE(names.insert(name).second) << name;
    for (const auto name : field.rule.opposites) EXPECT_TRUE(names.insert(name).second) << name;
  }
}

TEST(FieldDocs, EveryFieldIsExplainedAndItsDefaultAllowed) {
  for (const FieldInfo& field : describe(Recipe{}).fields) {
    EXPECT_FALSE(field.rule.help.empty()) << field.path();
    if (const auto* whole = std::get_if<std::int64_t>(&field.value)) {
      EXPECT_GE(static_cast<double>(*whole), field.rule.min) << field.path();
      EXPECT_LE(static_cast<double>(*whole), field.rule.max) << field.path();
    }
    const auto* word = std::get_if<std::string>(&field.value);
    if (word != nullptr && !field.rule.choices.empty()) {
      EXPECT_THAT(field.rule.choices, testing::Contains(std::string_view(*word))) << field.path();
    }
    if (field.rule.opposites.empty()) continue;
    EXPECT_EQ(field.type, FieldType::kBool) << field.path();
  }
}

}  // namespace
}  // namespace fettle::recipe
