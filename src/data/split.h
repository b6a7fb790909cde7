// Held-out rows: which rows go to evaluation is a function of the rows and the seed.
#pragma once

#include <cstdint>
#include <vector>

#include "data/row.h"

namespace fettle::data {

struct Split {
  std::vector<Row> train;
  std::vector<Row> eval;
};

// How many of `rows` rows a val_size holds out: a count from 1, a share below 1 (rounded, at least
// one row), 0 for none. Throws UsageError for a count that is no whole number and DataError when no
// training row would be left.
[[nodiscard]] std::int64_t held_out_count(double val_size, std::int64_t rows);

// Holds out at least `count` rows: the same share of each label (largest remainder). Rows of the
// same content stay together, so that no evaluation row is trained on; the last such group may take
// a few rows more than `count`. Both parts keep the order of `rows`.
[[nodiscard]] Split hold_out(std::vector<Row> rows, std::int64_t count, std::uint64_t seed);

// `count` of the rows in their order, drawn by the seed and the stream's name; all of them when
// there are no more.
[[nodiscard]] std::vector<Row> draw(std::vector<Row> rows, std::int64_t count, std::uint64_t seed,
                                    std::string_view stream);

// Equal for rows that a model cannot tell apart.
[[nodiscard]] std::string content_key(const Row& row);

}  // namespace fettle::data
