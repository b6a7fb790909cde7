// Counter-based random numbers: a value is a function of (seed, stream, index), so any position is
// reached at once and nothing depends on what was drawn before. Philox4x32-10, Salmon et al. 2011.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace fettle {

// Ten rounds of Philox4x32.
[[nodiscard]] std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                                  std::array<std::uint32_t, 2> key);

// A named stream of a run's seed ("data-order", "dropout", "lora-init", ...).
class Random {
 public:
  Random(std::uint64_t seed, std::string_view stream);

  [[nodiscard]] std::uint64_t bits(std::uint64_t index) const;
  // Uniform in [0, 1) with 53 bits.
  [[nodiscard]] double uniform(std::uint64_t index) const;
  // Uniform in [0, bound); bound > 0. Multiply-shift: the bias is below 2^-32 for bound < 2^32.
  [[nodiscard]] std::uint64_t below(std::uint64_t index, std::uint64_t bound) const;
  // Standard normal by Box-Muller, two uniforms a value.
  [[nodiscard]] double normal(std::uint64_t index) const;

 private:
  std::array<std::uint32_t, 2> key_;
};

// Position `index` of a permutation of [0, size) that is a function of (seed, stream): a Feistel
// network over the next even power of two, walked until it lands inside. O(1) memory and seek.
class Permutation {
 public:
  Permutation(std::uint64_t size, std::uint64_t seed, std::string_view stream);
  [[nodiscard]] std::uint64_t operator()(std::uint64_t index) const;

 private:
  [[nodiscard]] std::uint64_t encrypt(std::uint64_t value) const;

  std::uint64_t size_;
  unsigned half_bits_;
  std::array<std::uint32_t, 2> key_;
};

}  // namespace fettle
