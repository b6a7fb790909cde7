#include "metric/chrf.h"

#include <algorithm>

#include "metric/unicode.h"
#include "metric/words.h"

namespace fettle::metric {
namespace {

bool is_mark(std::int32_t point) {
  return (point >= '!' && point <= '/') || (point >= ':' && point <= '@') ||
         (point >= '[' && point <= '`') || (point >= '{' && point <= '~');
}

// A mark at a word's end stands apart, else one at its beginning; never both.
std::vector<std::string> words_of(const Points& points) {
  std::vector<std::string> out;
  for (const std::string& word : split(points)) {
    const Points letters = code_points(word);
    const auto cut = [&](std::ptrdiff_t at) {
      out.push_back(utf8(Points(letters.begin(), letters.begin() + at)));
      out.push_back(utf8(Points(letters.begin() + at, letters.end())));
    };
    if (letters.size() > 1 && is_mark(letters.back())) {
      cut(static_cast<std::ptrdiff_t>(letters.size()) - 1);
    } else if (letters.size() > 1 && is_mark(letters.front())) {
      cut(1);
    } else {
      out.push_back(word);
    }
  }
  return out;
}

// The numbers of a text's n-grams, shared by the texts of a row.
class Grams {
 public:
  explicit Grams(const ChrfOptions& options)
      : options_(options), chars_(options.char_order), words_(options.word_order) {}

  std::vector<std::vector<std::uint32_t>> of(std::string_view text) {
    Points points = code_points(text);
    if (options_.lowercase) points = lower(points);
    std::vector<std::uint32_t> sequence;
    for (const std::int32_t point : points) {
      if (options_.whitespace || !is_space(point)) {
        sequence.push_back(static_cast<std::uint32_t>(point));
      }
    }
    auto out = chars_.of(sequence);
    if (options_.word_order == 0) return out;
    sequence.clear();
    for (const std::string& word : words_of(points)) sequence.push_back(names_.of(word));
    for (auto& order : words_.of(sequence)) out.push_back(std::move(order));
    return out;
  }

  [[nodiscard]] std::size_t size(std::size_t order) const {
    return order < options_.char_order ? chars_.size(order + 1)
                                       : words_.size(order - options_.char_order + 1);
  }

 private:
  const ChrfOptions& options_;
  NgramNumbers chars_;
  NgramNumbers words_;
  Numbers<std::string> names_;
};

}  // namespace

std::vector<double> chrf_statistics(std::string_view answer,
                                    std::span<const std::string> references,
                                    const ChrfOptions& options) {
  Grams grams(options);
  const auto given = grams.of(answer);
  std::vector<double> best;
  double best_score = -1;
  for (const std::string& reference : references) {
    const auto right = grams.of(reference);
    std::vector<double> statistics;
    for (std::size_t n = 0; n < given.size(); ++n) {
      const auto ours = occurrences(given[n], grams.size(n));
      const auto theirs = occurrences(right[n], grams.size(n));
      double both = 0;
      for (std::size_t i = 0; i < ours.size(); ++i) {
        both += static_cast<double>(std::min(ours[i], theirs[i]));
      }
      statistics.push_back(right[n].empty() ? 0 : static_cast<double>(given[n].size()));
      statistics.push_back(static_cast<double>(right[n].size()));
      statistics.push_back(both);
    }
    const double score = chrf(statistics, options);
    if (score > best_score) {
      best_score = score;
      best = std::move(statistics);
    }
  }
  return best;
}

double chrf(std::span<const double> statistics, const ChrfOptions& options) {
  constexpr double kLeast = 1e-16;
  const double factor = options.beta * options.beta;
  const std::size_t orders = options.char_order + options.word_order;
  double smoothed = 0;
  double precisions = 0;
  double recalls = 0;
  double used = 0;
  for (std::size_t n = 0; n < orders; ++n) {
    const double given = statistics[3 * n];
    const double right = statistics[3 * n + 1];
    const double both = statistics[3 * n + 2];
    const double precision = given > 0 ? both / given : kLeast;
    const double recall = right > 0 ? both / right : kLeast;
    const double below = factor * precision + recall;
    smoothed += below > 0 ? (1 + factor) * precision * recall / below : kLeast;
    if (given > 0 && right > 0) {
      precisions += precision;
      recalls += recall;
      ++used;
    }
  }
  if (options.eps_smoothing) return 100 * smoothed / static_cast<double>(orders);
  if (used == 0 || precisions + recalls == 0) return 0;
  const double precision = precisions / used;
  const double recall = recalls / used;
  return 100 * (1 + factor) * precision * recall / (factor * precision + recall);
}

}  // namespace fettle::metric
