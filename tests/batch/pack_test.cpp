#include "batch/pack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/error.h"
#include "tests/batch/rows.h"

namespace fettle::batch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

using Ids = std::vector<TokenId>;
// What is predicted from what: all tokens that the predicting state has seen, and the target.
using Predictions = std::map<std::pair<Ids, TokenId>, double>;

Pack pack_of(const std::vector<Example>& rows, const PackOptions& options) {
  const auto list = pointers(rows);
  return make_pack(list, options);
}

Predictions expected_predictions(const std::vector<Example>& rows) {
  Predictions all;
  for (const Example& row : rows) {
    for (std::size_t i = 1; i < row.ids.size(); ++i) {
      const Ids seen(row.ids.begin(), row.ids.begin() + static_cast<std::ptrdiff_t>(i));
      if (row.scored[i] == 1) all[{seen, row.ids[i]}] += 1;
    }
  }
  return all;
}

const Segment& segment_at(const Pack& pack, std::int32_t index) {
  return pack.segments.at(static_cast<std::size_t>(index));
}

// The tokens that token `row` sees, itself included, found by walking the segments: what attention
// must compute.
Ids seen_by(const Pack& pack, std::int32_t row) {
  Ids seen;
  std::int32_t at = 0;
  while (row >= segment_at(pack, at).begin + segment_at(pack, at).length) ++at;
  std::int32_t end = row + 1;
  while (at >= 0) {
    const Segment& segment = segment_at(pack, at);
    seen.insert(seen.begin(), pack.ids.begin() + segment.begin, pack.ids.begin() + end);
    at = segment.parent;
    if (at >= 0) end = segment_at(pack, at).begin + segment_at(pack, at).length;
  }
  return seen;
}

Predictions predictions_of(const Pack& pack) {
  Predictions all;
  for (const Scored& entry : pack.scored) {
    all[{seen_by(pack, entry.row), entry.target}] += static_cast<double>(entry.count);
  }
  return all;
}

// What every pack promises, whatever its rows.
void expect_sound(const Pack& pack) {
  std::int32_t next = 0;
  for (std::size_t s = 0; s < pack.segments.size(); ++s) {
    const Segment& segment = pack.segments[s];
    EXPECT_EQ(segment.begin, next);
    EXPECT_GE(segment.length, 1);
    EXPECT_LT(segment.parent, static_cast<std::int32_t>(s));
    next += segment.length;
  }
  EXPECT_EQ(next, static_cast<std::int32_t>(pack.ids.size()));
  ASSERT_EQ(pack.positions.size(), pack.ids.size());
  for (std::int32_t t = 0; t < next; ++t) {
    EXPECT_EQ(pack.positions[static_cast<std::size_t>(t)] + 1,
              static_cast<std::int32_t>(seen_by(pack, t).size()));
  }
  double counted = 0;
  for (std::size_t k = 0; k < pack.scored.size(); ++k) {
    counted += static_cast<double>(pack.scored[k].count);
    if (k == 0) continue;
    const auto key = [&](std::size_t i) {
      return std::pair(pack.scored[i].row, pack.scored[i].target);
    };
    EXPECT_LT(key(k - 1), key(k));
  }
  EXPECT_EQ(counted, pack.counted);
}

void expect_holds(const Pack& pack, const std::vector<Example>& rows) {
  expect_sound(pack);
  ASSERT_EQ(pack.examples, static_cast<std::int64_t>(rows.size()));
  std::int64_t tokens = 0;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const Unpacked row = unpack(pack, static_cast<std::int64_t>(r));
    EXPECT_EQ(row.ids, rows[r].ids);
    EXPECT_EQ(row.scored, rows[r].scored);
    for (std::size_t i = 0; i < row.positions.size(); ++i) {
      EXPECT_EQ(row.positions[i], static_cast<std::int32_t>(i));
    }
    tokens += static_cast<std::int64_t>(rows[r].ids.size());
  }
  EXPECT_EQ(pack.unshared_tokens, tokens);
  EXPECT_LE(static_cast<std::int64_t>(pack.ids.size()), tokens);
  EXPECT_EQ(predictions_of(pack), expected_predictions(rows));
}

