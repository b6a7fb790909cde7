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

// Rows of one label: their groups in order of first appearance, each with its rows.
struct Stratum {
  std::vector<std::vector<std::size_t>> groups;
  std::size_t rows = 0;
  std::size_t quota = 0;
};

std::vector<Stratum> strata_of(const std::vector<Row>& rows,
                               std::span<const std::uint32_t> groups) {
  std::vector<Stratum> strata;
  std::unordered_map<std::string, std::size_t> stratum_of;
  std::unordered_map<std::uint32_t, std::pair<std::size_t, std::size_t>> group_of;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto [at, fresh] = stratum_of.try_emplace(rows[i].label, strata.size());
    if (fresh) strata.emplace_back();
    const auto [group, unseen] =
        group_of.try_emplace(groups[i], at->second, strata[at->second].groups.size());
    Stratum& stratum = strata[group->second.first];
    ++stratum.rows;
    if (unseen) stratum.groups.emplace_back();
    stratum.groups[group->second.second].push_back(i);
  }
  return strata;
}

// Groups of the stratum that fill its quota, in an order of the seed.
std::vector<std::size_t> chosen_groups(const Stratum& stratum, const Permutation& place) {
  std::vector<std::size_t> chosen;
  std::vector<std::size_t> left;
  std::size_t taken = 0;
  for (std::size_t k = 0; k < stratum.groups.size() && taken < stratum.quota; ++k) {
    const std::size_t group = place(k);
    const std::size_t size = stratum.groups[group].size();
    const bool fits = taken + size <= stratum.quota;
    (fits ? chosen : left).push_back(group);
    if (fits) taken += size;
  }
  std::stable_sort(left.begin(), left.end(), [&](std::size_t a, std::size_t b) {
    return stratum.groups[a].size() < stratum.groups[b].size();
  });
  for (std::size_t k = 0; k < left.size() && taken < stratum.quota; ++k) {
    chosen.push_back(left[k]);
    taken += stratum.groups[left[k]].size();
  }
  return chosen;
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

std::vector<std::uint32_t> equal_groups(std::span<const Row> rows) {
  std::vector<std::uint32_t> groups;
  std::unordered_map<std::string, std::uint32_t> first;
  for (const Row& row : rows) {
    groups.push_back(first.try_emplace(content_key(row), static_cast<std::uint32_t>(groups.size()))
                         .first->second);
  }
  return groups;
}

Split hold_out(std::vector<Row> rows, std::span<const std::uint32_t> groups, std::int64_t count,
               std::uint64_t seed) {
  std::vector<Stratum> strata = strata_of(rows, groups);
  set_quotas(strata, static_cast<std::size_t>(count), std::max<std::size_t>(rows.size(), 1));
  Split split;
  std::vector<bool> held(rows.size(), false);
  for (std::size_t s = 0; s < strata.size(); ++s) {
    const Permutation place(strata[s].groups.size(), seed, text("val_size {}", s));
    for (const std::size_t group : chosen_groups(strata[s], place)) {
      for (const std::size_t row : strata[s].groups[group]) held[row] = true;
      split.moved += static_cast<std::int64_t>(strata[s].groups[group].size()) - 1;
    }
  }
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
