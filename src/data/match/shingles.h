// A text as a set of hashed shingles: n words or n characters in a row, of its normal text
// (words.h). The Jaccard similarity of two such sets is what near-duplicates are judged by.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace fettle::data {

struct Shingling {
  bool characters = false;  // else words
  std::int64_t size = 5;    // words or code points a shingle
};

// Sorted, without repeats, of a text that is already normal. A text shorter than one shingle is one
// shingle; an empty text has none. 64-bit hashes of XXH3: two shingles of a million collide with a
// probability below 1e-7.
void shingles_of(std::string_view normal, const Shingling& how, std::vector<std::uint64_t>& out);

// |a and b| / |a or b| of sorted sets; 0 when both are empty.
[[nodiscard]] double jaccard(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b);

// XXH3 in 64 and 128 bits as numbers.
[[nodiscard]] std::uint64_t hash64(std::string_view bytes);
struct Key {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  auto operator<=>(const Key&) const = default;
};
[[nodiscard]] Key hash128(std::string_view bytes);

// SplitMix64's finaliser: every bit depends on every bit. Steele et al., OOPSLA 2014.
[[nodiscard]] constexpr std::uint64_t mix64(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

// Hashes of every run of `size` hashes in a row: a polynomial modulo 2^64, rolled along, mixed.
template <class Sink>
void for_each_run(std::span<const std::uint64_t> hashes, std::size_t size, Sink sink) {
  constexpr std::uint64_t kBase = 0x9e3779b97f4a7c15ULL;
  if (size == 0 || hashes.size() < size) return;
  std::uint64_t leaving = 1;  // kBase^size
  for (std::size_t i = 0; i < size; ++i) leaving *= kBase;
  std::uint64_t rolled = 0;
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    rolled = rolled * kBase + hashes[i];
    if (i >= size) rolled -= leaving * hashes[i - size];
    if (i + 1 >= size) sink(i + 1 - size, mix64(rolled));
  }
}

}  // namespace fettle::data
