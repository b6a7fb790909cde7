// Figures of a classifier from its answers: accuracy, precision, recall, F1, Matthews, kappa. A
// division by zero gives 0, as scikit-learn's zero_division=0 does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace fettle::metric {

// An answer that names none of the classes: wrong for its row, and a false positive of no class.
inline constexpr int kNoClass = -1;

// Rows counted by truth and answer.
struct Confusion {
  std::size_t classes = 0;
  // [truth][answer] with classes + 1 columns: the last holds the answers that name no class.
  std::vector<std::int64_t> counts;

  [[nodiscard]] std::int64_t at(std::size_t truth, std::size_t answer) const {
    return counts[truth * (classes + 1) + answer];
  }
  [[nodiscard]] std::int64_t rows() const;
  [[nodiscard]] std::int64_t right() const;
  [[nodiscard]] std::int64_t truths(std::size_t of_class) const;
  // of_class may be `classes`: the answers that name none.
  [[nodiscard]] std::int64_t answers(std::size_t of_class) const;
};

// truth[i] in [0, classes), answers[i] too or kNoClass. Throws InternalError otherwise, and when
// the lengths differ.
[[nodiscard]] Confusion confusion(std::span<const int> truth, std::span<const int> answers,
                                  std::size_t classes);

// Share of right answers; NaN for no rows.
[[nodiscard]] double accuracy(const Confusion& table);

// Mean recall over the classes that occur as truth; NaN when none does.
[[nodiscard]] double balanced_accuracy(const Confusion& table);

// Matthews correlation in its form for many classes (Gorodkin 2004); 0 where it is undefined.
[[nodiscard]] double matthews(const Confusion& table);

enum class KappaWeights { kNone, kLinear, kQuadratic };

// Cohen's kappa (1960; weighted 1968): 1 - observed over expected disagreement. A disagreement
// weighs 1, or the distance of the two classes' numbers, or its square; answers of no class stand
// behind the last class. NaN where no disagreement is expected.
[[nodiscard]] double kappa(const Confusion& table, KappaWeights weights);

struct Scores {
  double precision = 0;
  double recall = 0;
  double f1 = 0;
};

struct ClassReport {
  std::vector<Scores> classes;
  std::vector<std::int64_t> support;  // rows whose truth is the class
  Scores macro;     // mean over all classes, also those without a row (labels=range(classes))
  Scores micro;     // from the sums over classes
  Scores weighted;  // mean weighted by support
};

[[nodiscard]] ClassReport class_report(const Confusion& table);

}  // namespace fettle::metric