TEST(Pack, KeepsEachRowApartWithoutSharing) {
  const std::vector<Example> rows = {row_scored_from({5, 6, 7}, 1),
                                     row_scored_from({5, 6, 8, 9}, 3)};
  const Pack pack = pack_of(rows, {});
  expect_holds(pack, rows);
  EXPECT_THAT(pack.ids, ElementsAre(5, 6, 7, 5, 6, 8, 9));
  EXPECT_THAT(pack.positions, ElementsAre(0, 1, 2, 0, 1, 2, 3));
  ASSERT_EQ(pack.segments.size(), 2U);
  EXPECT_EQ(pack.segments[1].parent, -1);
  ASSERT_EQ(pack.scored.size(), 3U);
  // Token 2 of row 0 is predicted from token 1: a mask shifted by one shows here.
  EXPECT_EQ(pack.scored[1].row, 1);
  EXPECT_EQ(pack.scored[1].target, 7);
  EXPECT_EQ(pack.scored[2].row, 5);
  EXPECT_EQ(pack.scored[2].target, 9);
  EXPECT_EQ(pack.scored[2].example, 1);
}

TEST(Pack, ComputesACommonStartOnceAndCountsIt) {
  const std::vector<Example> rows = {row_scored_from({1, 2, 3, 10, 11}, 2),
                                     row_scored_from({1, 2, 3, 20}, 2),
                                     row_scored_from({1, 2, 3, 30}, 3)};
  const Pack pack = pack_of(rows, {.share_prefix = true, .min_shared_length = 2});
  expect_holds(pack, rows);
  EXPECT_THAT(pack.ids, ElementsAre(1, 2, 3, 10, 11, 20, 30));
  EXPECT_THAT(pack.positions, ElementsAre(0, 1, 2, 3, 4, 3, 3));
  // 3 is predicted for two of the three rows; the rests' first tokens from the prefix's last.
  ASSERT_EQ(pack.scored.size(), 5U);
  EXPECT_EQ(pack.scored[0].row, 1);
  EXPECT_EQ(pack.scored[0].count, 2.0F);
  for (std::size_t k : {1U, 2U, 3U}) {
    EXPECT_EQ(pack.scored[k].row, 2);
    EXPECT_EQ(pack.scored[k].target, static_cast<TokenId>(10 * k));
  }
  EXPECT_EQ(pack.counted, 6);
}

TEST(Pack, APredictionCountsTheWeightsOfItsRows) {
  std::vector<Example> rows = {row_scored_from({1, 2, 3, 10, 11}, 2),
                               row_scored_from({1, 2, 3, 20}, 2)};
  rows[0].weight = 0.25F;
  rows[1].weight = 3.0F;
  for (const bool share : {true, false}) {
    for (const bool drop : {true, false}) {
      const Pack pack =
          pack_of(rows, {.share_prefix = share, .min_shared_length = 2, .drop_unread = drop});
      EXPECT_EQ(pack.counted, 3 * 0.25 + 2 * 3.0);
      std::map<TokenId, float> counts;
      for (const Scored& one : pack.scored) counts[one.target] += one.count;
      EXPECT_EQ(counts[3], 3.25F);
      EXPECT_EQ(counts[10], 0.25F);
      EXPECT_EQ(counts[20], 3.0F);
      EXPECT_EQ(pack.first_scored.back(), 5);
    }
  }
}

