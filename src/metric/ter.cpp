#include "metric/ter.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "base/error.h"
#include "metric/ter_alignment.h"
#include "metric/words.h"

namespace fettle::metric {
namespace {

// Tercom's bounds on the search.
constexpr std::size_t kMaxShiftSize = 10;
constexpr std::size_t kMaxShiftDistance = 50;
constexpr std::size_t kMaxCandidates = 1000;

struct Shift {
  std::int64_t gain = 0;
  std::size_t length = 0;
  std::size_t start = 0;
  std::size_t target = 0;
  WordIds words;

  // Largest gain, then longest, then earliest start, then earliest target.
  [[nodiscard]] bool better_than(const Shift& other) const {
    if (gain != other.gain) return gain > other.gain;
    if (length != other.length) return length > other.length;
    if (start != other.start) return start < other.start;
    return target < other.target;
  }
};

WordIds moved(const WordIds& words, std::size_t start, std::size_t length, std::size_t target) {
  WordIds out = words;
  const auto at = [&](std::size_t i) { return out.begin() + static_cast<std::ptrdiff_t>(i); };
  if (target < start) {
    std::rotate(at(target), at(start), at(start + length));
  } else if (target > start + length) {
    std::rotate(at(start), at(start + length), at(target));
  } else {
    // Inside the moved words: they go behind the `target` words that follow them.
    std::rotate(at(start), at(start + length), at(std::min(length + target, words.size())));
  }
  return out;
}

bool any(const std::vector<std::uint8_t>& wrong, std::size_t start, std::size_t length) {
  const auto begin = wrong.begin() + static_cast<std::ptrdiff_t>(start);
  return std::any_of(begin, begin + static_cast<std::ptrdiff_t>(length),
                     [](std::uint8_t w) { return w != 0; });
}

// One reference's edits.
class Edits {
 public:
  Edits(const WordIds& answer, const WordIds& reference)
      : words_(answer), reference_(reference), distance_(reference, answer.size()) {}

  std::int64_t run() {
    std::int64_t shifts = 0;
    alignment_ = distance_.align(words_);
    while (true) {
      best_.reset();
      try_all();
      if (tried_ >= kMaxCandidates || !best_ || best_->gain <= 0) break;
      ++shifts;
      words_ = std::move(best_->words);
      alignment_ = distance_.align(words_);
    }
    return shifts + alignment_.edits;
  }

 private:
  // Word sequences that stand in both, at different places.
  void try_all() {
    for (std::size_t start = 0; start < words_.size(); ++start) {
      const std::size_t first = start > kMaxShiftDistance ? start - kMaxShiftDistance : 0;
      const std::size_t end = std::min(reference_.size(), start + kMaxShiftDistance + 1);
      for (std::size_t right = first; right < end; ++right) {
        for (std::size_t length = 0; length < kMaxShiftSize; ++length) {
          if (start + length == words_.size() || right + length == reference_.size()) break;
          if (words_[start + length] != reference_[right + length]) break;
          if (!try_pair(start, right, length + 1)) return;
        }
      }
    }
  }

  // False when enough candidates were tried.
  bool try_pair(std::size_t start, std::size_t right, std::size_t length) {
    if (!any(alignment_.answer_wrong, start, length)) return true;
    if (!any(alignment_.reference_wrong, right, length)) return true;
    const std::int64_t there = alignment_.answer_at[right];
    const auto begin = static_cast<std::int64_t>(start);
    if (begin <= there && there < begin + static_cast<std::int64_t>(length)) return true;
    std::int64_t previous = -1;
    for (std::size_t offset = 0; offset <= length; ++offset) {
      // The place behind the reference word before offset; 0 before the first.
      if (right + offset > reference_.size()) break;
      const std::int64_t target =
          right + offset == 0 ? 0 : alignment_.answer_at[right + offset - 1] + 1;
      if (target == previous) continue;
      previous = target;
      try_shift(start, length, static_cast<std::size_t>(target));
    }
    return tried_ < kMaxCandidates;
  }

  void try_shift(std::size_t start, std::size_t length, std::size_t target) {
    Shift shift{0, length, start, target, moved(words_, start, length, target)};
    const auto differ = std::mismatch(words_.begin(), words_.end(), shift.words.begin()).first;
    const auto same = static_cast<std::size_t>(differ - words_.begin());
    shift.gain = alignment_.edits - distance_.distance(shift.words, same);
    ++tried_;
    if (!best_ || shift.better_than(*best_)) best_ = std::move(shift);
  }

  WordIds words_;
  const WordIds& reference_;
  BeamDistance distance_;
  Alignment alignment_;
  std::optional<Shift> best_;
  std::size_t tried_ = 0;
};

WordIds numbered_text(std::string_view text, const TerOptions& options,
                      Numbers<std::string>& numbers) {
  WordIds out;
  for (const std::string& word : ter_words(text, options)) out.push_back(numbers.of(word));
  if (out.size() > kMaxTerWords) {
    throw DataError("ter: a text has {} words; allowed: {}; cut it, or measure chrf", out.size(),
                    kMaxTerWords);
  }
  return out;
}

}  // namespace

std::vector<double> ter_statistics(std::string_view answer, std::span<const std::string> references,
                                   const TerOptions& options) {
  Numbers<std::string> numbers;
  const WordIds given = numbered_text(answer, options, numbers);
  std::optional<std::int64_t> fewest;
  double length = 0;
  for (const std::string& reference : references) {
    const WordIds right = numbered_text(reference, options, numbers);
    length += static_cast<double>(right.size());
    const std::int64_t edits =
        right.empty() ? static_cast<std::int64_t>(given.size()) : Edits(given, right).run();
    if (!fewest || edits < *fewest) fewest = edits;
  }
  return {static_cast<double>(*fewest), length / static_cast<double>(references.size())};
}

double ter(std::span<const double> statistics) {
  if (statistics[1] > 0) return 100 * (statistics[0] / statistics[1]);
  return statistics[0] > 0 ? 100 : 0;
}

}  // namespace fettle::metric
