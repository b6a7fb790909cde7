// Training rows that a split keeps together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "data/match/row_groups.h"

namespace fettle::data {
namespace {

using ::testing::ElementsAre;

Row asked(const std::string& question, const std::string& answer, const std::string& label = "") {
  Row row;
  row.messages = {{{"role", "system"}, {"content", "You are of few words, and of one mind."}},
                  {{"role", "user"}, {"content", question}},
                  {{"role", "assistant"}, {"content", answer}}};
  row.label = label;
  return row;
}

const std::string kLong =
    "the quick brown fox jumps over the lazy dog while the old man sits on a bench by the river "
    "and reads the paper of the day before until the sun goes down behind the hills of the town";

TEST(RowGroups, EqualAfterNormalisationOrNearIsOneGroup) {
  const std::vector<Row> rows = {asked(kLong, "yes"), asked("something else", "no"),
                                 asked(kLong + " again", "yes"), asked("Something, ELSE!", "no"),
                                 asked("something else", "never")};
  EXPECT_THAT(near_groups(rows, 2), ElementsAre(0, 1, 0, 1, 4));
}

TEST(RowGroups, TheLabelIsNoPartOfTheText) {
  const std::vector<Row> rows = {asked("a good film", "pos", "pos"),
                                 asked("a bad film", "neg", "neg"),
                                 asked("A good film.", "neg", "neg")};
  EXPECT_THAT(near_groups(rows, 1), ElementsAre(0, 1, 0));
}

TEST(RowGroups, AnInstructionThatAllRowsShareMakesThemNoMoreAlike) {
  std::vector<Row> rows;
  for (int i = 0; i < 40; ++i) {
    rows.push_back(asked("Say of this text " + kLong + ":\n\nnumber " + std::to_string(i * i),
                         "fine", "fine"));
  }
  const auto groups = near_groups(rows, 2);
  EXPECT_EQ(std::set<std::uint32_t>(groups.begin(), groups.end()).size(), rows.size());
}

TEST(RowGroups, FewRowsAndPlainOnes) {
  EXPECT_THAT(near_groups({}, 1), ElementsAre());
  Row text;
  text.form = RowForm::kText;
  text.text = "same";
  Row completion;
  completion.form = RowForm::kCompletion;
  completion.prompt = "sa";
  completion.completion = "me";
  EXPECT_THAT(near_groups(std::vector<Row>{text}, 1), ElementsAre(0));
  EXPECT_THAT(near_groups(std::vector<Row>{text, completion, text}, 1), ElementsAre(0, 1, 0));
}

}  // namespace
}  // namespace fettle::data
