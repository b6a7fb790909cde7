// Examples and random rows for the batch room's tests.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/random.h"
#include "batch/example.h"

namespace fettle::batch {

inline Example make_row(std::vector<std::int32_t> ids, std::vector<std::uint8_t> scored) {
  Example row;
  row.ids = std::move(ids);
  row.scored = std::move(scored);
  return row;
}

// A row whose tokens from `first` on are scored.
inline Example row_scored_from(std::vector<std::int32_t> ids, std::size_t first) {
  std::vector<std::uint8_t> scored(ids.size(), 0);
  for (std::size_t i = first; i < ids.size(); ++i) scored[i] = 1;
  return make_row(std::move(ids), std::move(scored));
}

inline std::vector<const Example*> pointers(const std::vector<Example>& rows) {
  std::vector<const Example*> out;
  for (const Example& row : rows) out.push_back(&row);
  return out;
}

// Rows that often start alike, equal one another or are starts of one another: each row copies a
// random start of an earlier row (maybe all of it) and goes on with few different tokens.
inline std::vector<Example> random_rows(std::uint64_t seed) {
  const Random random(seed, "rows");
  std::uint64_t draw = 0;
  const auto below = [&](std::uint64_t bound) { return random.below(draw++, bound); };
  std::vector<Example> rows;
  const std::size_t count = 1 + below(14);
  for (std::size_t r = 0; r < count; ++r) {
    std::vector<std::int32_t> ids;
    if (r > 0 && below(5) > 0) {
      const auto& copied = rows[below(r)].ids;
      const auto kept = below(3) == 0 ? copied.size() : below(copied.size() + 1);
      ids.assign(copied.begin(), copied.begin() + static_cast<std::ptrdiff_t>(kept));
    }
    for (std::uint64_t more = below(20); more > 0; --more) {
      ids.push_back(static_cast<std::int32_t>(below(3)));
    }
    if (ids.empty()) ids.push_back(static_cast<std::int32_t>(below(3)));
    std::vector<std::uint8_t> scored(ids.size(), 0);
    const std::uint64_t density = below(4);
    for (std::size_t i = 1; i < ids.size(); ++i) scored[i] = below(3) < density ? 1 : 0;
    rows.push_back(make_row(std::move(ids), std::move(scored)));
  }
  return rows;
}

}  // namespace fettle::batch
