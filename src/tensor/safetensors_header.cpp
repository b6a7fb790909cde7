#include "tensor/safetensors_header.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "tensor/shown.h"

namespace fettle::tensor {
namespace {

static_assert(std::endian::native == std::endian::little, "model files are little-endian");

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::string_view kReadDTypes = "F64, F32, F16, BF16, I64, I32, I16, I8, U8 and BOOL";
// Element types of the format that fettle has no use for.
constexpr std::array<std::string_view, 13> kOtherDTypes = {
    "F4",          "F6_E2M3",        "F6_E3M2", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ",
    "F8_E5M2FNUZ", "F8_E4M3B11FNUZ", "U16",     "U32",     "U64",     "C64"};

// One tensor as the header states it, before its bytes are known to exist.
struct Placed {
  TensorEntry entry;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

std::string tensor_where(std::string_view where, std::string_view name) {
  return text("{}: tensor \"{}\"", where, shown(name));
}

// What a file that is no safetensors file looks like, or empty.
std::string_view other_kind(std::string_view file) {
  if (file.starts_with("PK\x03\x04") || file.starts_with("\x80\x02")) {
    return "is a pickle file as torch.save writes it, which can run code when it is read; convert "
           "it once with Python's safetensors.torch.save_file";
  }
  if (file.starts_with("GGUF")) return "is a GGUF file; give its name an end of .gguf";
  if (file.starts_with("version https://git-lfs")) {
    return "is a Git LFS pointer, not the model; fetch the file itself with git lfs pull";
  }
  return {};
}

std::string_view header_of(std::string_view file, std::string_view where) {
  if (file.size() < kLengthBytes) {
    throw ModelError(
        "{}: is {} bytes; a safetensors file begins with 8 bytes of header length; "
        "download or save it again",
        where, file.size());
  }
  std::uint64_t length = 0;
  std::memcpy(&length, file.data(), kLengthBytes);
  // Only now: a sound length may begin with the same bytes (640 is "\x80\x02").
  const std::string_view other = other_kind(file);
  if (length > file.size() - kLengthBytes && !other.empty()) {
    throw ModelError("{}: {}", where, other);
  }
  if (length > kMaxSafetensorsHeader) {
    throw ModelError(
        "{}: states a header of {} bytes; at most {} are allowed; this is no "
        "safetensors file, or a damaged one",
        where, length, kMaxSafetensorsHeader);
  }
  if (length > file.size() - kLengthBytes) {
    throw ModelError(
        "{}: states a header of {} bytes, but only {} follow; the file is cut short: "
        "download or save it again",
        where, length, file.size() - kLengthBytes);
  }
  return file.substr(kLengthBytes, length);
}

// Padding is JSON's own white space; the reference refuses NUL bytes and a byte order mark, which
// lenient JSON readers skip.
Json header_json(std::string_view header, std::string_view where) {
  if (header.find('\0') != std::string_view::npos) {
    throw ModelError("{}: the header holds a NUL byte at {}; pad it with spaces", where,
                     header.find('\0'));
  }
  if (header.starts_with("\xef\xbb\xbf")) {
    throw ModelError("{}: the header begins with a byte order mark; it must begin with {{", where);
  }
  Result<Json> json = parse_json(header, "header");
  if (!json) throw ModelError("{}: {}", where, json.error().message());
  if (!json->is_object()) {
    throw ModelError("{}: the header is a JSON {}; an object of tensors was expected", where,
                     json->type_name());
  }
  return std::move(*json);
}

std::uint64_t integer_of(const Json& value, std::string_view where, std::string_view what) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > kMaxSafetensorsInteger) {
    throw ModelError("{}: {} holds {}; whole numbers from 0 to {} are allowed", where, what,
                     shown(to_text(value)), kMaxSafetensorsInteger);
  }
  return value.get<std::uint64_t>();
}

const Json& array_of(const Json& object, std::string_view key, std::string_view where) {
  const Json* value = find(object, key);
  if (value == nullptr) throw ModelError("{}: \"{}\" is missing from the header", where, key);
  if (!value->is_array()) {
    throw ModelError("{}: \"{}\" is of type {}; a list of whole numbers was expected", where, key,
                     value->type_name());
  }
  return *value;
}

DType dtype_of(const Json& object, std::string_view where) {
  const Json* value = find(object, "dtype");
  if (value == nullptr) throw ModelError("{}: \"dtype\" is missing from the header", where);
  if (!value->is_string()) {
    throw ModelError("{}: \"dtype\" is of type {}; text such as \"F32\" was expected", where,
                     value->type_name());
  }
  const std::string& name = value->get_ref<const std::string&>();
  if (const auto dtype = dtype_from_safetensors(name)) return *dtype;
  if (std::find(kOtherDTypes.begin(), kOtherDTypes.end(), name) != kOtherDTypes.end()) {
    throw ModelError(
        "{}: has dtype {}, which fettle does not read; it reads {}: convert the "
        "tensor first",
        where, name, kReadDTypes);
  }
  throw ModelError("{}: has the unknown dtype \"{}\"; fettle reads {}", where, shown(name),
                   kReadDTypes);
}

// The bytes that the shape needs; every product is checked.
std::uint64_t bytes_of_shape(const TensorEntry& entry, std::string_view where) {
  std::uint64_t bytes = static_cast<std::uint64_t>(byte_width(entry.dtype));
  for (const std::int64_t size : entry.shape) {
    if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(size), &bytes)) {
      throw ModelError("{}: the product of its shape exceeds 64 bits; the header is damaged",
                       where);
    }
  }
  return bytes;
}

