// MinHash signatures and their bands: sets with a high Jaccard similarity meet in some band.
//
// Permutation i of the 32-bit hash h of a shingle is (h xor x_i) * a_i mod 2^32 with odd a_i; a
// signature holds the least value a permutation. The share of equal places estimates the Jaccard
// similarity with a standard error of sqrt(J(1-J)/permutations). Broder 1997; banding: Leskovec,
// Rajaraman, Ullman, Mining of Massive Datasets, chapter 3.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace fettle::data {

struct Bands {
  int bands = 0;
  int rows = 0;  // permutations a band; bands * rows <= permutations
};

// The S-curve: how likely two sets of similarity `s` share a band, 1 - (1 - s^rows)^bands.
[[nodiscard]] double meeting_chance(double s, const Bands& bands);

// The widest bands (fewest false candidates) with which sets at the threshold still meet with a
// probability of at least `recall`. Throws UsageError when no banding of so few permutations does.
[[nodiscard]] Bands choose_bands(double threshold, int permutations, double recall);

class MinHasher {
 public:
  // permutations: 16 to 4096, else UsageError.
  MinHasher(int permutations, std::uint64_t seed);

  [[nodiscard]] int permutations() const { return static_cast<int>(flip_.size()); }

  // out.size() == permutations(). An empty set gives 2^32 - 1 everywhere.
  void sign(std::span<const std::uint64_t> shingles, std::span<std::uint32_t> out) const;

 private:
  std::vector<std::uint32_t> flip_;
  std::vector<std::uint32_t> factor_;
};

// Share of equal places of two signatures of one MinHasher.
[[nodiscard]] double estimated_jaccard(std::span<const std::uint32_t> a,
                                       std::span<const std::uint32_t> b);

// One key a band, its number mixed in, so that keys of different bands never meet by design.
void band_keys(std::span<const std::uint32_t> signature, const Bands& bands,
               std::vector<std::uint64_t>& out);

}  // namespace fettle::data