TEST(Pack, MergesEqualRowsAndRowsThatEndInsideAnother) {
  const std::vector<Example> rows = {row_scored_from({1, 2, 3, 4}, 1), row_scored_from({1, 2}, 1),
                                     row_scored_from({1, 2, 3, 4}, 3), row_scored_from({1}, 1)};
  const Pack pack = pack_of(rows, {.share_prefix = true, .min_shared_length = 1});
  expect_holds(pack, rows);
  EXPECT_THAT(pack.ids, ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(pack.segments.size(), 3U);
  // Even where no start is long enough to be shared, equal rows are one.
  const Pack coarse = pack_of(rows, {.share_prefix = true, .min_shared_length = 100});
  expect_holds(coarse, rows);
  EXPECT_EQ(coarse.ids.size(), 4U + 2U + 1U);
}

TEST(Pack, DoesNotCutOffShortStartsButSharesLongOnesBelowThem) {
  // All rows share 2 tokens, rows 0 and 2 share 6.
  const std::vector<Example> rows = {row_scored_from({1, 2, 3, 4, 5, 6, 70}, 6),
                                     row_scored_from({1, 2, 9, 9}, 3),
                                     row_scored_from({1, 2, 3, 4, 5, 6, 80}, 6)};
  const Pack pack = pack_of(rows, {.share_prefix = true, .min_shared_length = 4});
  expect_holds(pack, rows);
  ASSERT_EQ(pack.segments.size(), 4U);
  EXPECT_EQ(pack.segments[0].length, 6);
  EXPECT_EQ(pack.segments[3].parent, -1);
  EXPECT_EQ(pack.ids.size(), 6U + 1U + 1U + 4U);
}

TEST(Pack, KeepsTheDepthLimit) {
  std::vector<Example> rows;
  for (std::size_t n = 1; n <= 40; ++n) rows.push_back(row_scored_from(Ids(n, 1), 1));
  for (const std::int32_t depth : {1, 2, 5}) {
    const Pack pack =
        pack_of(rows, {.share_prefix = true, .min_shared_length = 1, .max_depth = depth});
    expect_holds(pack, rows);
    for (const Segment& segment : pack.segments) {
      std::int32_t levels = 1;
      for (std::int32_t at = segment.parent; at >= 0; at = segment_at(pack, at).parent) ++levels;
      EXPECT_LE(levels, depth);
    }
  }
}

// Each pack of random rows gives the rows back, and predicts exactly what the rows one by one do.
TEST(Pack, HoldsRandomRows) {
  std::int64_t shared = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const auto rows = random_rows(seed);
    const auto list = pointers(rows);
    for (const std::int64_t shortest : {0, 1, 2, 8}) {
      for (const std::int32_t depth : {2, 8}) {
        const PackOptions options{
            .share_prefix = true, .min_shared_length = shortest, .max_depth = depth};
        const Pack pack = make_pack(list, options);
        expect_holds(pack, rows);
        EXPECT_EQ(packed_tokens(list, options), static_cast<std::int64_t>(pack.ids.size()));
        shared += pack.unshared_tokens - static_cast<std::int64_t>(pack.ids.size());
      }
    }
    expect_holds(make_pack(list, {}), rows);
    if (HasFailure()) FAIL() << "seed " << seed;
  }
  EXPECT_GT(shared, 10000);
}

// The rows up to their last scored token, which itself is not computed.
TEST(Pack, LeavesOutWhatNoPredictionReads) {
  const std::vector<Example> two = {make_row({1, 2, 3, 4, 5}, {0, 0, 0, 1, 0}),
                                    make_row({1, 2, 3, 6}, {0, 0, 0, 1}), make_row({9}, {0})};
  const Pack small =
      pack_of(two, {.share_prefix = true, .min_shared_length = 1, .drop_unread = true});
  expect_sound(small);
  EXPECT_THAT(small.ids, ElementsAre(1, 2, 3, 9));
  EXPECT_EQ(small.unshared_tokens, 10);
  EXPECT_EQ(predictions_of(small), expected_predictions(two));
  EXPECT_THAT(unpack(small, 0).ids, ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(unpack(small, 0).scored, ElementsAre(0, 0, 0, 1));
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto rows = random_rows(seed);
    const auto list = pointers(rows);
    for (const bool share : {false, true}) {
      const PackOptions options{.share_prefix = share, .min_shared_length = 2, .drop_unread = true};
      const Pack pack = make_pack(list, options);
      expect_sound(pack);
      EXPECT_EQ(predictions_of(pack), expected_predictions(rows));
      EXPECT_EQ(packed_tokens(list, options), static_cast<std::int64_t>(pack.ids.size()));
      for (const Segment& segment : pack.segments) EXPECT_GE(segment.length, 1);
    }
  }
}

// With no minimum and no depth limit the pack computes as many tokens as a trie has nodes.
TEST(Pack, SharesAsMuchAsATrieCan) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const auto rows = random_rows(seed);
    std::map<Ids, int> starts;
    for (const Example& row : rows) {
      for (std::size_t n = 1; n <= row.ids.size(); ++n) {
        ++starts[Ids(row.ids.begin(), row.ids.begin() + static_cast<std::ptrdiff_t>(n))];
      }
    }
    const Pack pack =
        pack_of(rows, {.share_prefix = true, .min_shared_length = 1, .max_depth = 1000});
    EXPECT_EQ(pack.ids.size(), starts.size());
  }
}

