// Texts as Python cuts them, and n-grams as numbers.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fettle::metric {

using Points = std::vector<std::int32_t>;  // code points, see unicode.h

// str.split(), str.rstrip() and str.strip() without arguments.
[[nodiscard]] std::vector<std::string> split(const Points& points);
[[nodiscard]] Points right_stripped(Points points);
[[nodiscard]] Points stripped(Points points);

// Gives equal things equal numbers from 0.
template <class Key>
class Numbers {
 public:
  std::uint32_t of(const Key& key) {
    return known_.try_emplace(key, static_cast<std::uint32_t>(known_.size())).first->second;
  }
  [[nodiscard]] std::size_t size() const { return known_.size(); }

 private:
  std::unordered_map<Key, std::uint32_t> known_;
};

// Numbers of n-grams: equal n-grams of the sequences given to one object have equal numbers. An
// n-gram is the pair of its first n - 1 items' number and its last item.
class NgramNumbers {
 public:
  explicit NgramNumbers(std::size_t orders) : orders_(orders) {}

  // [order - 1][place]: empty where the sequence is shorter than the order.
  [[nodiscard]] std::vector<std::vector<std::uint32_t>> of(std::span<const std::uint32_t> sequence);
  [[nodiscard]] std::size_t size(std::size_t order) const { return orders_[order - 1].size(); }

 private:
  std::vector<Numbers<std::uint64_t>> orders_;
};

// How often each number below `size` occurs.
[[nodiscard]] std::vector<std::int64_t> occurrences(std::span<const std::uint32_t> numbers,
                                                    std::size_t size);

}  // namespace fettle::metric
