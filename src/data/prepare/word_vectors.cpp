#include "data/prepare/word_vectors.h"

#include <algorithm>
#include <cmath>

namespace fettle::data::prepare {
namespace {

constexpr std::size_t kMostWords = 2000;
constexpr std::size_t kManyTexts = 20;
constexpr std::uint32_t kFewTexts = 3;

// FNV-1a, 64 bits, mixed down to a bucket.
std::uint32_t bucket_of(std::string_view first, std::string_view second) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  const auto add = [&](std::string_view bytes) {
    for (const char c : bytes) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    }
  };
  add(first);
  if (!second.empty()) {
    add(" ");
    add(second);
  }
  hash ^= hash >> 29U;
  return static_cast<std::uint32_t>((hash * 0x9E3779B97F4A7C15U) >> 51U);
}
static_assert(kWordBuckets == std::size_t{1} << 13U);

std::vector<std::uint32_t> buckets_of(std::string_view text) {
  const std::vector<std::string> words = words_of(text);
  std::vector<std::uint32_t> out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    out.push_back(bucket_of(words[i], {}));
    if (i > 0) out.push_back(bucket_of(words[i - 1], words[i]));
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> out;
  std::string word;
  for (std::size_t i = 0; i <= text.size() && out.size() < kMostWords; ++i) {
    const char c = i < text.size() ? text[i] : ' ';
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper || (c >= 'a' && c <= 'z') || (static_cast<unsigned char>(c) & 0x80U) != 0) {
      word += upper ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (!word.empty()) {
      out.push_back(std::move(word));
      word.clear();
    }
  }
  return out;
}

WordWeights::WordWeights(const std::vector<std::string>& texts) : idf_(kWordBuckets, 0.0F) {
  std::vector<std::uint32_t> holding(kWordBuckets, 0);
  for (const std::string& text : texts) {
    std::vector<std::uint32_t> buckets = buckets_of(text);
    buckets.erase(std::unique(buckets.begin(), buckets.end()), buckets.end());
    for (const std::uint32_t bucket : buckets) ++holding[bucket];
  }
  const auto all = static_cast<double>(texts.size());
  for (std::size_t i = 0; i < kWordBuckets; ++i) {
    // What one or two texts say is no topic.
    if (texts.size() >= kManyTexts && holding[i] < kFewTexts) continue;
    idf_[i] = static_cast<float>(std::log((all + 1) / (holding[i] + 1.0)));
  }
}

WordVector WordWeights::vector(std::string_view text) const {
  const std::vector<std::uint32_t> buckets = buckets_of(text);
  WordVector out;
  double squares = 0;
  for (std::size_t i = 0; i < buckets.size();) {
    const auto end =
        std::upper_bound(buckets.begin() + std::ptrdiff_t(i), buckets.end(), buckets[i]);
    const auto count = static_cast<std::size_t>(end - buckets.begin()) - i;
    const double weight = (1 + std::log(static_cast<double>(count))) * idf_[buckets[i]];
    if (weight > 0) {
      out.emplace_back(buckets[i], static_cast<float>(weight));
      squares += weight * weight;
    }
    i += count;
  }
  for (auto& [bucket, weight] : out) weight = static_cast<float>(weight / std::sqrt(squares));
  return out;
}

}  // namespace fettle::data::prepare
