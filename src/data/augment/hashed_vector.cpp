#include "data/augment/hashed_vector.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "data/match/shingles.h"
#include "data/match/words.h"

namespace fettle::data {
namespace {

constexpr std::size_t kRun = 3;

double damped(float count) { return 1 + std::log(static_cast<double>(count)); }

}  // namespace

HashedVector hashed_vector(std::string_view text) {
  const Words words = words_of(text);
  std::vector<std::uint32_t> places;
  const auto add = [&](std::uint64_t hash) {
    places.push_back(static_cast<std::uint32_t>(mix64(hash) >> 48));
  };
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < words.words.size(); ++i) {
    const std::uint64_t hash = hash64(words.word(i));
    add(hash);
    if (i > 0) add(before * 31 + hash);
    before = hash;
  }
  for (std::size_t at = 0; at + kRun <= words.text.size(); ++at) {
    add(hash64(std::string_view(words.text).substr(at, kRun)) + 1);
  }
  std::sort(places.begin(), places.end());
  HashedVector vector;
  for (const std::uint32_t place : places) {
    if (vector.empty() || vector.back().first != place) vector.emplace_back(place, 0.0F);
    vector.back().second += 1;
  }
  return vector;
}

double cosine(const HashedVector& a, const HashedVector& b) {
  double product = 0;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i].first == b[j].first) product += damped(a[i].second) * damped(b[j].second);
    const bool first = a[i].first <= b[j].first;
    const bool second = b[j].first <= a[i].first;
    i += first;
    j += second;
  }
  const auto length = [](const HashedVector& vector) {
    double sum = 0;
    for (const auto& one : vector) sum += damped(one.second) * damped(one.second);
    return std::sqrt(sum);
  };
  const double lengths = length(a) * length(b);
  return lengths == 0 ? 0 : std::min(1.0, product / lengths);
}

double cosine(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.size() != b.size()) {
    throw UsageError(
        "the vector function gave {} and {} numbers for two texts; it must give as many "
        "for each",
        a.size(), b.size());
  }
  double product = 0;
  double first = 0;
  double second = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    product += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    first += static_cast<double>(a[i]) * static_cast<double>(a[i]);
    second += static_cast<double>(b[i]) * static_cast<double>(b[i]);
  }
  return first == 0 || second == 0 ? 0 : product / std::sqrt(first * second);
}

}  // namespace fettle::data