TEST(Pack, OfNoRowsIsEmpty) {
  const Pack pack = pack_of({}, {.share_prefix = true});
  EXPECT_TRUE(pack.ids.empty());
  EXPECT_THAT(pack.first_scored, ElementsAre(0));
}

TEST(Pack, RefusesBrokenExamples) {
  EXPECT_THAT([] { (void)pack_of({make_row({}, {})}, {}); },
              ThrowsMessage<InternalError>(HasSubstr("example 0 (:0) has no tokens")));
  EXPECT_THAT(
      [] {
        (void)pack_of({make_row({1, 2}, {0})}, {});
      },
      ThrowsMessage<InternalError>(HasSubstr("has 2 tokens but 1 flags")));
  EXPECT_THAT(
      [] {
        (void)pack_of({make_row({1, 2}, {1, 1})}, {});
      },
      ThrowsMessage<InternalError>(HasSubstr("scores its first token")));
}

TEST(TreeBuilder, JudgesAnswersAfterOnePrompt) {
  TreeBuilder builder;
  const std::int32_t prompt = builder.add(-1, Ids{1, 2, 3});
  const std::int32_t first = builder.add(prompt, Ids{4});
  EXPECT_EQ(builder.add_answer(first, Ids{7, 8}), 0);
  EXPECT_EQ(builder.add_answer(prompt, Ids{7}), 1);
  const Pack pack = builder.finish();
  expect_sound(pack);
  EXPECT_EQ(
      predictions_of(pack),
      (Predictions{{{{1, 2, 3, 4}, 7}, 1.0}, {{{1, 2, 3, 4, 7}, 8}, 1.0}, {{{1, 2, 3}, 7}, 1.0}}));
  EXPECT_THAT(unpack(pack, 1).ids, ElementsAre(1, 2, 3, 7));
  EXPECT_THAT(pack.first_scored, ElementsAre(0, 2, 3));
  EXPECT_EQ(builder.finish().ids.size(), 0U);
}

TEST(TreeBuilder, ComputesNothingForAnswersOfOneToken) {
  TreeBuilder builder;
  const std::int32_t prompt = builder.add(-1, Ids{1, 2});
  for (const TokenId label : {5, 6, 7}) builder.add_answer(prompt, Ids{label});
  const Pack pack = builder.finish();
  expect_sound(pack);
  EXPECT_THAT(pack.ids, ElementsAre(1, 2));
  EXPECT_EQ(predictions_of(pack),
            (Predictions{{{{1, 2}, 5}, 1.0}, {{{1, 2}, 6}, 1.0}, {{{1, 2}, 7}, 1.0}}));
}

TEST(TreeBuilder, RefusesWhatIsNoTree) {
  TreeBuilder builder;
  builder.add(-1, Ids{1, 2});
  EXPECT_THAT([&] { builder.add(1, Ids{3}); },
              ThrowsMessage<InternalError>(HasSubstr("names parent 1; allowed are -1 to 0")));
  EXPECT_THAT([&] { builder.add(0, Ids{}); },
              ThrowsMessage<InternalError>(HasSubstr("segment 1 has no tokens")));
  EXPECT_THAT([&] { builder.add_example(2, {}); },
              ThrowsMessage<InternalError>(HasSubstr("names segment 2; allowed are 0 to 0")));
  EXPECT_THAT([&] { builder.add_example(0, std::vector<std::uint8_t>{0}); },
              ThrowsMessage<InternalError>(HasSubstr("1 flags for a row of 2 tokens")));
  EXPECT_THAT(
      [&] {
        builder.add_answer(-1, Ids{1, 2});
      },
      ThrowsMessage<InternalError>(HasSubstr("2 tokens after segment -1 cannot be")));
  EXPECT_THAT([&] { builder.add_answer(0, Ids{}); },
              ThrowsMessage<InternalError>(HasSubstr("0 tokens after segment 0 cannot be")));
  EXPECT_THAT([&] { (void)unpack(builder.finish(), 0); },
              ThrowsMessage<InternalError>(HasSubstr("example 0 is not in the pack")));
}

}  // namespace
}  // namespace fettle::batch
