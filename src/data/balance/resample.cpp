#include "data/balance/resample.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "base/nearest.h"
#include "base/random.h"

namespace fettle::data {
namespace {

constexpr std::array<std::string_view, 6> kNames = {"auto",         "minority",     "majority",
                                                    "not minority", "not majority", "all"};

bool is_name(std::string_view name) {
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

template <class Number>
bool read_number(std::string_view written, Number& out) {
  const auto read = std::from_chars(written.data(), written.data() + written.size(), out);
  return read.ec == std::errc() && read.ptr == written.data() + written.size();
}

// Least and most of the classes that have rows: their places.
std::pair<std::size_t, std::size_t> extremes(std::span<const std::uint64_t> counts) {
  std::size_t least = counts.size();
  std::size_t most = counts.size();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    if (least == counts.size() || counts[i] < counts[least]) least = i;
    if (most == counts.size() || counts[i] > counts[most]) most = i;
  }
  if (least == counts.size()) throw DataError("there is no row of any class to balance");
  return {least, most};
}

std::vector<std::uint64_t> by_name(std::span<const std::uint64_t> counts, Sampling sampling,
                                   std::string name) {
  const bool over = sampling == Sampling::kOver;
  if (name == "auto") name = over ? "not majority" : "not minority";
  if (name == (over ? "majority" : "minority")) {
    throw UsageError("the strategy \"{}\" changes nothing when rows are {}; known: {}", name,
                     over ? "added" : "taken away", join(kNames, ", "));
  }
  const auto [least, most] = extremes(counts);
  std::vector<std::uint64_t> targets(counts.begin(), counts.end());
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const bool changed =
        name == "all" || (name == "minority" && i == least) || (name == "majority" && i == most) ||
        (name == "not minority" && i != least) || (name == "not majority" && i != most);
    if (changed && counts[i] > 0) targets[i] = over ? counts[most] : counts[least];
  }
  return targets;
}

std::vector<std::uint64_t> by_ratio(std::span<const std::uint64_t> counts, Sampling sampling,
                                    double ratio) {
  const auto [least, most] = extremes(counts);
  const auto present = std::count_if(counts.begin(), counts.end(), [](auto n) { return n > 0; });
  if (present != 2 || !(ratio > 0 && ratio <= 1)) {
    throw UsageError(
        "the ratio {} is asked for of {} classes; a ratio above 0, at most 1, is for "
        "two classes: name counts instead",
        ratio, present);
  }
  std::vector<std::uint64_t> targets(counts.begin(), counts.end());
  const auto small = static_cast<double>(counts[least]);
  const auto large = static_cast<double>(counts[most]);
  const std::size_t changed = sampling == Sampling::kOver ? least : most;
  const double wanted = sampling == Sampling::kOver ? large * ratio : small / ratio;
  const auto target = static_cast<std::uint64_t>(wanted);
  if (sampling == Sampling::kOver ? target < counts[changed] : target > counts[changed]) {
    throw UsageError("the ratio {} asks for {} rows of a class that has {}; {} can only {} them",
                     ratio, target, counts[changed],
                     sampling == Sampling::kOver ? "over-sampling" : "under-sampling",
                     sampling == Sampling::kOver ? "add to" : "take from");
  }
  targets[changed] = target;
  return targets;
}

std::vector<std::uint64_t> by_counts(const std::vector<std::string>& labels,
                                     std::span<const std::uint64_t> counts, Sampling sampling,
                                     const Strategy& strategy) {
  std::vector<std::uint64_t> targets(counts.begin(), counts.end());
  const std::vector<std::string_view> known(labels.begin(), labels.end());
  for (const auto& [label, count] : strategy.counts) {
    const auto at = std::find(labels.begin(), labels.end(), label);
    if (at == labels.end()) throw UsageError("{}", unknown_name("label", label, known));
    const auto i = static_cast<std::size_t>(at - labels.begin());
    const bool over = sampling == Sampling::kOver;
    if (over ? count < counts[i] : count > counts[i]) {
      throw UsageError("{} rows of \"{}\" are asked for, and there are {}; {}", count, label,
                       counts[i],
                       over ? "over-sampling takes none away" : "under-sampling adds none");
    }
    if (counts[i] == 0 && count > 0) throw UsageError("\"{}\" has no row to repeat", label);
    targets[i] = count;
  }
  return targets;
}

}  // namespace

Strategy parse_strategy(const std::vector<std::string>& entries) {
  Strategy strategy;
  if (entries.size() == 1) {
    if (is_name(entries[0])) {
      strategy.name = entries[0];
      return strategy;
    }
    if (read_number(entries[0], strategy.ratio)) {
      if (strategy.ratio > 0 && strategy.ratio <= 1) return strategy;
      throw UsageError("the ratio is {}; give one above 0, at most 1", entries[0]);
    }
  }
  for (const std::string& entry : entries) {
    const std::size_t sign = entry.rfind('=');
    std::uint64_t count = 0;
    const bool read =
        sign != std::string::npos && read_number(std::string_view(entry).substr(sign + 1), count);
    if (!read) {
      throw UsageError("\"{}\" is no strategy; give one of {}, a ratio, or label=count", entry,
                       join(kNames, ", "));
    }
    if (!strategy.counts.try_emplace(entry.substr(0, sign), count).second) {
      throw UsageError("the strategy names \"{}\" twice", entry.substr(0, sign));
    }
  }
  return strategy;
}

std::vector<std::uint64_t> target_counts(const std::vector<std::string>& labels,
                                         std::span<const std::uint64_t> counts, Sampling sampling,
                                         const Strategy& strategy) {
  if (!strategy.counts.empty()) return by_counts(labels, counts, sampling, strategy);
  if (strategy.ratio > 0) return by_ratio(counts, sampling, strategy.ratio);
  return by_name(counts, sampling, strategy.name);
}

std::vector<std::uint32_t> repeats(std::span<const std::uint32_t> classes,
                                   const std::vector<std::uint64_t>& targets, std::uint64_t seed) {
  std::vector<std::vector<std::uint32_t>> rows(targets.size());
  for (std::uint32_t i = 0; i < classes.size(); ++i) rows.at(classes[i]).push_back(i);
  std::vector<std::uint32_t> times(classes.size(), 0);
  for (std::size_t c = 0; c < targets.size(); ++c) {
    const std::uint64_t have = rows[c].size();
    if (have == 0) continue;
    const Permutation place(have, seed, text("resample {}", c));
    const Random random(seed, text("resample more {}", c));
    for (std::uint64_t k = 0; k < std::min(have, targets[c]); ++k) times[rows[c][place(k)]] = 1;
    for (std::uint64_t k = have; k < targets[c]; ++k) ++times[rows[c][random.below(k, have)]];
  }
  return times;
}

}  // namespace fettle::data
