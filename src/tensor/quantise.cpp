// The roundings of quantize_row_q8_0_ref, _q4_0_ref and _q4_1_ref in ggml-quants.c.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "tensor/gguf_write.h"
#include "tensor/half.h"

namespace fettle::tensor {
namespace {

constexpr std::size_t kBlock = 32;
// From here on a half rounds to infinity.
constexpr float kHalfLimit = 65520.0F;

void put_half(std::byte* at, float value) {
  if (!(std::fabs(value) < kHalfLimit)) {
    throw ModelError(
        "a block's scale or minimum of {} does not fit in a half, nor do values that "
        "are not finite; write the tensor as F32 and look at its values",
        value);
  }
  const std::uint16_t half = float_to_half(value);
  std::memcpy(at, &half, sizeof half);
}

// 1 / scale, or 0 where that is infinite: such a block is all zeros as a half.
float inverse(float scale) {
  const float out = 1.0F / scale;
  return std::isfinite(out) ? out : 0.0F;
}

std::byte nibbles(const std::array<std::uint8_t, kBlock>& codes, std::size_t i) {
  return static_cast<std::byte>(codes[i] | codes[i + kBlock / 2] << 4);
}

void check_finite(std::span<const float> values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) continue;
    throw ModelError("value {} is {}; only finite values can be quantised", i, values[i]);
  }
}

void put_q8_0(const float* values, std::byte* out) {
  float largest = 0;
  for (std::size_t i = 0; i < kBlock; ++i) largest = std::max(largest, std::fabs(values[i]));
  const float scale = largest / 127.0F;
  put_half(out, scale);
  const float factor = inverse(scale);
  for (std::size_t i = 0; i < kBlock; ++i) {
    out[2 + i] = static_cast<std::byte>(static_cast<std::int8_t>(std::round(values[i] * factor)));
  }
}

void put_q4_0(const float* values, std::byte* out) {
  float largest = 0;
  for (std::size_t i = 0; i < kBlock; ++i) {
    if (std::fabs(values[i]) > std::fabs(largest)) largest = values[i];
  }
  const float scale = largest / -8.0F;
  put_half(out, scale);
  const float factor = inverse(scale);
  std::array<std::uint8_t, kBlock> codes;
  for (std::size_t i = 0; i < kBlock; ++i) {
    codes[i] = static_cast<std::uint8_t>(std::min(15, static_cast<int>(values[i] * factor + 8.5F)));
  }
  for (std::size_t i = 0; i < kBlock / 2; ++i) out[2 + i] = nibbles(codes, i);
}

void put_q4_1(const float* values, std::byte* out) {
  const auto [least, most] = std::minmax_element(values, values + kBlock);
  const float scale = (*most - *least) / 15.0F;
  put_half(out, scale);
  put_half(out + 2, *least);
  const float factor = inverse(scale);
  std::array<std::uint8_t, kBlock> codes;
  for (std::size_t i = 0; i < kBlock; ++i) {
    const float steps = (values[i] - *least) * factor + 0.5F;
    codes[i] = static_cast<std::uint8_t>(std::min(15, static_cast<int>(steps)));
  }
  for (std::size_t i = 0; i < kBlock / 2; ++i) out[4 + i] = nibbles(codes, i);
}

template <auto Put>
void put_blocks(GgmlType type, std::span<const float> values, std::byte* out) {
  check_finite(values);
  const auto step = static_cast<std::size_t>(ggml_type(type).block_bytes);
  for (std::size_t i = 0; i < values.size(); i += kBlock, out += step) Put(&values[i], out);
}

template <auto Convert>
void put_two_bytes(std::span<const float> values, std::byte* out) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint16_t bits = Convert(values[i]);
    std::memcpy(out + i * sizeof bits, &bits, sizeof bits);
  }
}

}  // namespace

std::size_t ggml_bytes(GgmlType type, std::size_t values) {
  const GgmlTypeRow& row = ggml_type(type);
  const auto block_size = static_cast<std::size_t>(row.block_size);
  if (values % block_size != 0) {
    throw InternalError("{} values are no whole blocks; {} holds {} a block", values, row.name,
                        block_size);
  }
  return values / block_size * static_cast<std::size_t>(row.block_bytes);
}

void quantise(GgmlType type, std::span<const float> values, std::span<std::byte> out) {
  if (out.size() != ggml_bytes(type, values.size())) {
    throw InternalError("{} values of {} take {} bytes, not {}", values.size(),
                        ggml_type(type).name, ggml_bytes(type, values.size()), out.size());
  }
  if (values.empty()) return;
  switch (type) {
    case GgmlType::kF32:
      std::memcpy(out.data(), values.data(), out.size());
      return;
    case GgmlType::kF16:
      return put_two_bytes<float_to_half>(values, out.data());
    case GgmlType::kBF16:
      return put_two_bytes<float_to_bfloat16>(values, out.data());
    case GgmlType::kQ8_0:
      return put_blocks<put_q8_0>(type, values, out.data());
    case GgmlType::kQ4_0:
      return put_blocks<put_q4_0>(type, values, out.data());
    case GgmlType::kQ4_1:
      return put_blocks<put_q4_1>(type, values, out.data());
    default:
      throw ModelError("{} is read, not written; F32, F16, BF16, Q8_0, Q4_0 and Q4_1 are written",
                       ggml_type(type).name);
  }
}

}  // namespace fettle::tensor
