// XXH3-128 for integrity (not for secrecy): fast enough to check every byte of a checkpoint.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace fettle {

// 32 lower-case hexadecimal digits.
[[nodiscard]] std::string xxh3_128(std::string_view bytes);
[[nodiscard]] std::string xxh3_128(std::span<const std::byte> bytes);

}  // namespace fettle
