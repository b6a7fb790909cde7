// Block formats and formulae: ggml's ggml-common.h and ggml-quants.c. Each block is copied to a
// local array first: a store through float* could otherwise touch the input for all the compiler
// knows, and nothing would vectorise.
#include <array>
#include <cstring>

#include "base/error.h"
#include "tensor/gguf.h"
#include "tensor/half.h"

namespace fettle::tensor {
namespace {

constexpr std::size_t kSmall = 32;   // values of a block of the plain formats
constexpr std::size_t kSuper = 256;  // values of a block of the K formats

template <std::size_t Count>
using Bytes = std::array<std::uint8_t, Count>;

template <std::size_t Count>
Bytes<Count> bytes_at(const std::byte* at) {
  Bytes<Count> out;
  std::memcpy(out.data(), at, Count);
  return out;
}

float half_at(const std::byte* at) {
  std::uint16_t bits = 0;
  std::memcpy(&bits, at, sizeof bits);
  return half_to_float(bits);
}

void q8_0_block(const std::byte* block, float* out) {
  const float scale = half_at(block);
  const auto values = bytes_at<kSmall>(block + 2);
  for (std::size_t i = 0; i < kSmall; ++i) {
    out[i] = scale * static_cast<float>(static_cast<std::int8_t>(values[i]));
  }
}

void q4_0_block(const std::byte* block, float* out) {
  const float scale = half_at(block);
  const auto pairs = bytes_at<kSmall / 2>(block + 2);
  for (std::size_t i = 0; i < kSmall / 2; ++i) {
    out[i] = scale * static_cast<float>((pairs[i] & 15) - 8);
    out[i + kSmall / 2] = scale * static_cast<float>((pairs[i] >> 4) - 8);
  }
}

void q4_1_block(const std::byte* block, float* out) {
  const float scale = half_at(block);
  const float least = half_at(block + 2);
  const auto pairs = bytes_at<kSmall / 2>(block + 4);
  for (std::size_t i = 0; i < kSmall / 2; ++i) {
    out[i] = scale * static_cast<float>(pairs[i] & 15) + least;
    out[i + kSmall / 2] = scale * static_cast<float>(pairs[i] >> 4) + least;
  }
}

// The fifth bits of 32 values, as 16 or 0.
Bytes<kSmall> fifth_bits(const std::byte* at) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, at, sizeof bits);
  Bytes<kSmall> out;
  for (std::size_t i = 0; i < kSmall; ++i) {
    out[i] = static_cast<std::uint8_t>((bits >> i & 1U) << 4);
  }
  return out;
}

void q5_0_block(const std::byte* block, float* out) {
  const float scale = half_at(block);
  const auto high = fifth_bits(block + 2);
  const auto pairs = bytes_at<kSmall / 2>(block + 6);
  for (std::size_t i = 0; i < kSmall / 2; ++i) {
    out[i] = scale * static_cast<float>(((pairs[i] & 15) | high[i]) - 16);
    out[i + kSmall / 2] = scale * static_cast<float>(((pairs[i] >> 4) | high[i + kSmall / 2]) - 16);
  }
}

void q5_1_block(const std::byte* block, float* out) {
  const float scale = half_at(block);
  const float least = half_at(block + 2);
  const auto high = fifth_bits(block + 4);
  const auto pairs = bytes_at<kSmall / 2>(block + 8);
  for (std::size_t i = 0; i < kSmall / 2; ++i) {
    out[i] = scale * static_cast<float>((pairs[i] & 15) | high[i]) + least;
    out[i + kSmall / 2] =
        scale * static_cast<float>((pairs[i] >> 4) | high[i + kSmall / 2]) + least;
  }
}

// Scale and minimum of each 32 values of a Q4_K or Q5_K block: 8 pairs of 6 bits in 12 bytes.
struct SixBitPairs {
  std::array<float, 8> scale;
  std::array<float, 8> least;
};

SixBitPairs six_bit_pairs(const std::byte* block) {
  const float scale = half_at(block);
  const float least = half_at(block + 2);
  const auto packed = bytes_at<12>(block + 4);
  SixBitPairs out{};
  for (std::size_t i = 0; i < 4; ++i) {
    out.scale[i] = scale * static_cast<float>(packed[i] & 63);
    out.least[i] = least * static_cast<float>(packed[i + 4] & 63);
    out.scale[i + 4] = scale * static_cast<float>((packed[i + 8] & 15) | packed[i] >> 6 << 4);
    out.least[i + 4] = least * static_cast<float>(packed[i + 8] >> 4 | packed[i + 4] >> 6 << 4);
  }
  return out;
}

