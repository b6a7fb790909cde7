// Rows gathered by unit, in the order in which units first appear.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "base/random.h"

namespace fettle::data {

// rows(i) are the rows of unit i, ascending. Without units each row is its own.
class Units {
 public:
  Units(std::size_t rows, std::span<const std::uint32_t> units) {
    rows_.resize(rows);
    if (units.empty()) {
      std::iota(rows_.begin(), rows_.end(), 0U);
      begins_.resize(rows + 1);
      std::iota(begins_.begin(), begins_.end(), 0U);
      return;
    }
    const std::uint32_t most = *std::max_element(units.begin(), units.end());
    std::vector<std::uint32_t> number(std::size_t{most} + 1, kUnseen);
    begins_.push_back(0);
    for (const std::uint32_t unit : units) {
      if (number[unit] == kUnseen) {
        number[unit] = static_cast<std::uint32_t>(begins_.size() - 1);
        begins_.push_back(0);
      }
      ++begins_[number[unit] + 1];
    }
    std::partial_sum(begins_.begin(), begins_.end(), begins_.begin());
    std::vector<std::uint32_t> at(begins_.begin(), begins_.end() - 1);
    for (std::uint32_t row = 0; row < rows; ++row) rows_[at[number[units[row]]]++] = row;
  }

  [[nodiscard]] std::size_t size() const { return begins_.size() - 1; }
  [[nodiscard]] std::span<const std::uint32_t> rows(std::size_t unit) const {
    return std::span(rows_).subspan(begins_[unit], begins_[unit + 1] - begins_[unit]);
  }
  [[nodiscard]] bool all_single() const { return size() == rows_.size(); }

  // Units in an order of the seed, the large ones first.
  [[nodiscard]] std::vector<std::uint32_t> shuffled(std::uint64_t seed,
                                                    std::string_view stream) const {
    std::vector<std::uint32_t> order(size());
    const Permutation place(size(), seed, stream);
    for (std::size_t i = 0; i < order.size(); ++i) {
      order[i] = static_cast<std::uint32_t>(place(i));
    }
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      return rows(a).size() > rows(b).size();
    });
    return order;
  }

 private:
  static constexpr std::uint32_t kUnseen = 0xffffffff;
  std::vector<std::uint32_t> rows_;
  std::vector<std::uint32_t> begins_;
};

}  // namespace fettle::data
