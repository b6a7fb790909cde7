#include "tensor/gguf_write.h"

#include <bit>
#include <type_traits>
#include <unordered_set>

#include "base/error.h"
#include "tensor/gguf_parse.h"
#include "tensor/shown.h"

namespace fettle::tensor {
namespace {

constexpr std::uint32_t kWrittenVersion = 3;

template <class T>
void append_number(std::string& out, T value) {
  static_assert(std::is_arithmetic_v<T> && !std::is_same_v<T, bool>);
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void append_string(std::string& out, std::string_view value) {
  append_number(out, std::uint64_t{value.size()});
  out.append(value);
}

void append_kind(std::string& out, GgufKind kind) {
  append_number(out, static_cast<std::uint32_t>(kind));
}

template <class T>
constexpr GgufKind kind_of() {
  if constexpr (std::is_same_v<T, bool>) return GgufKind::kBool;
  if constexpr (std::is_same_v<T, std::uint32_t>) return GgufKind::kU32;
  if constexpr (std::is_same_v<T, std::int32_t>) return GgufKind::kI32;
  if constexpr (std::is_same_v<T, std::uint64_t>) return GgufKind::kU64;
  if constexpr (std::is_same_v<T, std::int64_t>) return GgufKind::kI64;
  if constexpr (std::is_same_v<T, float>) return GgufKind::kF32;
  if constexpr (std::is_same_v<T, double>) return GgufKind::kF64;
  if constexpr (std::is_same_v<T, std::string>) return GgufKind::kString;
}

template <class T>
void append_plain(std::string& out, const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    append_number(out, static_cast<std::uint8_t>(value ? 1 : 0));
  } else if constexpr (std::is_same_v<T, std::string>) {
    append_string(out, value);
  } else {
    append_number(out, value);
  }
}

template <class T>
void append_field(std::string& out, const T& value) {
  append_kind(out, kind_of<T>());
  append_plain(out, value);
}

template <class T>
void append_field(std::string& out, const std::vector<T>& values) {
  append_kind(out, GgufKind::kArray);
  append_kind(out, kind_of<T>());
  append_number(out, std::uint64_t{values.size()});
  for (const T& value : values) append_plain(out, value);
}

std::uint64_t written_alignment(const GgufFields& fields, const fs::path& path) {
  for (const auto& [key, field] : fields) {
    if (key != kAlignmentKey) continue;
    const auto* alignment = std::get_if<std::uint32_t>(&field);
    if (alignment != nullptr && std::has_single_bit(*alignment)) return *alignment;
    throw ModelError("{}: {} must be an unsigned 32-bit power of two", path, kAlignmentKey);
  }
  return kDefaultGgufAlignment;
}

void append_fields(std::string& out, const GgufFields& fields, const fs::path& path) {
  std::unordered_set<std::string_view> keys;
  for (const auto& [key, field] : fields) {
    if (key.empty() || !keys.insert(key).second) {
      throw ModelError("{}: the key \"{}\" is empty or stands twice; keys must differ", path,
                       shown(key));
    }
    append_string(out, key);
    std::visit([&out](const auto& value) { append_field(out, value); }, field);
  }
}

std::size_t value_count(const GgufOutput& tensor, const fs::path& path) {
  const GgmlTypeRow& row = ggml_type(tensor.type);
  if (tensor.name.empty() || tensor.name.size() >= kMaxGgufName) {
    throw ModelError("{}: the tensor name \"{}\" is {} bytes long; 1 to {} are allowed", path,
                     shown(tensor.name), tensor.name.size(), kMaxGgufName - 1);
  }
  if (tensor.shape.size() > kMaxGgufDimensions) {
    throw ModelError("{}: tensor \"{}\" has {} dimensions; at most {} are allowed", path,
                     shown(tensor.name), tensor.shape.size(), kMaxGgufDimensions);
  }
  std::int64_t count = 1;
  for (const std::int64_t size : tensor.shape) {
    if (size < 1 || size > INT32_MAX || __builtin_mul_overflow(count, size, &count)) {
      throw ModelError("{}: tensor \"{}\" has a dimension of {}; 1 to {} are allowed", path,
                       shown(tensor.name), size, INT32_MAX);
    }
  }
  const std::int64_t inner = tensor.shape.empty() ? 1 : tensor.shape.back();
  if (inner % row.block_size != 0) {
    throw ModelError(
        "{}: tensor \"{}\" has rows of {} values; {} stores blocks of {}: write it as "
        "F16",
        path, shown(tensor.name), inner, row.name, row.block_size);
  }
  return static_cast<std::size_t>(count);
}

std::uint64_t padded(std::uint64_t size, std::uint64_t alignment) {
  return (size + alignment - 1) / alignment * alignment;
}

// Appends the tensors' descriptions; returns each one's size in bytes.
std::vector<std::uint64_t> append_infos(std::string& out, std::span<const GgufOutput> tensors,
                                        std::uint64_t alignment, const fs::path& path) {
  std::vector<std::uint64_t> sizes;
  std::unordered_set<std::string_view> names;
  std::uint64_t offset = 0;
  for (const GgufOutput& tensor : tensors) {
    sizes.push_back(ggml_bytes(tensor.type, value_count(tensor, path)));
    if (!names.insert(tensor.name).second) {
      throw ModelError("{}: two tensors are named \"{}\"; names must differ", path,
                       shown(tensor.name));
    }
    append_string(out, tensor.name);
    append_number(out, static_cast<std::uint32_t>(tensor.shape.size()));
    for (auto size = tensor.shape.rbegin(); size != tensor.shape.rend(); ++size) {
      append_number(out, static_cast<std::uint64_t>(*size));
    }
    append_number(out, static_cast<std::uint32_t>(tensor.type));
    append_number(out, offset);
    offset += padded(sizes.back(), alignment);
  }
  return sizes;
}

}  // namespace

void write_gguf(const fs::path& path, const GgufFields& fields,
                std::span<const GgufOutput> tensors) {
  const std::uint64_t alignment = written_alignment(fields, path);
  std::string head = "GGUF";
  append_number(head, kWrittenVersion);
  append_number(head, std::uint64_t{tensors.size()});
  append_number(head, std::uint64_t{fields.size()});
  append_fields(head, fields, path);
  const std::vector<std::uint64_t> sizes = append_infos(head, tensors, alignment, path);
  head.resize(padded(head.size(), alignment), '\0');
  AtomicFile file(path);
  file.write(head);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const std::span<const std::byte> bytes = tensors[i].bytes();
    if (bytes.size() != sizes[i]) {
      throw InternalError("{}: tensor \"{}\" is given {} bytes; its shape needs {}", path,
                          shown(tensors[i].name), bytes.size(), sizes[i]);
    }
    file.write(bytes);
    file.write(std::string(padded(sizes[i], alignment) - sizes[i], '\0'));
  }
  file.commit();
}

}  // namespace fettle::tensor
