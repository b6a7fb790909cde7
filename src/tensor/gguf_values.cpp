#include <utility>

#include "tensor/gguf_cursor.h"

namespace fettle::tensor {
namespace {

constexpr std::uint64_t kLongestText = std::uint64_t{1} << 30;
constexpr std::uint64_t kMostElements = std::uint64_t{1} << 30;
constexpr std::uint64_t kStringOverhead = sizeof(std::string);

bool read_bool(GgufCursor& cursor, std::string_view what) {
  const auto value = cursor.read<std::uint8_t>(what);
  if (value > 1) {
    throw ModelError("{}: {} is a boolean of value {}; 0 or 1 are allowed", cursor.where(), what,
                     value);
  }
  return value == 1;
}

// The count of an array whose elements take at least element_bytes of the file.
std::uint64_t read_count(GgufCursor& cursor, std::uint64_t element_bytes, std::string_view what) {
  const auto count = cursor.read<std::uint64_t>(what);
  if (count > kMostElements) {
    throw ModelError("{}: {} states {} elements; at most {} are allowed", cursor.where(), what,
                     count, kMostElements);
  }
  if (count > cursor.remaining() / element_bytes) {
    throw ModelError(
        "{}: {} states {} elements, more than the {} bytes that follow can hold; the "
        "file is damaged or cut short: download it again",
        cursor.where(), what, count, cursor.remaining());
  }
  return count;
}

template <class Stored, class Kept>
GgufValue read_numbers(GgufCursor& cursor, std::string_view what) {
  const std::uint64_t count = read_count(cursor, sizeof(Stored), what);
  cursor.charge(count * sizeof(Kept));
  std::vector<Kept> values;
  values.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    values.push_back(static_cast<Kept>(cursor.read<Stored>(what)));
  }
  return values;
}

GgufValue read_bools(GgufCursor& cursor, std::string_view what) {
  const std::uint64_t count = read_count(cursor, 1, what);
  cursor.charge(count / 8);
  std::vector<bool> values;
  for (std::uint64_t i = 0; i < count; ++i) values.push_back(read_bool(cursor, what));
  return values;
}

GgufValue read_strings(GgufCursor& cursor, std::string_view what) {
  const std::uint64_t count = read_count(cursor, sizeof(std::uint64_t), what);
  cursor.charge(count * kStringOverhead);
  std::vector<std::string> values;
  values.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    values.push_back(cursor.read_string(what, kLongestText));
  }
  return values;
}

[[noreturn]] void refuse_kind(const GgufCursor& cursor, GgufKind kind, std::string_view what) {
  throw ModelError("{}: {} has the value type {}; 0 to 12 are allowed: the file is damaged",
                   cursor.where(), what, kind);
}

GgufValue read_array(GgufCursor& cursor, std::string_view what) {
  const auto kind = static_cast<GgufKind>(cursor.read<std::uint32_t>(what));
  switch (kind) {
    case GgufKind::kU8:
      return read_numbers<std::uint8_t, std::uint64_t>(cursor, what);
    case GgufKind::kI8:
      return read_numbers<std::int8_t, std::int64_t>(cursor, what);
    case GgufKind::kU16:
      return read_numbers<std::uint16_t, std::uint64_t>(cursor, what);
    case GgufKind::kI16:
      return read_numbers<std::int16_t, std::int64_t>(cursor, what);
    case GgufKind::kU32:
      return read_numbers<std::uint32_t, std::uint64_t>(cursor, what);
    case GgufKind::kI32:
      return read_numbers<std::int32_t, std::int64_t>(cursor, what);
    case GgufKind::kF32:
      return read_numbers<float, double>(cursor, what);
    case GgufKind::kBool:
      return read_bools(cursor, what);
    case GgufKind::kString:
      return read_strings(cursor, what);
    case GgufKind::kU64:
      return read_numbers<std::uint64_t, std::uint64_t>(cursor, what);
    case GgufKind::kI64:
      return read_numbers<std::int64_t, std::int64_t>(cursor, what);
    case GgufKind::kF64:
      return read_numbers<double, double>(cursor, what);
    case GgufKind::kArray:
      throw ModelError("{}: {} is an array of arrays; only arrays of plain values are allowed",
                       cursor.where(), what);
  }
  refuse_kind(cursor, kind, what);
}

}  // namespace

GgufValue read_gguf_value(GgufCursor& cursor, GgufKind kind, std::string_view key) {
  const std::string what = text("the value of \"{}\"", shown(key));
  switch (kind) {
    case GgufKind::kU8:
      return std::uint64_t{cursor.read<std::uint8_t>(what)};
    case GgufKind::kI8:
      return std::int64_t{cursor.read<std::int8_t>(what)};
    case GgufKind::kU16:
      return std::uint64_t{cursor.read<std::uint16_t>(what)};
    case GgufKind::kI16:
      return std::int64_t{cursor.read<std::int16_t>(what)};
    case GgufKind::kU32:
      return std::uint64_t{cursor.read<std::uint32_t>(what)};
    case GgufKind::kI32:
      return std::int64_t{cursor.read<std::int32_t>(what)};
    case GgufKind::kF32:
      return double{cursor.read<float>(what)};
    case GgufKind::kBool:
      return read_bool(cursor, what);
    case GgufKind::kString:
      return cursor.read_string(what, kLongestText);
    case GgufKind::kArray:
      return read_array(cursor, what);
    case GgufKind::kU64:
      return std::uint64_t{cursor.read<std::uint64_t>(what)};
    case GgufKind::kI64:
      return std::int64_t{cursor.read<std::int64_t>(what)};
    case GgufKind::kF64:
      return cursor.read<double>(what);
  }
  refuse_kind(cursor, kind, what);
}

}  // namespace fettle::tensor
