#include "data/prepare/decisions.h"

#include "data/prepare/tally.h"
#include "tests/data/prepare/support.h"

namespace fettle::data::prepare::testing {
namespace {

TEST(Decisions, ComeBackInTheOrderOfRowsHoweverLittleMemoryThereIs) {
  for (const std::uint64_t memory : {std::uint64_t{100}, std::uint64_t{1} << 20}) {
    const Folder folder("decisions");
    const ChunkList chunks(folder.path, {3, 0, 5, 2});
    DecisionWriter writer(chunks, folder.path, memory);
    for (const std::uint64_t ordinal : std::vector<std::uint64_t>{9, 2, 7, 0, 3, 7}) {
      writer.add({static_cast<std::uint32_t>(10 - ordinal),
                  {ordinal, Decision::Kind::kDrop, ordinal * 2, "why", std::to_string(ordinal)}});
    }
    writer.add({1, {7, Decision::Kind::kNote, 0, "key", "value"}});
    writer.finish();
    const DecisionReader reader(folder.path);
    std::string seen;
    for (std::size_t chunk = 0; chunk < chunks.size(); ++chunk) {
      seen += "|";
      for (const StagedDecision& one : reader.of_chunk(chunk)) {
        seen += one.decision.detail + "@" + std::to_string(one.stage) + " ";
        if (one.decision.kind == Decision::Kind::kDrop) {
          EXPECT_EQ(one.decision.value, one.decision.ordinal * 2);
        }
      }
    }
    EXPECT_EQ(seen, "|0@10 2@8 ||3@7 value@1 7@3 7@3 |9@1 ") << memory;
  }
}

TEST(Decisions, OfNoRowAreRefused) {
  const Folder folder("no-row");
  const ChunkList chunks(folder.path, {3});
  DecisionWriter writer(chunks, folder.path, 100);
  EXPECT_THROW(writer.add({1, {3, Decision::Kind::kDrop, 0, {}, {}}}), InternalError);
}

TEST(Tally, AddsUpAndReadsBack) {
  Tally one(2);
  one.stages[1].in = 3;
  one.stages[1].drop_reasons["x"] = 2;
  one.before.rows = 5;
  one.before.labels["a"] = 1;
  one.before.lengths[4] = 7;
  Tally two = Tally::from(one.json());
  two.add(one);
  EXPECT_EQ(two.stages[1].in, 6U);
  EXPECT_EQ(two.stages[1].drop_reasons.at("x"), 4U);
  EXPECT_EQ(two.before.rows, 10U);
  EXPECT_EQ(two.before.labels.at("a"), 2U);
  EXPECT_EQ(two.before.lengths[4], 14U);
  for (std::size_t bin = 0; bin < 30; ++bin) EXPECT_LE(length_bin(bin_begin(bin)), bin + 1);
  for (const std::uint64_t words : std::vector<std::uint64_t>{0, 1, 2, 3, 10, 1000, 123456}) {
    EXPECT_LE(bin_begin(length_bin(words)), words);
  }
}

}  // namespace
}  // namespace fettle::data::prepare::testing
