#include "data/balance/partition.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/format.h"
#include "base/random.h"
#include "data/balance/units.h"

namespace fettle::data {
namespace {

// need[part * classes + class]: rows that the part still wants.
class PartNeeds {
 public:
  PartNeeds(std::span<const std::uint64_t> class_counts, const std::vector<std::uint64_t>& counts,
            std::uint64_t seed)
      : classes_(class_counts.size()), parts_(counts.size()), need_(classes_ * parts_, 0) {
    std::vector<std::uint64_t> left(class_counts.begin(), class_counts.end());
    for (std::size_t part = 0; part < parts_; ++part) {
      const auto drawn = proportional_draws(left, counts[part], seed, text("part {}", part));
      for (std::size_t c = 0; c < classes_; ++c) {
        need_[part * classes_ + c] = static_cast<std::int64_t>(drawn[c]);
        left[c] -= drawn[c];
      }
    }
    spare_.assign(left.begin(), left.end());
  }

  // Takes a unit with `count` rows of each of its classes: to the part that wants most of them
  // among those where all fit, else to the one where the fewest are too many, or to none when more
  // rows are spare.
  std::uint16_t place(const std::vector<std::pair<std::uint32_t, std::int64_t>>& unit) {
    std::uint16_t best = kNoPart;
    std::int64_t best_over = over(spare_.data(), unit);
    std::int64_t best_want = want(spare_.data(), unit);
    for (std::size_t part = 0; part < parts_; ++part) {
      const std::int64_t* const need = need_.data() + part * classes_;
      const std::int64_t too_many = over(need, unit);
      const std::int64_t wanted = want(need, unit);
      const bool better = too_many != best_over ? too_many < best_over : wanted > best_want;
      const bool tied = too_many == best_over && wanted == best_want && best == kNoPart;
      if (!better && !tied) continue;
      best = static_cast<std::uint16_t>(part);
      best_over = too_many;
      best_want = wanted;
    }
    std::int64_t* const taken = best == kNoPart ? spare_.data() : need_.data() + best * classes_;
    for (const auto& [c, count] : unit) taken[c] -= count;
    return best;
  }

 private:
  using Unit = std::vector<std::pair<std::uint32_t, std::int64_t>>;

  static std::int64_t over(const std::int64_t* need, const Unit& unit) {
    std::int64_t sum = 0;
    for (const auto& [c, count] : unit) {
      sum += std::max<std::int64_t>(0, count - std::max<std::int64_t>(0, need[c]));
    }
    return sum;
  }
  static std::int64_t want(const std::int64_t* need, const Unit& unit) {
    std::int64_t sum = 0;
    for (const auto& one : unit) sum += need[one.first];
    return sum;
  }

  std::size_t classes_;
  std::size_t parts_;
  std::vector<std::int64_t> need_;
  std::vector<std::int64_t> spare_;
};

std::vector<std::uint64_t> count_classes(const RowTraits& traits) {
  if (traits.classes.empty()) return {traits.rows};
  std::vector<std::uint64_t> counts;
  for (const std::uint32_t c : traits.classes) {
    if (c >= counts.size()) counts.resize(std::size_t{c} + 1, 0);
    ++counts[c];
  }
  return counts;
}

}  // namespace

std::vector<std::uint64_t> proportional_draws(std::span<const std::uint64_t> counts,
                                              std::uint64_t draws, std::uint64_t seed,
                                              const std::string& stream) {
  const auto sum = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  std::vector<std::uint64_t> drawn(counts.size(), 0);
  if (sum == 0) return drawn;
  const Random random(seed, stream);
  struct Remainder {
    double value;
    std::uint64_t tie;
    std::size_t index;
  };
  std::vector<Remainder> remainders;
  std::uint64_t given = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double exact =
        static_cast<double>(counts[i]) / static_cast<double>(sum) * static_cast<double>(draws);
    drawn[i] = std::min(static_cast<std::uint64_t>(exact), counts[i]);
    given += drawn[i];
    remainders.push_back({exact - static_cast<double>(drawn[i]), random.bits(i), i});
  }
  std::sort(remainders.begin(), remainders.end(), [](const Remainder& a, const Remainder& b) {
    return a.value != b.value ? a.value > b.value : a.tie < b.tie;
  });
  for (std::size_t k = 0; given < draws && given < sum; ++k) {
    const std::size_t i = remainders[k % remainders.size()].index;
    if (drawn[i] == counts[i]) continue;
    ++drawn[i];
    ++given;
  }
  return drawn;
}

std::vector<std::uint16_t> random_parts(const RowTraits& traits,
                                        const std::vector<std::uint64_t>& counts,
                                        std::uint64_t seed) {
  std::vector<std::uint16_t> parts(traits.rows, kNoPart);
  if (traits.rows == 0) return parts;
  const Units units(traits.rows, traits.units);
  PartNeeds need(count_classes(traits), counts, seed);
  std::vector<std::pair<std::uint32_t, std::int64_t>> unit;
  for (const std::uint32_t number : units.shuffled(seed, "split")) {
    unit.clear();
    for (const std::uint32_t row : units.rows(number)) {
      const std::uint32_t c = traits.classes.empty() ? 0 : traits.classes[row];
      const auto at =
          std::find_if(unit.begin(), unit.end(), [&](const auto& one) { return one.first == c; });
      if (at == unit.end()) {
        unit.emplace_back(c, 1);
      } else {
        ++at->second;
      }
    }
    const std::uint16_t part = need.place(unit);
    for (const std::uint32_t row : units.rows(number)) parts[row] = part;
  }
  return parts;
}

std::vector<std::uint16_t> time_parts(std::span<const double> times,
                                      std::span<const std::uint32_t> units,
                                      const std::vector<std::uint64_t>& counts) {
  std::vector<std::uint32_t> order(times.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return times[a] < times[b]; });
  // Rows that no part takes are the earliest.
  std::vector<std::uint16_t> parts(times.size(), kNoPart);
  std::size_t at = order.size();
  for (std::size_t part = counts.size(); part-- > 0;) {
    for (std::uint64_t k = 0; k < counts[part] && at > 0; ++k) {
      parts[order[--at]] = static_cast<std::uint16_t>(part);
    }
  }
  const Units gathered(times.size(), units);
  for (std::size_t unit = 0; unit < gathered.size(); ++unit) {
    std::uint16_t latest = kNoPart;
    for (const std::uint32_t row : gathered.rows(unit)) {
      if (parts[row] != kNoPart && (latest == kNoPart || parts[row] > latest)) latest = parts[row];
    }
    for (const std::uint32_t row : gathered.rows(unit)) parts[row] = latest;
  }
  return parts;
}

}  // namespace fettle::data
