// IEEE half and bfloat16 to and from float, without intrinsics: branch-free, so that loops over
// them vectorise. Round to nearest even, as ggml and NumPy round.
#pragma once

#include <bit>
#include <cstdint>

namespace fettle::tensor {

[[nodiscard]] inline float half_to_float(std::uint16_t half) {
  constexpr std::uint32_t kRebias = std::uint32_t{127 - 15} << 23;
  const std::uint32_t magnitude = std::uint32_t{half} & 0x7fffU;
  const std::uint32_t exponent = magnitude >> 10;
  const std::uint32_t normal = (magnitude << 13) + kRebias;
  // By way of an integer, so that a thread that flushes denormals reads the same value.
  const float subnormal = static_cast<float>(static_cast<std::int32_t>(magnitude)) * 0x1p-24F;
  std::uint32_t bits = exponent == 31 ? normal + kRebias : normal;
  bits = exponent == 0 ? std::bit_cast<std::uint32_t>(subnormal) : bits;
  return std::bit_cast<float>(bits | (std::uint32_t{half} & 0x8000U) << 16);
}

[[nodiscard]] inline std::uint16_t float_to_half(float value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = bits >> 16 & 0x8000U;
  const std::uint32_t magnitude = bits & 0x7fffffffU;
  std::uint32_t half = 0;
  if (magnitude > 0x7f800000U) {  // NaN stays NaN
    half = 0x7e00U;
  } else if (magnitude >= 0x477ff000U) {  // 65520 and above round to infinity
    half = 0x7c00U;
  } else if (magnitude >= 0x38800000U) {  // normal: the carry of rounding may raise the exponent
    half = (magnitude - (std::uint32_t{112} << 23) + 0xfffU + (magnitude >> 13 & 1U)) >> 13;
  } else if (magnitude > 0x33000000U) {  // subnormal: units of 2^-24
    const std::uint32_t shift = 126U - (magnitude >> 23);
    const std::uint32_t mantissa = (magnitude & 0x7fffffU) | 0x800000U;
    const std::uint32_t rest = mantissa & ((1U << shift) - 1U);
    half = mantissa >> shift;
    const std::uint32_t middle = 1U << (shift - 1U);
    half += rest > middle || (rest == middle && (half & 1U) != 0U) ? 1U : 0U;
  }
  return static_cast<std::uint16_t>(half | sign);
}

[[nodiscard]] inline float bfloat16_to_float(std::uint16_t bits) {
  return std::bit_cast<float>(std::uint32_t{bits} << 16);
}

[[nodiscard]] inline std::uint16_t float_to_bfloat16(float value) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  // A NaN is made quiet; rounding it could turn it into infinity.
  if ((bits & 0x7fffffffU) > 0x7f800000U) return static_cast<std::uint16_t>(bits >> 16 | 64U);
  return static_cast<std::uint16_t>((bits + 0x7fffU + (bits >> 16 & 1U)) >> 16);
}

}  // namespace fettle::tensor
