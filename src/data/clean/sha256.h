// SHA-256 (FIPS 180-4) and HMAC (RFC 2104): for check sums of addresses and for keyed stand-ins.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace fettle::data::clean {

using Digest = std::array<std::uint8_t, 32>;

[[nodiscard]] Digest sha256(std::string_view bytes);
[[nodiscard]] Digest hmac_sha256(std::string_view key, std::string_view bytes);

}  // namespace fettle::data::clean