void q4_k_block(const std::byte* block, float* out) {
  const SixBitPairs pairs = six_bit_pairs(block);
  for (std::size_t group = 0; group < 8; group += 2) {
    const auto values = bytes_at<32>(block + 16 + group * 16);
    for (std::size_t i = 0; i < 32; ++i) {
      out[i] = pairs.scale[group] * static_cast<float>(values[i] & 15) - pairs.least[group];
      out[i + 32] =
          pairs.scale[group + 1] * static_cast<float>(values[i] >> 4) - pairs.least[group + 1];
    }
    out += 64;
  }
}

void q5_k_block(const std::byte* block, float* out) {
  const SixBitPairs pairs = six_bit_pairs(block);
  const auto high = bytes_at<32>(block + 16);
  for (std::size_t group = 0; group < 8; group += 2) {
    const auto values = bytes_at<32>(block + 48 + group * 16);
    for (std::size_t i = 0; i < 32; ++i) {
      const int low_value = (values[i] & 15) | (high[i] >> group & 1) << 4;
      const int high_value = values[i] >> 4 | (high[i] >> (group + 1) & 1) << 4;
      out[i] = pairs.scale[group] * static_cast<float>(low_value) - pairs.least[group];
      out[i + 32] =
          pairs.scale[group + 1] * static_cast<float>(high_value) - pairs.least[group + 1];
    }
    out += 64;
  }
}

void q6_k_block(const std::byte* block, float* out) {
  const float scale = half_at(block + 208);
  std::array<float, 16> scales;
  for (std::size_t i = 0; i < 16; ++i) {
    scales[i] = scale * static_cast<float>(static_cast<std::int8_t>(block[192 + i]));
  }
  for (std::size_t part = 0; part < 2; ++part) {
    const auto low = bytes_at<64>(block + part * 64);
    const auto high = bytes_at<32>(block + 128 + part * 32);
    for (std::size_t quarter = 0; quarter < 4; ++quarter) {
      const std::size_t begin = (quarter & 1U) * 32;
      const unsigned low_shift = quarter < 2 ? 0 : 4;
      const float* pair = &scales[part * 8 + quarter * 2];
      for (std::size_t i = 0; i < 32; ++i) {
        const int value = (low[begin + i] >> low_shift & 15) | (high[i] >> 2 * quarter & 3) << 4;
        out[i] = pair[i / 16] * static_cast<float>(value - 32);
      }
      out += 32;
    }
  }
}

template <auto Convert>
void two_byte_values(const std::byte* from, float* out, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, from + i * sizeof bits, sizeof bits);
    out[i] = Convert(bits);
  }
}

template <auto Block>
void each_block(const GgmlTypeRow& row, const std::byte* from, float* out, std::size_t count) {
  const auto block_bytes = static_cast<std::size_t>(row.block_bytes);
  const auto block_size = static_cast<std::size_t>(row.block_size);
  for (std::size_t i = 0; i < count; ++i) Block(from + i * block_bytes, out + i * block_size);
}

}  // namespace

void dequantise(GgmlType type, std::span<const std::byte> bytes, std::span<float> out) {
  const GgmlTypeRow& row = ggml_type(type);
  const std::size_t blocks = bytes.size() / static_cast<std::size_t>(row.block_bytes);
  if (bytes.size() % static_cast<std::size_t>(row.block_bytes) != 0 ||
      out.size() != blocks * static_cast<std::size_t>(row.block_size)) {
    throw InternalError("{} bytes of {} do not fill {} values; blocks of {} bytes hold {}",
                        bytes.size(), row.name, out.size(), row.block_bytes, row.block_size);
  }
  if (blocks == 0) return;
  switch (type) {
    case GgmlType::kF32:
      std::memcpy(out.data(), bytes.data(), bytes.size());
      return;
    case GgmlType::kF16:
      return two_byte_values<half_to_float>(bytes.data(), out.data(), blocks);
    case GgmlType::kBF16:
      return two_byte_values<bfloat16_to_float>(bytes.data(), out.data(), blocks);
    case GgmlType::kQ8_0:
      return each_block<q8_0_block>(row, bytes.data(), out.data(), blocks);
    case GgmlType::kQ4_0:
      return each_block<q4_0_block>(row, bytes.data(), out.data(), blocks);
    case GgmlType::kQ4_1:
      return each_block<q4_1_block>(row, bytes.data(), out.data(), blocks);
    case GgmlType::kQ5_0:
      return each_block<q5_0_block>(row, bytes.data(), out.data(), blocks);
    case GgmlType::kQ5_1:
      return each_block<q5_1_block>(row, bytes.data(), out.data(), blocks);
    case GgmlType::kQ4_K:
      return each_block<q4_k_block>(row, bytes.data(), out.data(), blocks);
    case GgmlType::kQ5_K:
      return each_block<q5_k_block>(row, bytes.data(), out.data(), blocks);
    case GgmlType::kQ6_K:
      return each_block<q6_k_block>(row, bytes.data(), out.data(), blocks);
  }
}

}  // namespace fettle::tensor
