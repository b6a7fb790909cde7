#include "data/prepare/topics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <optional>
#include <unordered_map>

#include "base/random.h"
#include "data/prepare/word_vectors.h"

namespace fettle::data::prepare {
namespace {

constexpr int kRounds = 12;
constexpr int kStarts = 4;
constexpr std::size_t kWordsShown = 6;
constexpr std::size_t kExampleBytes = 160;

// Centres stand side by side, so many at a time: a row meets all of a group in one go.
constexpr std::size_t kLanes = 12;
using Near = std::array<double, kLanes>;
using Group = std::vector<std::array<float, kLanes>>;  // by bucket

Near dots(const WordVector& row, const Group& centres) {
  Near sums{};
  for (const auto& [index, weight] : row) {
    const std::array<float, kLanes>& values = centres[index];
    for (std::size_t k = 0; k < kLanes; ++k) sums[k] += static_cast<double>(weight) * values[k];
  }
  return sums;
}

class Clusters {
 public:
  Clusters(const std::vector<WordVector>& rows, std::size_t count, const Random& random)
      : rows_(rows), of_(rows.size(), 0) {
    start(count, random);
    for (int round = 0; round < kRounds; ++round) {
      if (!assign() && round > 0) break;
      move_centres();
    }
    (void)assign();
  }

  // How near the rows are to their centres, summed.
  [[nodiscard]] double cohesion() const {
    double sum = 0;
    for (std::size_t i = 0; i < rows_.size(); ++i) sum += similarity(rows_[i], of_[i]);
    return sum;
  }
  [[nodiscard]] std::size_t size() const { return count_; }
  [[nodiscard]] std::size_t of(std::size_t row) const { return of_[row]; }
  [[nodiscard]] double similarity(const WordVector& row, std::size_t cluster) const {
    const Group& centres = groups_[cluster / kLanes];
    double sum = 0;
    for (const auto& [index, weight] : row) {
      sum += static_cast<double>(weight) * centres[index][cluster % kLanes];
    }
    return sum;
  }
  [[nodiscard]] std::size_t nearest(const WordVector& row) const {
    std::size_t best = 0;
    double most = -1;
    for (std::size_t begin = 0; begin < count_; begin += kLanes) {
      const Near near = dots(row, groups_[begin / kLanes]);
      for (std::size_t k = begin; k < std::min(begin + kLanes, count_); ++k) {
        if (near[k - begin] <= most) continue;
        most = near[k - begin];
        best = k;
      }
    }
    return best;
  }

 private:
  // k-means++ on cosine distance (Arthur and Vassilvitskii 2007).
  void start(std::size_t count, const Random& random) {
    std::vector<double> distance(rows_.size(), 1.0);
    std::size_t chosen = random.below(0, rows_.size());
    while (count_ < count) {
      add_centre(rows_[chosen]);
      double total = 0;
      for (std::size_t i = 0; i < rows_.size(); ++i) {
        const double far = 1.0 - similarity(rows_[i], count_ - 1);
        distance[i] = std::min(distance[i], std::max(0.0, far));
        total += distance[i];
      }
      if (total <= 1e-9) return;
      double mark = random.uniform(count_) * total;
      chosen = rows_.size() - 1;
      for (std::size_t i = 0; i < rows_.size(); ++i) {
        mark -= distance[i];
        if (mark <= 0) {
          chosen = i;
          break;
        }
      }
    }
  }

  void add_centre(const WordVector& row) {
    if (count_ % kLanes == 0) groups_.emplace_back(kWordBuckets);
    for (const auto& [index, weight] : row) groups_.back()[index][count_ % kLanes] = weight;
    ++count_;
  }

  bool assign() {
    bool moved = false;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const std::size_t best = nearest(rows_[i]);
      moved = moved || best != of_[i];
      of_[i] = best;
    }
    return moved;
  }

  void move_centres() {
    for (Group& group : groups_) std::fill(group.begin(), group.end(), std::array<float, kLanes>{});
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      Group& group = groups_[of_[i] / kLanes];
      for (const auto& [index, weight] : rows_[i]) group[index][of_[i] % kLanes] += weight;
    }
    for (Group& group : groups_) make_unit(group);
  }

  // Gives each centre that is not zero the length 1.
  static void make_unit(Group& group) {
    Near squares{};
    for (const auto& values : group) {
      for (std::size_t k = 0; k < kLanes; ++k) {
        squares[k] += static_cast<double>(values[k]) * values[k];
      }
    }
    for (auto& values : group) {
      for (std::size_t k = 0; k < kLanes; ++k) {
        if (squares[k] > 0) values[k] = static_cast<float>(values[k] / std::sqrt(squares[k]));
      }
    }
  }

