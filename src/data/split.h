// Held-out rows: which rows go to evaluation is a function of the rows and the seed.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "data/row.h"

namespace fettle::data {

struct Split {
  std::vector<Row> train;
  std::vector<Row> eval;
  std::int64_t moved = 0;  // rows of eval that came along with another of their group
};

// A number for each row; rows of one number stay on one side of a split.
using GroupRows = std::function<std::vector<std::uint32_t>(std::span<const Row>)>;

// By content_key().
[[nodiscard]] std::vector<std::uint32_t> equal_groups(std::span<const Row> rows);

// How many of `rows` rows a val_size holds out: a count from 1, a share below 1 (rounded, at least
// one row), 0 for none. Throws UsageError for a count that is no whole number and DataError when no
// training row would be left.
[[nodiscard]] std::int64_t held_out_count(double val_size, std::int64_t rows);

// Holds out at least `count` rows: the same share of each label (largest remainder), a group by the
// label of its first row. Rows of one group (one number a row, as GroupRows gives them) stay
// together, so that no evaluation row is trained on; where groups do not fit, the smallest that is
// left takes a few rows more than `count`. Both parts keep the order of `rows`.
[[nodiscard]] Split hold_out(std::vector<Row> rows, std::span<const std::uint32_t> groups,
                             std::int64_t count, std::uint64_t seed);

// `count` of the rows in their order, drawn by the seed and the stream's name; all of them when
// there are no more.
[[nodiscard]] std::vector<Row> draw(std::vector<Row> rows, std::int64_t count, std::uint64_t seed,
                                    std::string_view stream);

// Equal for rows that a model cannot tell apart.
[[nodiscard]] std::string content_key(const Row& row);

}  // namespace fettle::data
