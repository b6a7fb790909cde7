// The header of a safetensors file, apart from the file it stands in. Used by the reader; the
// fuzzer calls it on plain bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/safetensors.h"

namespace fettle::tensor {

// Limits of the format: the reference's cap on the header, the schema's cap on every integer.
inline constexpr std::uint64_t kMaxSafetensorsHeader = 100'000'000;
inline constexpr std::uint64_t kMaxSafetensorsInteger = (std::uint64_t{1} << 48) - 1;

struct SafetensorsContents {
  std::vector<TensorEntry> entries;  // sorted by name; bytes point into the input
  std::map<std::string, std::string> metadata;
};

// bytes: the whole file. where: its name in messages. Throws ModelError on the first broken rule.
[[nodiscard]] SafetensorsContents parse_safetensors(std::span<const std::byte> bytes,
                                                    std::string_view where);

}  // namespace fettle::tensor