  const std::vector<WordVector>& rows_;
  std::vector<std::size_t> of_;
  std::vector<Group> groups_;
  std::size_t count_ = 0;
};

// The best of several starts: k-means ends where it began badly.
Clusters best_clusters(const std::vector<WordVector>& rows, std::size_t count, std::uint64_t seed) {
  std::optional<Clusters> best;
  for (int start = 0; start < kStarts; ++start) {
    Clusters next(rows, count, Random(seed, "topics " + std::to_string(start)));
    if (!best || next.cohesion() > best->cohesion()) best.emplace(std::move(next));
  }
  return std::move(*best);
}

// Rows of each cluster that hold a word.
struct WordRows {
  std::size_t last = 0;  // 1 + the row that was counted last
  std::vector<std::uint32_t> counts;
};
using CountedWords = std::unordered_map<std::string, WordRows>;

CountedWords count_words(const std::vector<std::string>& rows, const Clusters& clusters) {
  CountedWords out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::string& word : words_of(rows[i])) {
      WordRows& one = out.try_emplace(std::move(word)).first->second;
      if (one.last == i + 1) continue;
      one.last = i + 1;
      one.counts.resize(clusters.size());
      ++one.counts[clusters.of(i)];
    }
  }
  return out;
}

// By the signed square root of the log-likelihood ratio: frequent here, rare elsewhere.
std::vector<std::string> telling_words(const CountedWords& words, std::size_t cluster, double here,
                                       double all) {
  std::vector<std::pair<double, std::string_view>> scored;
  for (const auto& [word, rows] : words) {
    const double inside = rows.counts[cluster];
    const double total = std::accumulate(rows.counts.begin(), rows.counts.end(), 0.0);
    if (inside < 3 || word.size() < 3) continue;
    const double rate = inside / here;
    const double other = (total - inside + 0.5) / (all - here + 1);
    if (rate > other) scored.emplace_back(-inside * std::log(rate / other), word);
  }
  std::sort(scored.begin(), scored.end());
  std::vector<std::string> out;
  for (const auto& [score, word] : scored) {
    if (out.size() == kWordsShown) break;
    out.emplace_back(word);
  }
  return out;
}

std::string cut(const std::string& words) {
  if (words.size() <= kExampleBytes) return words;
  std::size_t end = kExampleBytes;
  while (end > 0 && (static_cast<unsigned char>(words[end]) & 0xC0U) == 0x80U) --end;
  return words.substr(0, end) + "...";
}

void add_target(const std::vector<std::string>& target, const WordWeights& weights,
                const Clusters& clusters, std::vector<Topic>& topics) {
  if (target.empty()) return;
  for (Topic& topic : topics) topic.target_share = 0;
  for (const std::string& row : target) {
    topics[clusters.nearest(weights.vector(row))].target_share +=
        1.0 / static_cast<double>(target.size());
  }
}

}  // namespace

std::vector<Topic> find_topics(const std::vector<std::string>& rows,
                               const std::vector<std::string>& target, std::size_t most,
                               std::uint64_t seed) {
  if (rows.size() < 20 || most == 0) return {};
  const auto fitting = static_cast<std::size_t>(std::sqrt(static_cast<double>(rows.size()) / 2));
  const WordWeights weights(rows);
  std::vector<WordVector> vectors;
  for (const std::string& row : rows) vectors.push_back(weights.vector(row));
  const Clusters clusters =
      best_clusters(vectors, std::max<std::size_t>(2, std::min(most, fitting)), seed);
  std::vector<Topic> topics(clusters.size());
  std::vector<double> nearest(clusters.size(), -1);
  std::vector<double> counts(clusters.size(), 0);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t k = clusters.of(i);
    ++counts[k];
    const double near = clusters.similarity(vectors[i], k);
    if (near <= nearest[k]) continue;
    nearest[k] = near;
    topics[k].example = cut(rows[i]);
  }
  const CountedWords words = count_words(rows, clusters);
  const auto all = static_cast<double>(rows.size());
  for (std::size_t k = 0; k < topics.size(); ++k) {
    topics[k].share = counts[k] / all;
    if (counts[k] > 0) topics[k].words = telling_words(words, k, counts[k], all);
  }
  add_target(target, weights, clusters, topics);
  std::erase_if(topics, [](const Topic& topic) { return topic.share == 0; });
  std::stable_sort(topics.begin(), topics.end(),
                   [](const Topic& a, const Topic& b) { return a.share > b.share; });
  return topics;
}

}  // namespace fettle::data::prepare
