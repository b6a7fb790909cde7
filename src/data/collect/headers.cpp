#include "data/collect/headers.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/format.h"

namespace fettle::data::collect {
namespace {

struct IdxType {
  std::uint8_t code;
  std::string_view name;
  std::uint64_t bytes;
};
constexpr std::array kIdxTypes = {IdxType{0x08, "uint8", 1},   IdxType{0x09, "int8", 1},
                                  IdxType{0x0b, "int16", 2},   IdxType{0x0c, "int32", 4},
                                  IdxType{0x0d, "float32", 4}, IdxType{0x0e, "float64", 8}};
constexpr std::uint64_t kMaxProduct = std::uint64_t{1} << 62;
constexpr std::size_t kMaxJpegSegments = 10'000;

std::uint64_t big_endian(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  }
  return value;
}

tl::unexpected<Problem> header_cut_off(const Window& window, std::string_view what) {
  return problem(window.name(), text("the {} ends within its header; the file is cut off", what));
}

}  // namespace

Result<IdxHeader> read_idx_header(Window& window) {
  const std::string_view start = window.fill(4);
  if (start.size() < 4) return header_cut_off(window, "IDX file");
  const IdxType* type = nullptr;
  for (const IdxType& known : kIdxTypes) {
    if (known.code == static_cast<unsigned char>(start[2])) type = &known;
  }
  const auto dimensions = static_cast<std::size_t>(static_cast<unsigned char>(start[3]));
  if (start[0] != 0 || start[1] != 0 || type == nullptr || dimensions == 0) {
    return problem(window.name(), "is no IDX file: it begins with other bytes than 0 0 type sizes");
  }
  window.consume(4);
  const std::string_view sizes = window.fill(4 * dimensions);
  if (sizes.size() < 4 * dimensions) return header_cut_off(window, "IDX file");
  IdxHeader header;
  header.type = type->name;
  header.items = big_endian(sizes, 0, 4);
  header.item_bytes = type->bytes;
  header.header_bytes = 4 + 4 * dimensions;
  for (std::size_t i = 1; i < dimensions; ++i) {
    const std::uint64_t size = big_endian(sizes, 4 * i, 4);
    if (size == 0 ||
        header.item_bytes > kMaxProduct / std::max<std::uint64_t>(header.items, 1) / size) {
      return problem(window.name(), text("dimension {} of the IDX file is {}; its items would have "
                                         "no size or too large a one",
                                         i, size));
    }
    header.item_bytes *= size;
    header.shape.push_back(size);
  }
  window.consume(4 * dimensions);
  return header;
}

Result<ImageHeader> read_image_header(Window& window) {
  using namespace std::string_view_literals;
  std::string_view view = window.fill(24);
  if (view.starts_with("\x89PNG\r\n\x1a\n"sv)) {
    if (view.size() < 24 || view.substr(12, 4) != "IHDR")
      return header_cut_off(window, "PNG image");
    return ImageHeader{"png", static_cast<std::int64_t>(big_endian(view, 16, 4)),
                       static_cast<std::int64_t>(big_endian(view, 20, 4))};
  }
  if (!view.starts_with("\xff\xd8\xff"sv)) {
    return problem(window.name(), "is neither a PNG nor a JPEG image");
  }
  window.consume(2);
  for (std::size_t segment = 0; segment < kMaxJpegSegments; ++segment) {
    view = window.fill(9);
    if (view.size() < 9) return header_cut_off(window, "JPEG image");
    const auto marker = static_cast<unsigned char>(view[1]);
    if (view[0] != '\xff')
      return problem(window.name(), "the JPEG image has no marker where one is due");
    if (marker == 0xff) {
      window.consume(1);
      continue;
    }
    const bool frame =
        marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    if (frame) {
      return ImageHeader{"jpeg", static_cast<std::int64_t>(big_endian(view, 7, 2)),
                         static_cast<std::int64_t>(big_endian(view, 5, 2))};
    }
    const std::uint64_t length = big_endian(view, 2, 2);
    if (marker == 0xda || marker == 0xd9 || length < 2) break;
    if (!window.skip(2 + length)) return header_cut_off(window, "JPEG image");
  }
  return problem(window.name(), "the JPEG image has no frame header");
}

}  // namespace fettle::data::collect