Placed placed_of(std::string name, const Json& object, std::string_view file) {
  const std::string where = tensor_where(file, name);
  if (!object.is_object()) {
    throw ModelError(
        "{}: is described by a JSON {}; an object with dtype, shape and data_offsets was "
        "expected",
        where, object.type_name());
  }
  Placed placed;
  placed.entry.name = std::move(name);
  placed.entry.dtype = dtype_of(object, where);
  for (const Json& size : array_of(object, "shape", where)) {
    placed.entry.shape.push_back(static_cast<std::int64_t>(integer_of(size, where, "its shape")));
  }
  const Json& offsets = array_of(object, "data_offsets", where);
  if (offsets.size() != 2) {
    throw ModelError("{}: data_offsets holds {} numbers; 2 were expected, begin and end", where,
                     offsets.size());
  }
  placed.begin = integer_of(offsets[0], where, "data_offsets");
  placed.end = integer_of(offsets[1], where, "data_offsets");
  if (placed.end < placed.begin) {
    throw ModelError("{}: its data ends at {}, before it begins at {}; the header is damaged",
                     where, placed.end, placed.begin);
  }
  const std::uint64_t needed = bytes_of_shape(placed.entry, where);
  if (needed != placed.end - placed.begin) {
    throw ModelError(
        "{}: its shape needs {} bytes, its data_offsets span {}; the header is "
        "damaged",
        where, needed, placed.end - placed.begin);
  }
  return placed;
}

std::map<std::string, std::string> metadata_of(const Json& object, std::string_view where) {
  std::map<std::string, std::string> metadata;
  // The reference reads null as absent.
  if (object.is_null()) return metadata;
  if (!object.is_object()) {
    throw ModelError("{}: __metadata__ is of type {}; an object of texts was expected", where,
                     object.type_name());
  }
  for (const auto& [key, value] : object.items()) {
    if (!value.is_string()) {
      throw ModelError("{}: __metadata__ \"{}\" is of type {}; only text is allowed", where,
                       shown(key), value.type_name());
    }
    metadata.emplace(key, value.get<std::string>());
  }
  return metadata;
}

// Offsets are relative to the end of the header; together the tensors cover every byte once.
void check_cover(std::vector<Placed>& tensors, std::uint64_t data_bytes, std::string_view file) {
  std::sort(tensors.begin(), tensors.end(), [](const Placed& a, const Placed& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  std::uint64_t covered = 0;
  for (const Placed& tensor : tensors) {
    if (tensor.begin != covered) {
      throw ModelError(
          "{}: its data begins at byte {}, where byte {} was expected; tensors may "
          "leave no hole and may not overlap",
          tensor_where(file, tensor.entry.name), tensor.begin, covered);
    }
    covered = tensor.end;
    if (covered > data_bytes) {
      throw ModelError(
          "{}: its data ends at byte {}, but the file holds {} bytes of data; the "
          "file is cut short: download or save it again",
          tensor_where(file, tensor.entry.name), covered, data_bytes);
    }
  }
  if (covered != data_bytes) {
    throw ModelError(
        "{}: {} bytes follow the last tensor; a safetensors file ends with its last "
        "tensor: download or save it again",
        file, data_bytes - covered);
  }
}

}  // namespace

SafetensorsContents parse_safetensors(std::span<const std::byte> bytes, std::string_view where) {
  const std::string_view file(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::string_view header = header_of(file, where);
  const Json json = header_json(header, where);
  SafetensorsContents contents;
  std::vector<Placed> tensors;
  for (const auto& [name, value] : json.items()) {
    if (name == "__metadata__") {
      contents.metadata = metadata_of(value, where);
    } else {
      tensors.push_back(placed_of(name, value, where));
    }
  }
  const std::span<const std::byte> data = bytes.subspan(kLengthBytes + header.size());
  check_cover(tensors, data.size(), where);
  for (Placed& tensor : tensors) {
    tensor.entry.bytes = data.subspan(tensor.begin, tensor.end - tensor.begin);
    contents.entries.push_back(std::move(tensor.entry));
  }
  std::sort(contents.entries.begin(), contents.entries.end(),
            [](const TensorEntry& a, const TensorEntry& b) { return a.name < b.name; });
  return contents;
}

}  // namespace fettle::tensor
