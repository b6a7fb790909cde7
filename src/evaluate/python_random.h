// CPython's random.Random, so that few-shot examples are those that lm-evaluation-harness draws
// for the same seed: MT19937 (Matsumoto and Nishimura 1998) seeded as Random(int) does.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace fettle::evaluate {

class PythonRandom {
 public:
  explicit PythonRandom(std::uint32_t seed);

  // getrandbits(32).
  [[nodiscard]] std::uint32_t bits();
  // randrange(bound), 0 < bound < 2^32.
  [[nodiscard]] std::uint32_t below(std::uint32_t bound);
  // The indices of sample(population, count) of a population of `size`, as CPython 3.11 and later
  // choose them. Throws InternalError when count > size.
  [[nodiscard]] std::vector<std::size_t> sample(std::size_t size, std::size_t count);

 private:
  std::array<std::uint32_t, 624> state_{};
  std::size_t at_ = 624;
};

}  // namespace fettle::evaluate
