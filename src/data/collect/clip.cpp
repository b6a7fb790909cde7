// Headers of WAV and FLAC clips.
#include <algorithm>

#include "base/format.h"
#include "data/collect/headers.h"

namespace fettle::data::collect {
namespace {

constexpr std::size_t kMaxChunks = 1000;
constexpr std::uint32_t kUnknownSize = 0xffffffffU;

std::uint64_t little(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = count; i-- > 0;) {
    value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  }
  return value;
}

tl::unexpected<Problem> cut_off(const Window& window) {
  return problem(window.name(),
                 "the clip is shorter than its header says; the file is cut off, fetch it again");
}

std::string_view encoding_of(std::uint64_t tag) {
  switch (tag) {
    case 1:
      return "pcm";
    case 3:
      return "float";
    case 6:
      return "a-law";
    case 7:
      return "mu-law";
    default:
      return "other";
  }
}

class WavReader {
 public:
  explicit WavReader(Window& window) : window_(window) {}

  Result<ClipHeader> read() {
    header_.format = "wav";
    window_.consume(12);
    for (std::size_t chunk = 0; chunk < kMaxChunks; ++chunk) {
      const std::string_view view = window_.fill(8);
      if (view.size() < 8) break;
      const std::string id(view.substr(0, 4));
      const std::uint64_t size = little(view, 4, 4);
      window_.consume(8);
      if (id == "data") return read_data(size);
      if (id == "fmt " && !read_format(size)) return cut_off(window_);
      if (id == "ds64" && !read_sizes(size)) return cut_off(window_);
      const bool read = id == "fmt " || id == "ds64";
      if (!read && !window_.skip(size + size % 2)) return cut_off(window_);
    }
    return problem(window_.name(), "the WAV file has no data chunk; it is cut off or no sound");
  }

 private:
  bool read_format(std::uint64_t size) {
    const std::string_view view = window_.fill(std::min<std::uint64_t>(size, 40));
    if (view.size() < 16) return false;
    std::uint64_t tag = little(view, 0, 2);
    // WAVE_FORMAT_EXTENSIBLE: the tag begins the sub-format's identifier.
    if (tag == 0xfffe && view.size() >= 26) tag = little(view, 24, 2);
    header_.encoding = encoding_of(tag);
    header_.channels = static_cast<std::int64_t>(little(view, 2, 2));
    header_.rate = static_cast<std::int64_t>(little(view, 4, 4));
    block_ = little(view, 12, 2);
    header_.bits = static_cast<std::int64_t>(little(view, 14, 2));
    return window_.skip(size + size % 2);
  }

  bool read_sizes(std::uint64_t size) {
    const std::string_view view = window_.fill(16);
    if (view.size() < 16) return false;
    long_size_ = little(view, 8, 8);
    return window_.skip(size + size % 2);
  }

  Result<ClipHeader> read_data(std::uint64_t size) {
    if (header_.channels == 0 || header_.rate == 0 || block_ == 0) {
      return problem(window_.name(), "the WAV file's format says 0 channels or 0 samples a second");
    }
    if (size == kUnknownSize && long_size_ > 0) size = long_size_;
    if (size == kUnknownSize) return header_;
    if (!window_.skip(size)) return cut_off(window_);
    header_.frames = static_cast<std::int64_t>(size / block_);
    return header_;
  }

  Window& window_;
  ClipHeader header_;
  std::uint64_t block_ = 0;
  std::uint64_t long_size_ = 0;
};

// STREAMINFO is the first block: rate 20 bits, channels 3, bits 5, samples 36 (RFC 9639, 8.2).
Result<ClipHeader> read_flac(Window& window) {
  const std::string_view view = window.fill(42);
  if (view.size() < 42) return cut_off(window);
  const bool stream_info = (view[4] & 0x7f) == 0;
  std::uint64_t packed = 0;
  for (std::size_t i = 18; i < 26; ++i) packed = packed << 8 | static_cast<unsigned char>(view[i]);
  ClipHeader header{"flac", "pcm"};
  header.rate = static_cast<std::int64_t>(packed >> 44);
  header.channels = static_cast<std::int64_t>(packed >> 41 & 7) + 1;
  header.bits = static_cast<std::int64_t>(packed >> 36 & 31) + 1;
  const auto samples = static_cast<std::int64_t>(packed & 0xfffffffffULL);
  header.frames = samples == 0 ? -1 : samples;
  if (!stream_info || header.rate == 0 || header.bits < 4) {
    return problem(window.name(), "the FLAC file does not begin with a valid STREAMINFO block");
  }
  return header;
}

}  // namespace

Result<ClipHeader> read_clip_header(Window& window) {
  std::string_view view = window.fill(12);
  // An ID3v2 tag may stand before FLAC: its size is 4 times 7 bits.
  if (view.size() >= 10 && view.starts_with("ID3")) {
    std::uint64_t size = 10;
    for (std::size_t i = 6, shift = 21; i < 10; ++i, shift -= 7) {
      size += (static_cast<std::uint64_t>(view[i]) & 0x7f) << shift;
    }
    if (!window.skip(size)) return cut_off(window);
    view = window.fill(12);
  }
  if (view.starts_with("fLaC")) return read_flac(window);
  const bool riff = view.starts_with("RIFF") || view.starts_with("RF64");
  if (view.size() == 12 && riff && view.substr(8) == "WAVE") return WavReader(window).read();
  return problem(window.name(), "is neither a WAV nor a FLAC file by its first bytes");
}

}  // namespace fettle::data::collect
