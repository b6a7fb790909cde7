#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/format.h"
#include "base/random.h"
#include "recipe/field_info.h"
#include "recipe/load.h"
#include "tests/recipe/read.h"

namespace fettle::recipe {
namespace {

// Every field's value, by path.
std::map<std::string, FieldValue> values_of(const Recipe& recipe) {
  std::map<std::string, FieldValue> out;
  for (const FieldInfo& field : describe(recipe).fields) out[field.path()] = field.value;
  return out;
}

TEST(Dump, HoldsEveryKeyInItsSection) {
  const std::string dump = dump_recipe(read_with("eval_strategy: no\n"));
  EXPECT_EQ(dump.substr(0, 57), "model:\n  model_name_or_path: m\n  adapter_name_or_path: nu");
  for (const FieldInfo& field : describe(Recipe{}).fields) {
    EXPECT_NE(dump.find(text("\n  {}: ", field.name)), std::string::npos) << field.path();
  }
  // Other readers of YAML 1.1 take a bare no for false.
  EXPECT_THAT(dump, testing::HasSubstr("eval_strategy: \"no\"\n"));
  EXPECT_THAT(dump, testing::HasSubstr("learning_rate: 0.0002\n"));
}

TEST(Dump, ReadsBackToTheSameRecipe) {
  const Recipe recipe = read_with(
      "lr: 3.3333333333333335e-05\nsystem: \"a: b # c\\n\\tλ — 'x' \\\"y\\\" 😀\"\n"
      "labels: ['', ' a', '1', 'no', '~', 'null', '- x', '[', '{', '\"', \"it's\", '&a', '*b', "
      "'!c', '%d', '@e', '`f', 'a,b', 'x: y', 'x #y', '\\n', '...', '---', '?', '.5', '0x1']\n"
      "chat_template: ./a.jinja\ngreater_is_better: true\nresume_from_checkpoint: latest\n");
  const Loaded again = read_recipe(dump_recipe(recipe), "frozen.yaml");
  EXPECT_EQ(values_of(again.recipe), values_of(recipe));
  EXPECT_TRUE(again.notes.empty());
  EXPECT_EQ(dump_recipe(again.recipe), dump_recipe(recipe));
}

TEST(Dump, KeepsTextsOfRandomCharacters) {
  constexpr std::string_view kParts[] = {"a",     "1", " ",  "\n", "\t", ":",        "#",
                                         "-",     "'", "\"", "\\", "é",  "😀",        "\xe2\x80\xa8",
                                         "{",     "]", ",",  "&",  "%",  "\xc2\x85", "\xef\xbb\xbf",
                                         "u0041", "/"};
  const Random random(1, "texts");
  std::uint64_t drawn = 0;
  for (int round = 0; round < 300; ++round) {
    Recipe recipe = read_with("");
    for (std::uint64_t i = random.below(drawn++, 12); i > 0; --i) {
      recipe.data.system += kParts[random.below(drawn++, std::size(kParts))];
    }
    EXPECT_EQ(read(dump_recipe(recipe)).data.system, recipe.data.system);
  }
}

TEST(Dump, KeepsRandomNumbers) {
  const Random random(2, "numbers");
  for (std::uint64_t i = 0; i < 300; ++i) {
    Recipe recipe = read_with("");
    recipe.train.optim.learning_rate = random.uniform(2 * i) * 1e-3;
    recipe.train.loop.seed = static_cast<std::int64_t>(random.below(2 * i + 1, 1ULL << 53));
    EXPECT_EQ(values_of(read(dump_recipe(recipe))), values_of(recipe));
  }
}

}  // namespace
}  // namespace fettle::recipe
