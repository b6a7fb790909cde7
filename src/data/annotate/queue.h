// Which row an annotator sees next. Rows that others have begun and that need more answers come
// first; then the row with the highest
//   score = w * uncertainty + (1 - w) * (1 - nearest)
// where nearest is the largest cosine between the row's n-gram vector and any row chosen before
// (farthest point first, Gonzalez 1985; uncertainty: Settles 2009, section 3.1). Equals stand in an
// order drawn by the seed. At most kPool rows are compared at a time, in that order too.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/annotate/vectors.h"

namespace fettle::data {

inline constexpr std::size_t kPool = 20000;
inline constexpr std::size_t kMostReferences = 256;  // chosen rows that a new pool is compared with
inline constexpr double kLeaseSeconds = 1800;

// In [0, 1] from the probabilities of all choices. least_confidence: (1 - p1) K / (K - 1); margin:
// 1 - (p1 - p2); entropy: H / ln K. Negative values count as 0, the sum is brought to 1; 1 for
// fewer than two choices or a sum of 0.
[[nodiscard]] double uncertainty_of(std::span<const double> scores, std::string_view measure);

struct QueueOptions {
  double uncertainty_weight = 0.5;
  std::int64_t annotators_per_row = 1;
  double overlap = 1;
  std::uint64_t seed = 0;
};

struct QueueRow {
  double uncertainty = 0;
  std::vector<std::int64_t> answered_by;
};

class Queue {
 public:
  // text_of gives a row's text; called when a pool is made and for rows answered before.
  Queue(const QueueOptions& options, std::vector<QueueRow> rows,
        std::function<std::string(std::int64_t)> text_of);

  // The row that the annotator holds already, or the next one, held for kLeaseSeconds; nothing when
  // no row needs this annotator. now: seconds on any steady scale.
  [[nodiscard]] std::optional<std::int64_t> next(std::int64_t annotator, double now);
  void answered(std::int64_t row, std::int64_t annotator);
  // Takes an answer back; the annotator holds the row again.
  void unanswered(std::int64_t row, std::int64_t annotator, double now);
  // Answers that the row is to have.
  [[nodiscard]] std::int64_t wanted(std::int64_t row) const;

 private:
  struct Lease {
    std::int64_t annotator = 0;
    double until = 0;
  };
  struct Candidate {
    std::int64_t row = 0;
    SparseVector vector;
    double nearest = 0;
  };

  [[nodiscard]] bool has_answered(std::int64_t row, std::int64_t annotator) const;
  // Whether the row needs an answer of this annotator beside those that others hold it for.
  [[nodiscard]] bool needs(std::int64_t row, std::int64_t annotator, double now) const;
  [[nodiscard]] bool finished(std::int64_t row) const;
  [[nodiscard]] std::optional<std::int64_t> best_begun(std::int64_t annotator, double now) const;
  [[nodiscard]] std::optional<std::int64_t> best_new(std::int64_t annotator, double now) const;
  void hold(std::int64_t row, std::int64_t annotator, double now);
  void choose(std::int64_t row);
  void compare_with(const SparseVector& chosen);
  // Rows from the seeded order that are neither finished nor in the pool yet.
  bool refill();

  QueueOptions options_;
  std::vector<QueueRow> rows_;
  std::function<std::string(std::int64_t)> text_of_;
  std::map<std::int64_t, std::vector<Lease>> leases_;
  std::vector<std::int64_t> begun_;  // chosen rows in order
  std::vector<bool> chosen_;
  std::vector<Candidate> pool_;
  std::uint64_t position_ = 0;  // in the seeded order
  std::vector<float> dense_;
};

}  // namespace fettle::data
