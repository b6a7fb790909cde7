#include "generate/sample.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "base/error.h"

namespace fettle::generate {
namespace {

struct Candidate {
  double weight;
  batch::TokenId id;
};

// Candidates by falling probability, ties by id; weights relative to the best one.
std::vector<Candidate> ranked(std::span<const float> logits, const Sampling& sampling) {
  const float best = *std::max_element(logits.begin(), logits.end());
  std::vector<Candidate> out;
  out.reserve(logits.size());
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const double weight = std::exp((static_cast<double>(logits[i]) - best) / sampling.temperature);
    out.push_back({weight, static_cast<batch::TokenId>(i)});
  }
  std::sort(out.begin(), out.end(), [](const Candidate& a, const Candidate& b) {
    return a.weight != b.weight ? a.weight > b.weight : a.id < b.id;
  });
  if (sampling.top_k > 0 && static_cast<std::size_t>(sampling.top_k) < out.size()) {
    out.resize(static_cast<std::size_t>(sampling.top_k));
  }
  return out;
}

// The smallest set of best candidates whose probability reaches top_p.
void cut_nucleus(std::vector<Candidate>& candidates, double top_p) {
  double total = 0;
  for (const Candidate& candidate : candidates) total += candidate.weight;
  double sum = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    sum += candidates[i].weight;
    if (sum >= top_p * total) {
      candidates.resize(i + 1);
      return;
    }
  }
}

// The first of the largest logits; the end if one is NaN. In lanes that do not wait for one
// another: a vocabulary is long, and this is done for every token.
std::span<const float>::iterator best_of(std::span<const float> logits) {
  constexpr std::size_t kLanes = 16;
  std::array<float, kLanes> most;
  std::array<int, kLanes> broken{};
  most.fill(-std::numeric_limits<float>::infinity());
  const std::size_t whole = logits.size() / kLanes * kLanes;
  for (std::size_t at = 0; at < whole; at += kLanes) {
    for (std::size_t i = 0; i < kLanes; ++i) {
      const float logit = logits[at + i];
      most[i] = logit > most[i] ? logit : most[i];
      broken[i] |= static_cast<int>(logit != logit);
    }
  }
  for (std::size_t at = whole; at < logits.size(); ++at) {
    most[0] = std::max(most[0], logits[at]);
    broken[0] |= static_cast<int>(logits[at] != logits[at]);
  }
  if (std::ranges::any_of(broken, [](int lane) { return lane != 0; })) return logits.end();
  return std::find(logits.begin(), logits.end(), *std::ranges::max_element(most));
}

}  // namespace

void check_sampling(const Sampling& sampling) {
  if (!(sampling.temperature >= 0.0 && sampling.temperature <= 100.0)) {
    throw UsageError("temperature is {}; allowed 0 (greedy) to 100", sampling.temperature);
  }
  if (sampling.top_k < 0) throw UsageError("top_k is {}; allowed 0 (off) or more", sampling.top_k);
  if (!(sampling.top_p > 0.0 && sampling.top_p <= 1.0)) {
    throw UsageError("top_p is {}; allowed above 0 to 1 (off)", sampling.top_p);
  }
}

batch::TokenId choose(std::span<const float> logits, const Sampling& sampling, std::uint64_t draw) {
  const auto best = best_of(logits);
  // Minus infinity is a token ruled out.
  if (best == logits.end() || !std::isfinite(*best)) {
    throw DataError(
        "the model's logits are not finite; its weights may be damaged, or bfloat16 too "
        "coarse: try --dtype float32");
  }
  if (sampling.temperature <= 0.0) return static_cast<batch::TokenId>(best - logits.begin());
  std::vector<Candidate> candidates = ranked(logits, sampling);
  if (sampling.top_p < 1.0) cut_nucleus(candidates, sampling.top_p);
  double total = 0;
  for (const Candidate& candidate : candidates) total += candidate.weight;
  double left = Random(sampling.seed, "sampling").uniform(draw) * total;
  for (const Candidate& candidate : candidates) {
    left -= candidate.weight;
    if (left < 0.0) return candidate.id;
  }
  return candidates.back().id;
}

}  // namespace fettle::generate
