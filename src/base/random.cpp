#include "base/random.h"

#include <bit>
#include <cmath>
#include <numbers>

namespace fettle {
namespace {

__extension__ using Wide = unsigned __int128;

// FNV-1a of the stream's name, mixed into the key so that streams of one seed are independent.
std::uint64_t name_hash(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : name) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  return hash;
}

std::array<std::uint32_t, 2> make_key(std::uint64_t seed, std::string_view stream) {
  std::uint64_t mixed = seed * 0x9e3779b97f4a7c15ULL ^ name_hash(stream);
  mixed ^= mixed >> 31;
  mixed *= 0xbf58476d1ce4e5b9ULL;
  mixed ^= mixed >> 29;
  return {static_cast<std::uint32_t>(mixed), static_cast<std::uint32_t>(mixed >> 32)};
}

}  // namespace

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                    std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t product1 = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0],
               static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1],
               static_cast<std::uint32_t>(product0)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

Random::Random(std::uint64_t seed, std::string_view stream) : key_(make_key(seed, stream)) {}

std::uint64_t Random::bits(std::uint64_t index) const {
  const auto out = philox(
      {static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32), 0, 0}, key_);
  return (std::uint64_t{out[1]} << 32) | out[0];
}

double Random::uniform(std::uint64_t index) const {
  return static_cast<double>(bits(index) >> 11) * 0x1.0p-53;
}

std::uint64_t Random::below(std::uint64_t index, std::uint64_t bound) const {
  return static_cast<std::uint64_t>((static_cast<Wide>(bits(index)) * bound) >> 64);
}

double Random::normal(std::uint64_t index) const {
  const double radius = std::sqrt(-2.0 * std::log1p(-uniform(2 * index)));
  return radius * std::cos(2.0 * std::numbers::pi * uniform(2 * index + 1));
}

Permutation::Permutation(std::uint64_t size, std::uint64_t seed, std::string_view stream)
    : size_(size), key_(make_key(seed, stream)) {
  const auto bits = static_cast<unsigned>(std::bit_width(size > 1 ? size - 1 : 1));
  half_bits_ = (bits + 1) / 2;
}

std::uint64_t Permutation::encrypt(std::uint64_t value) const {
  const std::uint64_t mask = (std::uint64_t{1} << half_bits_) - 1;
  std::uint64_t left = value >> half_bits_;
  std::uint64_t right = value & mask;
  for (std::uint32_t round = 0; round < 6; ++round) {
    const auto out = philox({static_cast<std::uint32_t>(right),
                             static_cast<std::uint32_t>(right >> 32), round, 0x66657474},
                            key_);
    const std::uint64_t mixed = (std::uint64_t{out[1]} << 32) | out[0];
    const std::uint64_t next = (left ^ mixed) & mask;
    left = right;
    right = next;
  }
  return (left << half_bits_) | right;
}

std::uint64_t Permutation::operator()(std::uint64_t index) const {
  std::uint64_t value = encrypt(index);
  while (value >= size_) value = encrypt(value);
  return value;
}

}  // namespace fettle
