#include "data/annotate/queue.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/random.h"

namespace fettle::data {

double uncertainty_of(std::span<const double> scores, std::string_view measure) {
  std::vector<double> p;
  double sum = 0;
  for (const double score : scores) {
    p.push_back(std::isfinite(score) ? std::max(score, 0.0) : 0.0);
    sum += p.back();
  }
  if (p.size() < 2 || sum <= 0) return 1;
  for (double& value : p) value /= sum;
  std::sort(p.begin(), p.end(), std::greater<>());
  const auto choices = static_cast<double>(p.size());
  if (measure == "least_confidence") return (1 - p[0]) * choices / (choices - 1);
  if (measure == "margin") return 1 - (p[0] - p[1]);
  double entropy = 0;
  for (const double value : p) entropy -= value > 0 ? value * std::log(value) : 0;
  return entropy / std::log(choices);
}

Queue::Queue(const QueueOptions& options, std::vector<QueueRow> rows,
             std::function<std::string(std::int64_t)> text_of)
    : options_(options),
      rows_(std::move(rows)),
      text_of_(std::move(text_of)),
      chosen_(rows_.size(), false),
      dense_(kVectorBuckets, 0) {
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    if (rows_[row].answered_by.empty()) continue;
    chosen_[row] = true;
    begun_.push_back(static_cast<std::int64_t>(row));
  }
  refill();
}

std::int64_t Queue::wanted(std::int64_t row) const {
  const Random random(options_.seed, "overlap");
  return random.uniform(static_cast<std::uint64_t>(row)) < options_.overlap
             ? options_.annotators_per_row
             : 1;
}

bool Queue::has_answered(std::int64_t row, std::int64_t annotator) const {
  const auto& by = rows_[static_cast<std::size_t>(row)].answered_by;
  return std::find(by.begin(), by.end(), annotator) != by.end();
}

bool Queue::finished(std::int64_t row) const {
  const auto& by = rows_[static_cast<std::size_t>(row)].answered_by;
  return static_cast<std::int64_t>(by.size()) >= wanted(row);
}

bool Queue::needs(std::int64_t row, std::int64_t annotator, double now) const {
  if (finished(row) || has_answered(row, annotator)) return false;
  auto taken = static_cast<std::int64_t>(rows_[static_cast<std::size_t>(row)].answered_by.size());
  const auto leases = leases_.find(row);
  if (leases != leases_.end()) {
    for (const Lease& lease : leases->second) {
      taken +=
          lease.annotator != annotator && lease.until > now && !has_answered(row, lease.annotator)
              ? 1
              : 0;
    }
  }
  return taken < wanted(row);
}

std::optional<std::int64_t> Queue::best_begun(std::int64_t annotator, double now) const {
  for (const std::int64_t row : begun_) {
    if (needs(row, annotator, now)) return row;
  }
  return std::nullopt;
}

std::optional<std::int64_t> Queue::best_new(std::int64_t annotator, double now) const {
  std::optional<std::int64_t> best;
  double highest = 0;
  for (const Candidate& candidate : pool_) {
    if (!needs(candidate.row, annotator, now)) continue;
    const double uncertainty = rows_[static_cast<std::size_t>(candidate.row)].uncertainty;
    const double score = options_.uncertainty_weight * uncertainty +
                         (1 - options_.uncertainty_weight) * (1 - candidate.nearest);
    if (!best || score > highest) {
      best = candidate.row;
      highest = score;
    }
  }
  return best;
}

std::optional<std::int64_t> Queue::next(std::int64_t annotator, double now) {
  for (auto& [row, leases] : leases_) {
    for (const Lease& lease : leases) {
      if (lease.annotator == annotator && lease.until > now && needs(row, annotator, now)) {
        return row;
      }
    }
  }
  std::optional<std::int64_t> row = best_begun(annotator, now);
  if (!row) row = best_new(annotator, now);
  while (!row && refill()) row = best_new(annotator, now);
  if (!row) return std::nullopt;
  hold(*row, annotator, now);
  choose(*row);
  return row;
}

void Queue::hold(std::int64_t row, std::int64_t annotator, double now) {
  auto& leases = leases_[row];
  std::erase_if(leases, [&](const Lease& lease) {
    return lease.annotator == annotator || lease.until <= now;
  });
  leases.push_back({annotator, now + kLeaseSeconds});
}

void Queue::answered(std::int64_t row, std::int64_t annotator) {
  auto& by = rows_[static_cast<std::size_t>(row)].answered_by;
  if (!has_answered(row, annotator)) by.push_back(annotator);
  const auto leases = leases_.find(row);
  if (leases != leases_.end()) {
    std::erase_if(leases->second, [&](const Lease& lease) { return lease.annotator == annotator; });
    if (leases->second.empty()) leases_.erase(leases);
  }
  choose(row);
}

void Queue::unanswered(std::int64_t row, std::int64_t annotator, double now) {
  std::erase(rows_[static_cast<std::size_t>(row)].answered_by, annotator);
  hold(row, annotator, now);
}

void Queue::choose(std::int64_t row) {
  if (chosen_[static_cast<std::size_t>(row)]) return;
  chosen_[static_cast<std::size_t>(row)] = true;
  begun_.push_back(row);
  const auto at = std::find_if(pool_.begin(), pool_.end(),
                               [&](const Candidate& candidate) { return candidate.row == row; });
  if (at == pool_.end()) return compare_with(ngram_vector(text_of_(row)));
  const SparseVector vector = std::move(at->vector);
  pool_.erase(at);
  compare_with(vector);
}

void Queue::compare_with(const SparseVector& chosen) {
  for (const auto& [bucket, weight] : chosen) dense_[bucket] = weight;
  for (Candidate& candidate : pool_) {
    double cosine = 0;
    for (const auto& [bucket, weight] : candidate.vector) cosine += dense_[bucket] * weight;
    candidate.nearest = std::max(candidate.nearest, std::min(cosine, 1.0));
  }
  for (const auto& [bucket, weight] : chosen) dense_[bucket] = 0;
}

bool Queue::refill() {
  const Permutation order(rows_.size(), options_.seed, "annotate-order");
  // What is left here was refused to the annotator who asks; others may still need it.
  const std::size_t kept = pool_.size();
  while (position_ < rows_.size() && pool_.size() < kept + kPool) {
    const auto row = static_cast<std::int64_t>(order(position_++));
    if (chosen_[static_cast<std::size_t>(row)]) continue;
    pool_.push_back({row, ngram_vector(text_of_(row)), 0});
  }
  if (pool_.size() == kept) return false;
  const std::size_t first = begun_.size() - std::min(begun_.size(), kMostReferences);
  for (std::size_t i = first; i < begun_.size(); ++i) {
    compare_with(ngram_vector(text_of_(begun_[i])));
  }
  return true;
}

}  // namespace fettle::data
