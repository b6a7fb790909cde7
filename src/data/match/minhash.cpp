#include "data/match/minhash.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include "base/error.h"
#include "base/random.h"
#include "data/match/shingles.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define FETTLE_MATCH_X86 1
#endif

namespace fettle::data {
namespace {

struct Tables {
  const std::uint32_t* flip;
  const std::uint32_t* factor;
  std::size_t size;
};

// Four shingles a pass: the tables and the signature are then read once for four products.
[[gnu::always_inline]] inline void sign_all(const Tables& tables,
                                            std::span<const std::uint64_t> shingles,
                                            std::uint32_t* __restrict out) {
  const auto fold = [&](std::size_t i) { return static_cast<std::uint32_t>(shingles[i] >> 32); };
  const std::uint32_t* __restrict flip = tables.flip;
  const std::uint32_t* __restrict factor = tables.factor;
  std::size_t i = 0;
  for (; i + 4 <= shingles.size(); i += 4) {
    const std::uint32_t h0 = fold(i), h1 = fold(i + 1), h2 = fold(i + 2), h3 = fold(i + 3);
    for (std::size_t k = 0; k < tables.size; ++k) {
      const std::uint32_t low = std::min((h0 ^ flip[k]) * factor[k], (h1 ^ flip[k]) * factor[k]);
      const std::uint32_t high = std::min((h2 ^ flip[k]) * factor[k], (h3 ^ flip[k]) * factor[k]);
      out[k] = std::min(out[k], std::min(low, high));
    }
  }
  for (; i < shingles.size(); ++i) {
    const std::uint32_t h = fold(i);
    for (std::size_t k = 0; k < tables.size; ++k) {
      out[k] = std::min(out[k], (h ^ flip[k]) * factor[k]);
    }
  }
}

using Sign = void (*)(const Tables&, std::span<const std::uint64_t>, std::uint32_t*);

void sign_plain(const Tables& tables, std::span<const std::uint64_t> shingles, std::uint32_t* out) {
  sign_all(tables, shingles, out);
}

#ifdef FETTLE_MATCH_X86
[[gnu::target("avx2")]] void sign_avx2(const Tables& tables,
                                       std::span<const std::uint64_t> shingles,
                                       std::uint32_t* out) {
  sign_all(tables, shingles, out);
}

[[gnu::target("avx512f,avx512vl,avx512dq,avx512bw,prefer-vector-width=512")]] void sign_avx512(
    const Tables& tables, std::span<const std::uint64_t> shingles, std::uint32_t* out) {
  sign_all(tables, shingles, out);
}
#endif

Sign best_sign() {
#ifdef FETTLE_MATCH_X86
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw")) {
    return sign_avx512;
  }
  if (__builtin_cpu_supports("avx2")) return sign_avx2;
#endif
  return sign_plain;
}

}  // namespace

double meeting_chance(double s, const Bands& bands) {
  return 1 - std::pow(1 - std::pow(s, bands.rows), bands.bands);
}

Bands choose_bands(double threshold, int permutations, double recall) {
  for (int rows = permutations; rows >= 1; --rows) {
    const Bands bands{permutations / rows, rows};
    if (meeting_chance(threshold, bands) >= recall) return bands;
  }
  throw UsageError(
      "no bands of {} permutations find pairs of similarity {} with probability {}; raise "
      "permutations or threshold, or lower recall",
      permutations, threshold, recall);
}

MinHasher::MinHasher(int permutations, std::uint64_t seed) {
  if (permutations < 16 || permutations > 4096) {
    throw UsageError("permutations is {}; give 16 to 4096", permutations);
  }
  const Random random(seed, "minhash");
  for (int i = 0; i < permutations; ++i) {
    const std::uint64_t bits = random.bits(static_cast<std::uint64_t>(i));
    flip_.push_back(static_cast<std::uint32_t>(bits));
    factor_.push_back(static_cast<std::uint32_t>(bits >> 32) | 1U);
  }
}

void MinHasher::sign(std::span<const std::uint64_t> shingles, std::span<std::uint32_t> out) const {
  static const Sign sign_best = best_sign();
  std::fill(out.begin(), out.end(), std::numeric_limits<std::uint32_t>::max());
  sign_best({flip_.data(), factor_.data(), flip_.size()}, shingles, out.data());
}

double estimated_jaccard(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b) {
  std::size_t equal = 0;
  for (std::size_t i = 0; i < a.size(); ++i) equal += a[i] == b[i];
  return a.empty() ? 0 : static_cast<double>(equal) / static_cast<double>(a.size());
}

void band_keys(std::span<const std::uint32_t> signature, const Bands& bands,
               std::vector<std::uint64_t>& out) {
  out.clear();
  const auto rows = static_cast<std::size_t>(bands.rows);
  for (std::size_t band = 0; band < static_cast<std::size_t>(bands.bands); ++band) {
    const auto part = signature.subspan(band * rows, rows);
    const std::string_view bytes(reinterpret_cast<const char*>(part.data()), part.size_bytes());
    out.push_back(mix64(hash64(bytes) + band * 0x9e3779b97f4a7c15ULL));
  }
}

}  // namespace fettle::data
