// The kernels' source with matrix tiles, which are emulated here: what is brought into them and
// where their sums go is tested on any processor.
#include <cstddef>
#include <cstring>

#define FETTLE_LANES 16
#define FETTLE_TILE_ROWS 12
#include "tensor/kernels/cpu/vector_kernel.h"
#include "tests/tensor/wide_kernels.h"

namespace fettle::tensor::cpu {
namespace {

constexpr std::size_t kTiles = 8;
constexpr std::size_t kTileLines = 16;
constexpr std::size_t kLineBytes = 64;
thread_local std::byte tiles[kTiles][kTileLines][kLineBytes];
thread_local bool configured = false;

void configure(const unsigned char* bytes) {
  configured = bytes[0] == 1;
  for (std::size_t t = 0; t < kTiles; ++t) {
    configured = configured && bytes[16 + 2 * t] == kLineBytes && bytes[48 + t] == kTileLines;
  }
}

void load_tile(std::size_t t, const void* from, std::size_t stride) {
  for (std::size_t i = 0; i < kTileLines; ++i) {
    std::memcpy(tiles[t][i], static_cast<const std::byte*>(from) + i * stride, kLineBytes);
  }
}

void store_tile(std::size_t t, void* to, std::size_t stride) {
  for (std::size_t i = 0; i < kTileLines; ++i) {
    std::memcpy(static_cast<std::byte*>(to) + i * stride, tiles[t][i], kLineBytes);
  }
}

float half_at(std::size_t t, std::size_t line, std::size_t at) {
  Bfloat16 half;
  std::memcpy(&half, tiles[t][line] + 2 * at, sizeof(half));
  return value_of(half);
}

// Without a configuration the sums are wrong, as the processor's would be a fault.
void dot_tiles(std::size_t sum, std::size_t a, std::size_t b) {
  for (std::size_t i = 0; i < kTileLines; ++i) {
    for (std::size_t j = 0; j < kTileLines; ++j) {
      float total = configured ? 0.0F : 1e9F;
      for (std::size_t p = 0; p < kTileLines; ++p) {
        total += half_at(a, i, 2 * p) * half_at(b, p, 2 * j) +
                 half_at(a, i, 2 * p + 1) * half_at(b, p, 2 * j + 1);
      }
      float value = 0.0F;
      std::memcpy(&value, tiles[sum][i] + 4 * j, sizeof(value));
      value += total;
      std::memcpy(tiles[sum][i] + 4 * j, &value, sizeof(value));
    }
  }
}

}  // namespace
}  // namespace fettle::tensor::cpu

#define FETTLE_TILE_CONFIGURE(bytes) configure(bytes)
#define FETTLE_TILE_RELEASE() configured = false
#define FETTLE_TILE_ZERO(t) std::memset(tiles[t], 0, sizeof(tiles[t]))
#define FETTLE_TILE_LOAD(t, from, stride) load_tile(t, from, stride)
#define FETTLE_TILE_STORE(t, to, stride) store_tile(t, to, stride)
#define FETTLE_TILE_DOT(sum, a, b) dot_tiles(sum, a, b)
#include "tensor/kernels/cpu/part_kernel.h"

namespace fettle::tensor::cpu {

void bring_tiles(const Matrix& b, std::int64_t depth, std::int64_t columns, float* strips) {
  bring_strips(b, depth, columns, strips);
}

void multiply_tiles(const Part& part) { multiply_part(part); }

}  // namespace fettle::tensor::cpu
