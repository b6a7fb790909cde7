#include "data/split.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "base/random.h"

namespace fettle::data {
namespace {

// Rows of one label: their contents in order of first appearance, each with its rows.
struct Stratum {
  std::vector<std::vector<std::size_t>> groups;
  std::size_t rows = 0;
  std::size_t quota = 0;
};

// Two rows of the same text and different labels stay apart by their key: both are then rows that
// the other part does not hold.
std::vector<Stratum> strata_of(const std::vector<Row>& rows) {
  std::vector<Stratum> strata;
  std::unordered_map<std::string, std::size_t> stratum_of;
  std::unordered_map<std::string, std::pair<std::size_t, std::size_t>> group_of;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto [at, fresh] = stratum_of.try_emplace(rows[i].label, strata.size());
    if (fresh) strata.emplace_back();
    Stratum& stratum = strata[at->second];
    ++stratum.rows;
    const auto [group, unseen] =
        group_of.try_emplace(content_key(rows[i]), at->second, stratum.groups.size());
    if (unseen) stratum.groups.emplace_back();
    strata[group->second.first].groups[group->second.second].push_back(i);
  }
  return strata;
}

// Shares `count` out by size, the largest remainders first (earlier strata first among equals).
void set_quotas(std::vector<Stratum>& strata, std::size_t count, std::size_t rows) {
  std::vector<std::pair<double, std::size_t>> remainders;
  std::size_t given = 0;
  for (std::size_t i = 0; i < strata.size(); ++i) {
    const double exact = static_cast<double>(count) * static_cast<double>(strata[i].rows) /
                         static_cast<double>(rows);
    strata[i].quota = static_cast<std::size_t>(exact);
    given += strata[i].quota;
    remainders.emplace_back(static_cast<double>(strata[i].quota) - exact, i);
  }
  std::sort(remainders.begin(), remainders.end());
  for (std::size_t k = 0; given < count; ++k, ++given) {
    ++strata[remainders[k % remainders.size()].second].quota;
  }
}

}  // namespace

std::int64_t held_out_count(double val_size, std::int64_t rows) {
  if (val_size == 0 || rows == 0) return 0;
  std::int64_t count = 0;
  if (val_size < 1) {
    count = std::max<std::int64_t>(1, std::llround(val_size * static_cast<double>(rows)));
  } else if (val_size != std::floor(val_size)) {
    throw UsageError("val_size is {}; give a share below 1 or a whole number of rows", val_size);
  } else {
    count = val_size > 1e15 ? rows : static_cast<std::int64_t>(val_size);
  }
  if (count >= rows) {
    throw DataError("val_size {} holds out all of the {} rows; give less or name an eval_dataset",
                    val_size, rows);
  }
  return count;
}

Split hold_out(std::vector<Row> rows, std::int64_t count, std::uint64_t seed) {
  std::vector<Stratum> strata = strata_of(rows);
  set_quotas(strata, static_cast<std::size_t>(count), std::max<std::size_t>(rows.size(), 1));
  std::vector<bool> held(rows.size(), false);
  for (std::size_t s = 0; s < strata.size(); ++s) {
    const Stratum& stratum = strata[s];
    const Permutation place(stratum.groups.size(), seed, text("val_size {}", s));
    std::size_t taken = 0;
    for (std::size_t k = 0; k < stratum.groups.size() && taken < stratum.quota; ++k) {
      for (const std::size_t row : stratum.groups[place(k)]) held[row] = true;
      taken += stratum.groups[place(k)].size();
    }
  }
  Split split;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    (held[i] ? split.eval : split.train).push_back(std::move(rows[i]));
  }
  return split;
}

std::vector<Row> draw(std::vector<Row> rows, std::int64_t count, std::uint64_t seed,
                      std::string_view stream) {
  if (count >= static_cast<std::int64_t>(rows.size())) return rows;
  std::vector<bool> drawn(rows.size(), false);
  const Permutation place(rows.size(), seed, stream);
  for (std::int64_t k = 0; k < count; ++k) drawn[place(static_cast<std::uint64_t>(k))] = true;
  std::vector<Row> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (drawn[i]) out.push_back(std::move(rows[i]));
  }
  return out;
}

std::string content_key(const Row& row) {
  switch (row.form) {
    case RowForm::kChat:
      return xxh3_128("c" + to_text(row.messages) + "\n" + to_text(row.tools));
    case RowForm::kCompletion:
      return xxh3_128("p" + std::to_string(row.prompt.size()) + " " + row.prompt + row.completion);
    case RowForm::kText:
      return xxh3_128("t" + row.text);
  }
  throw InternalError("a row has no form");
}

}  // namespace fettle::data
