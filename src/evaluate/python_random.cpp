#include "evaluate/python_random.h"

#include <bit>
#include <cmath>
#include <unordered_set>

#include "base/error.h"

namespace fettle::evaluate {
namespace {

constexpr std::size_t kSize = 624;
constexpr std::size_t kShift = 397;

std::uint32_t mixed(std::uint32_t value) { return value ^ (value >> 30U); }

}  // namespace

// init_by_array of the reference implementation with the key {seed}.
PythonRandom::PythonRandom(std::uint32_t seed) {
  state_[0] = 19650218U;
  for (std::uint32_t i = 1; i < kSize; ++i) {
    state_[i] = 1812433253U * mixed(state_[i - 1]) + i;
  }
  std::size_t i = 1;
  for (std::size_t k = 0; k < kSize; ++k) {
    state_[i] = (state_[i] ^ (mixed(state_[i - 1]) * 1664525U)) + seed;
    if (++i == kSize) {
      state_[0] = state_[kSize - 1];
      i = 1;
    }
  }
  for (std::size_t k = 0; k + 1 < kSize; ++k) {
    state_[i] = (state_[i] ^ (mixed(state_[i - 1]) * 1566083941U)) - static_cast<std::uint32_t>(i);
    if (++i == kSize) {
      state_[0] = state_[kSize - 1];
      i = 1;
    }
  }
  state_[0] = 0x80000000U;
}

std::uint32_t PythonRandom::bits() {
  if (at_ == kSize) {
    for (std::size_t i = 0; i < kSize; ++i) {
      const std::uint32_t joined =
          (state_[i] & 0x80000000U) | (state_[(i + 1) % kSize] & 0x7FFFFFFFU);
      state_[i] = state_[(i + kShift) % kSize] ^ (joined >> 1U) ^ ((joined & 1U) * 0x9908B0DFU);
    }
    at_ = 0;
  }
  std::uint32_t value = state_[at_++];
  value ^= value >> 11U;
  value ^= (value << 7U) & 0x9D2C5680U;
  value ^= (value << 15U) & 0xEFC60000U;
  return value ^ (value >> 18U);
}

std::uint32_t PythonRandom::below(std::uint32_t bound) {
  const auto width = static_cast<unsigned>(std::bit_width(bound));
  std::uint32_t value = bits() >> (32U - width);
  while (value >= bound) value = bits() >> (32U - width);
  return value;
}

std::vector<std::size_t> PythonRandom::sample(std::size_t size, std::size_t count) {
  if (count > size) throw InternalError("a sample of {} from {} rows", count, size);
  double small = 21;  // up to here a list is cheaper than a set, says CPython
  if (count > 5) {
    small += std::pow(4, std::ceil(std::log(static_cast<double>(count) * 3) / std::log(4.0)));
  }
  std::vector<std::size_t> out;
  if (static_cast<double>(size) <= small) {
    std::vector<std::size_t> pool(size);
    for (std::size_t i = 0; i < size; ++i) pool[i] = i;
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t at = below(static_cast<std::uint32_t>(size - i));
      out.push_back(pool[at]);
      pool[at] = pool[size - i - 1];
    }
    return out;
  }
  std::unordered_set<std::size_t> taken;
  while (out.size() < count) {
    const std::size_t at = below(static_cast<std::uint32_t>(size));
    if (taken.insert(at).second) out.push_back(at);
  }
  return out;
}

}  // namespace fettle::evaluate
