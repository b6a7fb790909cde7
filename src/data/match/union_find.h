// Clusters of rows that were found equal, directly or through others. A cluster's root is its
// lowest row, so the outcome does not depend on the order of the pairs.
#pragma once

#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace fettle::data {

// Four bytes a row.
class UnionFind {
 public:
  explicit UnionFind(std::size_t rows) : parent_(rows) {
    std::iota(parent_.begin(), parent_.end(), 0U);
  }

  [[nodiscard]] std::uint32_t root(std::uint32_t row) {
    while (parent_[row] != row) row = parent_[row] = parent_[parent_[row]];
    return row;
  }

  // False when they were in one cluster already.
  bool join(std::uint32_t a, std::uint32_t b) {
    a = root(a);
    b = root(b);
    if (a == b) return false;
    if (a > b) std::swap(a, b);
    parent_[b] = a;
    return true;
  }

  [[nodiscard]] std::size_t size() const { return parent_.size(); }

 private:
  std::vector<std::uint32_t> parent_;
};

}  // namespace fettle::data
