#include "tensor/gguf_parse.h"

#include <array>
#include <bit>
#include <unordered_set>
#include <utility>

#include "tensor/gguf_cursor.h"

namespace fettle::tensor {
namespace {

static_assert(std::endian::native == std::endian::little, "model files are little-endian");

constexpr std::uint64_t kLongestKey = 65'535;
constexpr std::uint64_t kMaxDimension = (std::uint64_t{1} << 31) - 1;
// The least that a key with its value, and a tensor's description, take of the file.
constexpr std::uint64_t kLeastPairBytes = 8 + 1 + 4 + 1;
constexpr std::uint64_t kLeastInfoBytes = 8 + 1 + 4 + 4 + 8;

// ggml's type numbers that fettle does not read, to name them in messages.
struct OtherType {
  std::uint32_t number;
  std::string_view name;
};
constexpr std::array<OtherType, 23> kOtherTypes{{
    {9, "Q8_1"},     {10, "Q2_K"},  {11, "Q3_K"},   {15, "Q8_K"},  {16, "IQ2_XXS"}, {17, "IQ2_XS"},
    {18, "IQ3_XXS"}, {19, "IQ1_S"}, {20, "IQ4_NL"}, {21, "IQ3_S"}, {22, "IQ2_S"},   {23, "IQ4_XS"},
    {24, "I8"},      {25, "I16"},   {26, "I32"},    {27, "I64"},   {28, "F64"},     {29, "IQ1_M"},
    {34, "TQ1_0"},   {35, "TQ2_0"}, {39, "MXFP4"},  {40, "NVFP4"}, {41, "Q1_0"},
}};

struct TensorInfo {
  GgufTensor tensor;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

std::string tensor_label(std::string_view where, std::string_view name) {
  return text("{}: tensor \"{}\"", where, shown(name));
}

void read_preamble(GgufCursor& cursor) {
  const auto magic = cursor.read<std::uint32_t>("the format's name");
  if (magic != 0x46554747U) {
    throw ModelError("{}: does not begin with \"GGUF\"; this is no GGUF file", cursor.where());
  }
  const auto version = cursor.read<std::uint32_t>("the version");
  if (version != 0 && (version & 0xffffU) == 0) {
    throw ModelError(
        "{}: is written for big-endian machines; convert it to little-endian, or "
        "download that form",
        cursor.where());
  }
  if (version < 2 || version > 3) {
    throw ModelError("{}: is GGUF version {}; versions 2 and 3 are read: convert the model again",
                     cursor.where(), version);
  }
}

std::uint64_t read_total(GgufCursor& cursor, std::string_view what) {
  const auto count = cursor.read<std::int64_t>(what);
  if (count < 0) {
    throw ModelError("{}: {} is {}; the file is damaged: download it again", cursor.where(), what,
                     count);
  }
  return static_cast<std::uint64_t>(count);
}

void check_total(const GgufCursor& cursor, std::uint64_t count, std::uint64_t least_bytes,
                 std::string_view what) {
  if (count <= cursor.remaining() / least_bytes) return;
  throw ModelError(
      "{}: {} is {}, more than the {} bytes that follow can hold; the file is damaged "
      "or cut short: download it again",
      cursor.where(), what, count, cursor.remaining());
}

void read_pair(GgufCursor& cursor, std::map<std::string, GgufValue>& metadata) {
  std::string key = cursor.read_string("a key", kLongestKey);
  if (key.empty()) throw ModelError("{}: holds an empty key", cursor.where());
  const auto kind = static_cast<GgufKind>(cursor.read<std::uint32_t>("a value's type"));
  if (key == kAlignmentKey && kind != GgufKind::kU32) {
    throw ModelError("{}: {} has the value type {}; 4, an unsigned 32-bit number, is allowed",
                     cursor.where(), kAlignmentKey, kind);
  }
  GgufValue value = read_gguf_value(cursor, kind, key);
  // The map's own node, beside the value that is charged where it is read.
  cursor.charge(sizeof(GgufValue) + 96);
  const auto [place, fresh] = metadata.try_emplace(std::move(key), std::move(value));
  if (!fresh) {
    throw ModelError("{}: the key \"{}\" stands twice", cursor.where(), shown(place->first));
  }
}

std::uint64_t alignment_of(const std::map<std::string, GgufValue>& metadata,
                           std::string_view where) {
  const auto found = metadata.find(std::string(kAlignmentKey));
  if (found == metadata.end()) return kDefaultGgufAlignment;
  const auto alignment = std::get<std::uint64_t>(found->second);
  if (!std::has_single_bit(alignment)) {
    throw ModelError("{}: {} is {}; a power of two is allowed", where, kAlignmentKey, alignment);
  }
  return alignment;
}

const GgmlTypeRow& type_of(std::uint32_t number, std::string_view label) {
  std::vector<std::string_view> read;
  for (const GgmlTypeRow& row : ggml_types()) {
    if (static_cast<std::uint32_t>(row.type) == number) return row;
    read.push_back(row.name);
  }
  for (const OtherType& other : kOtherTypes) {
    if (other.number != number) continue;
    throw ModelError(
        "{}: is stored as {}, which fettle does not read; it reads {}: take the model "
        "in one of these, such as Q8_0",
        label, other.name, join(read, ", "));
  }
  throw ModelError("{}: has the unknown type {}; fettle reads {}", label, number, join(read, ", "));
}

// GGUF lists the fastest dimension first.
void read_shape(GgufCursor& cursor, TensorInfo& info, std::string_view label) {
  const auto dimensions = cursor.read<std::uint32_t>("a tensor's number of dimensions");
  if (dimensions > kMaxGgufDimensions) {
    throw ModelError("{}: has {} dimensions; at most {} are allowed", label, dimensions,
                     kMaxGgufDimensions);
  }
  for (std::uint32_t i = 0; i < dimensions; ++i) {
    const auto size = cursor.read<std::uint64_t>("a tensor's dimension");
    if (size < 1 || size > kMaxDimension) {
      throw ModelError("{}: dimension {} is {}; 1 to {} are allowed", label, i,
                       static_cast<std::int64_t>(size), kMaxDimension);
    }
    info.tensor.shape.insert(info.tensor.shape.begin(), static_cast<std::int64_t>(size));
  }
}

std::uint64_t bytes_of(const GgufTensor& tensor, const GgmlTypeRow& row, std::string_view label) {
  const std::int64_t inner = tensor.shape.empty() ? 1 : tensor.shape.back();
  if (inner % row.block_size != 0) {
    throw ModelError("{}: its rows hold {} values; {} stores blocks of {}", label, inner, row.name,
                     row.block_size);
  }
  std::int64_t values = 1;
  bool fits = true;
  for (const std::int64_t size : tensor.shape) {
    fits = fits && !__builtin_mul_overflow(values, size, &values);
  }
  std::int64_t bytes = 0;
  fits = fits && !__builtin_mul_overflow(values / row.block_size, row.block_bytes, &bytes);
  if (!fits) {
    throw ModelError("{}: the product of its dimensions exceeds 63 bits; the file is damaged",
                     label);
  }
  return static_cast<std::uint64_t>(bytes);
}

TensorInfo read_info(GgufCursor& cursor) {
  TensorInfo info;
  info.tensor.name = cursor.read_string("a tensor's name", kMaxGgufName);
  const std::string label = tensor_label(cursor.where(), info.tensor.name);
  read_shape(cursor, info, label);
  const GgmlTypeRow& row = type_of(cursor.read<std::uint32_t>("a tensor's type"), label);
  info.tensor.type = row.type;
  info.bytes = bytes_of(info.tensor, row, label);
  info.offset = cursor.read<std::uint64_t>("a tensor's offset");
  return info;
}

// Offsets count from the data's begin and follow each other, padded to the alignment.
void place_tensors(std::vector<TensorInfo>& infos, std::span<const std::byte> data,
                   std::uint64_t alignment, std::string_view where) {
  std::uint64_t expected = 0;
  for (TensorInfo& info : infos) {
    const std::string label = tensor_label(where, info.tensor.name);
    if (info.offset != expected) {
      throw ModelError(
          "{}: its data begins at byte {}, where byte {} was expected; tensors follow "
          "each other, padded to {} bytes",
          label, info.offset, expected, alignment);
    }
    if (info.offset > data.size() || info.bytes > data.size() - info.offset) {
      throw ModelError(
          "{}: needs {} bytes at byte {} of the data, but the file holds {} bytes of "
          "data; it is cut short: download it again",
          label, info.bytes, info.offset, data.size());
    }
    info.tensor.bytes = data.subspan(info.offset, info.bytes);
    // Cannot overflow: both are at most the size of the file, the alignment is below 2^32.
    expected = (info.offset + info.bytes + alignment - 1) & ~(alignment - 1);
  }
}

}  // namespace

GgufContents parse_gguf(std::span<const std::byte> bytes, std::string_view where) {
  GgufCursor cursor(bytes, where);
  read_preamble(cursor);
  const std::uint64_t tensor_count = read_total(cursor, "the number of tensors");
  const std::uint64_t pair_count = read_total(cursor, "the number of keys");
  check_total(cursor, pair_count, kLeastPairBytes, "the number of keys");
  check_total(cursor, tensor_count, kLeastInfoBytes, "the number of tensors");
  GgufContents contents;
  for (std::uint64_t i = 0; i < pair_count; ++i) read_pair(cursor, contents.metadata);
  const std::uint64_t alignment = alignment_of(contents.metadata, where);
  check_total(cursor, tensor_count, kLeastInfoBytes, "the number of tensors");
  std::vector<TensorInfo> infos;
  std::unordered_set<std::string> names;
  for (std::uint64_t i = 0; i < tensor_count; ++i) {
    infos.push_back(read_info(cursor));
    const std::string& name = infos.back().tensor.name;
    if (!names.insert(name).second) {
      throw ModelError("{}: stands twice", tensor_label(where, name));
    }
  }
  const std::uint64_t begin = (cursor.position() + alignment - 1) & ~(alignment - 1);
  place_tensors(infos, bytes.subspan(std::min<std::uint64_t>(begin, bytes.size())), alignment,
                where);
  for (TensorInfo& info : infos) contents.tensors.push_back(std::move(info.tensor));
  return contents;
}

}  // namespace fettle::tensor
