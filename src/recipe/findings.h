// All problems of a recipe in one report, in the order of its lines.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace fettle::recipe {

// Where a value stands: a line of the recipe, or a --set argument.
struct Place {
  static constexpr int kNoLine = std::numeric_limits<int>::max() - 1;
  static constexpr int kAfterAll = std::numeric_limits<int>::max();

  int line = kNoLine;
  std::string name;  // "recipe.yaml:12", "--set lr=1", or the recipe's name alone
};

struct Finding {
  Place place;
  std::string what;
};

class Findings {
 public:
  static constexpr std::size_t kMost = 100;

  void add(Place place, std::string what);
  [[nodiscard]] bool empty() const { return list_.empty(); }
  // Enough to report: a hostile file need not be read further.
  [[nodiscard]] bool full() const { return list_.size() > kMost; }
  // One line a problem, sorted by line.
  [[nodiscard]] std::string report() const;
  [[nodiscard]] std::vector<std::string> lines() const;

 private:
  std::vector<Finding> list_;
};

}  // namespace fettle::recipe
