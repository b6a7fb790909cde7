#include "base/hash.h"

#include <cstdint>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/format.h"

namespace fettle {

std::string xxh3_128(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return text("{:016x}{:016x}", std::uint64_t{hash.high64}, std::uint64_t{hash.low64});
}

std::string xxh3_128(std::span<const std::byte> bytes) {
  return xxh3_128(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

}  // namespace fettle
