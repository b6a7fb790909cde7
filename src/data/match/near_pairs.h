// The pairs of rows that met in a band, and which of them are near indeed.
#pragma once

#include <cstdint>
#include <vector>

#include "data/match/duplicates.h"
#include "data/match/sorter.h"
#include "data/match/union_find.h"

namespace fettle::data {

struct RowPair {
  std::uint32_t first = 0;
  std::uint32_t second = 0;  // > first
  auto operator<=>(const RowPair&) const = default;
};

// A bucket of a band holds rows with one key. Up to kAllPairs rows are paired with each other; of a
// larger bucket each row is paired with the first kLeaders and with the one before it, so that the
// number of pairs grows linearly with rows.
inline constexpr std::size_t kAllPairs = 64;
inline constexpr std::size_t kLeaders = 8;

class NearPairs {
 public:
  NearPairs(const NearOptions& options, const SearchBench& bench);

  // Sorts the bands of rows that are the first of their text (`exact`) and pairs their buckets.
  void gather(const PrintSource& source, UnionFind& exact);
  [[nodiscard]] std::uint64_t candidates() const { return candidates_; }

  // Joins the pairs whose true similarity reaches the threshold, and counts them.
  void verify(const PrintSource& source, UnionFind& clusters, SearchReport& report);

  // True Jaccard similarity of two paired rows. Thread-safe after verify().
  [[nodiscard]] double similarity(std::uint32_t a, std::uint32_t b) const;

 private:
  void pair_bucket(const std::vector<std::uint32_t>& rows);
  void join_block(std::vector<RowPair>& block, UnionFind& clusters, SearchReport& report) const;

  NearOptions options_;
  SearchBench bench_;
  Sorter<RowPair> pairs_;
  std::vector<bool> paired_;
  TextStore texts_;
  std::uint64_t candidates_ = 0;
};

}  // namespace fettle::data
