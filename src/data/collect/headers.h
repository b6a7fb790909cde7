// Headers of IDX files (MNIST's), WAV and FLAC clips, PNG and JPEG images: what a row says of a
// thing that it names. Nothing is decoded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/collect/window.h"

namespace fettle::data::collect {

// IDX: 0 0 type dimensions, then each size as 32 bits, big-endian (LeCun, the MNIST database).
struct IdxHeader {
  std::string_view type;  // "uint8", "int8", "int16", "int32", "float32", "float64"
  std::uint64_t items = 0;
  std::vector<std::uint64_t> shape;  // of one item
  std::uint64_t item_bytes = 0;
  std::uint64_t header_bytes = 0;
};

// Consumes the header. Sizes whose product does not fit 62 bits are refused.
[[nodiscard]] Result<IdxHeader> read_idx_header(Window& window);

struct ClipHeader {
  std::string_view format;    // "wav", "flac"
  std::string_view encoding;  // "pcm", "float", "a-law", "mu-law", "other"
  std::int64_t rate = 0;      // samples a second and channel
  std::int64_t channels = 0;
  std::int64_t bits = 0;
  std::int64_t frames = -1;  // samples a channel; -1: the header does not say
};

// RIFF/RF64 WAVE (Multimedia Programming Interface 1.0; EBU Tech 3306) or FLAC (RFC 9639). Consumes
// what it reads; a WAV file that is shorter than its header says is a Problem.
[[nodiscard]] Result<ClipHeader> read_clip_header(Window& window);

struct ImageHeader {
  std::string_view format;  // "png", "jpeg"
  std::int64_t width = 0;
  std::int64_t height = 0;
};

// PNG (W3C, 11.2.2) or JPEG (ITU-T T.81, B.2.2).
[[nodiscard]] Result<ImageHeader> read_image_header(Window& window);

}  // namespace fettle::data::collect
