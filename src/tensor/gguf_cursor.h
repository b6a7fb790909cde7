// A position in a GGUF file that cannot leave it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/error.h"
#include "tensor/gguf_parse.h"
#include "tensor/shown.h"

namespace fettle::tensor {

class GgufCursor {
 public:
  GgufCursor(std::span<const std::byte> bytes, std::string_view where)
      : bytes_(bytes), where_(where) {}

  [[nodiscard]] std::string_view where() const { return where_; }
  [[nodiscard]] std::uint64_t position() const { return position_; }
  [[nodiscard]] std::uint64_t remaining() const { return bytes_.size() - position_; }

  // what: the thing being read, as messages name it.
  template <class T>
  [[nodiscard]] T read(std::string_view what) {
    static_assert(std::is_arithmetic_v<T> && !std::is_same_v<T, bool>);
    need(sizeof(T), what);
    T value{};
    std::memcpy(&value, bytes_.data() + position_, sizeof(T));
    position_ += sizeof(T);
    return value;
  }

  [[nodiscard]] std::string read_string(std::string_view what, std::uint64_t longest) {
    const auto length = read<std::uint64_t>(what);
    if (length > remaining()) {
      throw ModelError(
          "{}: {} is said to be {} bytes long, but only {} follow; the file is "
          "damaged or cut short: download it again",
          where_, what, length, remaining());
    }
    if (length > longest) {
      throw ModelError("{}: {} is {} bytes long; at most {} are allowed", where_, what, length,
                       longest);
    }
    charge(length);
    const char* begin = reinterpret_cast<const char*>(bytes_.data()) + position_;
    position_ += length;
    return {begin, static_cast<std::size_t>(length)};
  }

  // Counts memory that metadata is about to take.
  void charge(std::uint64_t bytes) {
    if (bytes > kGgufMetadataBudget - charged_) {
      throw ModelError(
          "{}: its metadata would take more than {} of memory; this is no usable model", where_,
          byte_size(kGgufMetadataBudget));
    }
    charged_ += bytes;
  }

 private:
  void need(std::uint64_t count, std::string_view what) const {
    if (count <= remaining()) return;
    throw ModelError(
        "{}: ends at byte {}, in the middle of {}; the file is cut short: download it "
        "again",
        where_, bytes_.size(), what);
  }

  std::span<const std::byte> bytes_;
  std::string_view where_;
  std::uint64_t position_ = 0;
  std::uint64_t charged_ = 0;
};

// The value that follows a key. Arrays of arrays are refused.
[[nodiscard]] GgufValue read_gguf_value(GgufCursor& cursor, GgufKind kind, std::string_view key);

}  // namespace fettle::tensor
