#include "data/prepare/word_vectors.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace fettle::data::prepare {
namespace {

constexpr std::size_t kMostWords = 2000;
constexpr std::size_t kManyTexts = 20;
constexpr std::uint32_t kFewTexts = 3;

// FNV-1a, 64 bits.
constexpr std::uint64_t kFnvStart = 0xcbf29ce484222325U;
std::uint64_t fnv(std::uint64_t hash, char c) {
  return (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
}

// Mixed down to a bucket.
std::uint32_t bucket_of(std::uint64_t hash) {
  hash ^= hash >> 29U;
  return static_cast<std::uint32_t>((hash * 0x9E3779B97F4A7C15U) >> 51U);
}
static_assert(kWordBuckets == std::size_t{1} << 13U);

// By two passes over half of a bucket's bits each.
void sort_buckets(std::vector<std::uint32_t>& buckets) {
  constexpr std::uint32_t kHalf = 7;
  std::vector<std::uint32_t> other(buckets.size());
  for (const std::uint32_t shift : {0U, kHalf}) {
    std::array<std::uint32_t, 1U << kHalf> ends{};
    const auto digit = [&](std::uint32_t bucket) { return bucket >> shift & ((1U << kHalf) - 1); };
    for (const std::uint32_t bucket : buckets) ++ends[digit(bucket)];
    std::uint32_t sum = 0;
    for (std::uint32_t& end : ends) end = std::exchange(sum, sum + end);
    for (const std::uint32_t bucket : buckets) other[ends[digit(bucket)]++] = bucket;
    buckets.swap(other);
  }
}

// A letter of a word in small; 0 for what is none.
char word_char(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  return (c >= 'a' && c <= 'z') || (static_cast<unsigned char>(c) & 0x80U) != 0 ? c : '\0';
}

// Of each word, and of each two that stand one behind the other, joined by a space.
std::vector<std::uint32_t> buckets_of(std::string_view text) {
  std::vector<std::uint32_t> out;
  std::size_t words = 0;
  std::uint64_t pair = kFnvStart;  // of the word before, a space and this one
  std::uint64_t word = kFnvStart;
  bool inside = false;
  for (std::size_t i = 0; i <= text.size() && words < kMostWords; ++i) {
    const char c = i < text.size() ? word_char(text[i]) : '\0';
    if (c != 0) {
      word = fnv(word, c);
      pair = fnv(pair, c);
      inside = true;
    } else if (inside) {
      out.push_back(bucket_of(word));
      if (words > 0) out.push_back(bucket_of(pair));
      ++words;
      pair = fnv(word, ' ');
      word = kFnvStart;
      inside = false;
    }
  }
  sort_buckets(out);
  return out;
}

}  // namespace

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> out;
  std::string word;
  for (std::size_t i = 0; i <= text.size() && out.size() < kMostWords; ++i) {
    const char c = i < text.size() ? word_char(text[i]) : '\0';
    if (c != 0) {
      word += c;
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
