// More or fewer rows of a class: how many, and which. imbalanced-learn's RandomOverSampler and
// RandomUnderSampler take the same strategies and give the same counts.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fettle::data {

enum class Sampling { kOver, kUnder };

// What to make of the classes' counts:
// - "auto", "minority", "majority", "not minority", "not majority", "all": the classes named are
//   brought to the count of the largest class (over; auto: not majority; majority is refused) or of
//   the smallest (under; auto: not minority; minority is refused);
// - a number in (0, 1] for two classes: smaller / larger afterwards;
// - "label=count" entries: those counts, none below (over) or above (under) what there is.
struct Strategy {
  std::string name = "auto";
  double ratio = 0;                             // used when above 0
  std::map<std::string, std::uint64_t> counts;  // used when not empty
};

// "auto" or another name, "0.5", or entries "label=count". Throws UsageError naming the entry.
[[nodiscard]] Strategy parse_strategy(const std::vector<std::string>& entries);

// counts[i] rows of labels[i]; the counts afterwards. Throws UsageError for a strategy that does
// not fit the classes. Classes without rows stay without.
[[nodiscard]] std::vector<std::uint64_t> target_counts(const std::vector<std::string>& labels,
                                                       std::span<const std::uint64_t> counts,
                                                       Sampling sampling, const Strategy& strategy);

// How often each row is to appear, so that class c has targets[c] rows: every row once and the rest
// drawn with replacement where there are to be more, drawn without replacement where fewer.
[[nodiscard]] std::vector<std::uint32_t> repeats(std::span<const std::uint32_t> classes,
                                                 const std::vector<std::uint64_t>& targets,
                                                 std::uint64_t seed);

// Weights of (class, group) cells that make both independent: P(class) P(group) / P(class, group).
// cells[c * groups + g]; 0 for an empty cell. Kamiran and Calders 2012.
[[nodiscard]] std::vector<double> reweighing(std::span<const std::uint64_t> cells,
                                             std::size_t groups);

// Rates of sources or tasks: min(n, cap)^(1/temperature), normalised. temperature 1: by size;
// rising: towards equal shares. cap 0: none. T5 (arxiv.org/abs/1910.10683) and mT5 (2010.11934).
// Throws UsageError for a temperature below 1 or no rows at all.
[[nodiscard]] std::vector<double> mixture_rates(std::span<const std::uint64_t> counts,
                                                double temperature, std::uint64_t cap);

// Rates as whole rows that add up to `total`: largest remainders, the earlier first among equals.
[[nodiscard]] std::vector<std::uint64_t> mixture_counts(std::span<const double> rates,
                                                        std::uint64_t total);

}  // namespace fettle::data
