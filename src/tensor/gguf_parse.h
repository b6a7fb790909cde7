// The contents of a GGUF file, apart from the file they stand in. Used by the reader; the fuzzer
// calls it on plain bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/gguf.h"

namespace fettle::tensor {

// The format's number of each kind of metadata value.
enum class GgufKind : std::uint32_t {
  kU8,
  kI8,
  kU16,
  kI16,
  kU32,
  kI32,
  kF32,
  kBool,
  kString,
  kArray,
  kU64,
  kI64,
  kF64,
};

inline constexpr std::string_view kAlignmentKey = "general.alignment";
inline constexpr std::uint64_t kDefaultGgufAlignment = 32;
inline constexpr std::uint64_t kMaxGgufDimensions = 4;
// ggml keeps names in 64 bytes.
inline constexpr std::uint64_t kMaxGgufName = 64;
// What metadata may take in memory: an array of the smallest values grows eightfold when read.
inline constexpr std::uint64_t kGgufMetadataBudget = std::uint64_t{1} << 29;

struct GgufContents {
  std::map<std::string, GgufValue> metadata;
  std::vector<GgufTensor> tensors;  // in the file's order; bytes point into the input
};

// bytes: the whole file. where: its name in messages. Throws ModelError on the first broken rule.
[[nodiscard]] GgufContents parse_gguf(std::span<const std::byte> bytes, std::string_view where);

}  // namespace fettle::tensor
