#include "data/annotate/vectors.h"

#include <algorithm>
#include <cmath>

namespace fettle::data {
namespace {

constexpr std::size_t kMostBytes = std::size_t{64} << 10;
constexpr std::uint64_t kFnvBasis = 14695981039346656037ULL;
constexpr std::uint64_t kFnvPrime = 1099511628211ULL;

bool is_word(unsigned char c) {
  return c >= 128 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::uint64_t add(std::uint64_t hash, unsigned char c) { return (hash ^ c) * kFnvPrime; }

std::uint32_t bucket(std::uint64_t hash) {
  return static_cast<std::uint32_t>((hash ^ (hash >> 32U)) % kVectorBuckets);
}

// The buckets of all words and pairs, one entry an occurrence, ascending.
std::vector<std::uint32_t> buckets_of(std::string_view text) {
  std::vector<std::uint32_t> out;
  std::uint64_t before = 0;  // hash of the word before
  std::uint64_t word = kFnvBasis;
  bool inside = false;
  const auto end_word = [&] {
    if (!inside) return;
    out.push_back(bucket(word));
    if (before != 0) out.push_back(bucket(before * kFnvPrime + word));
    before = word;
    word = kFnvBasis;
    inside = false;
  };
  for (const char letter : text) {
    auto c = static_cast<unsigned char>(letter);
    if (!is_word(c)) {
      end_word();
      continue;
    }
    if (c >= 'A' && c <= 'Z') c = static_cast<unsigned char>(c + 32);
    word = add(word, c);
    inside = true;
  }
  end_word();
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

SparseVector ngram_vector(std::string_view text) {
  const std::vector<std::uint32_t> buckets = buckets_of(text.substr(0, kMostBytes));
  SparseVector out;
  double squares = 0;
  for (std::size_t begin = 0; begin < buckets.size();) {
    std::size_t end = begin;
    while (end < buckets.size() && buckets[end] == buckets[begin]) ++end;
    const double weight = 1 + std::log(static_cast<double>(end - begin));
    squares += weight * weight;
    out.emplace_back(buckets[begin], static_cast<float>(weight));
    begin = end;
  }
  for (auto& [bucket, weight] : out) weight /= static_cast<float>(std::sqrt(squares));
  return out;
}

}  // namespace fettle::data
