#include "base/hash.h"

#include <cstdint>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/format.h"

namespace fettle {
namespace {

std::string digits(const XXH128_hash_t& hash) {
  return text("{:016x}{:016x}", std::uint64_t{hash.high64}, std::uint64_t{hash.low64});
}

}  // namespace

std::string xxh3_128(std::string_view bytes) {
  return digits(XXH3_128bits(bytes.data(), bytes.size()));
}

std::string xxh3_128(std::span<const std::byte> bytes) {
  return xxh3_128(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

// The state is aligned by its type; new respects that since C++17.
struct Hasher::State {
  XXH3_state_t xxh;
};

Hasher::Hasher() : state_(std::make_unique<State>()) { XXH3_128bits_reset(&state_->xxh); }

Hasher::~Hasher() = default;

void Hasher::add(std::string_view bytes) {
  XXH3_128bits_update(&state_->xxh, bytes.data(), bytes.size());
}

std::string Hasher::xxh3_128() const { return digits(XXH3_128bits_digest(&state_->xxh)); }

}  // namespace fettle
