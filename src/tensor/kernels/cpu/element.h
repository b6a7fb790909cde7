// The types of numbers that the CPU kernels read and write. Sums are float32 whatever the type.
#pragma once

#include <cstdint>

namespace fettle::tensor::cpu {

// The upper half of a float32.
struct Bfloat16 {
  std::uint16_t bits;
};

enum class Element : std::uint8_t { kFloat32, kBfloat16 };

template <class T>
constexpr Element kElementOf = Element::kFloat32;
template <>
inline constexpr Element kElementOf<Bfloat16> = Element::kBfloat16;

}  // namespace fettle::tensor::cpu
