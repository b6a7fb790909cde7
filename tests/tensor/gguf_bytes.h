// A GGUF file byte by byte, so that tests can break any rule of it.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "tensor/gguf_parse.h"
#include "tests/tensor/file_bytes.h"

namespace fettle::tensor {

class GgufBytes {
 public:
  explicit GgufBytes(std::uint32_t version = 3) : version_(version) {}

  GgufBytes& key(std::string_view name, GgufKind kind) {
    ++keys_;
    put_text(pairs_, name);
    put(pairs_, static_cast<std::uint32_t>(kind));
    return *this;
  }
  template <class T>
  requires std::is_arithmetic_v<T> GgufBytes& value(T number) {
    put(pairs_, number);
    return *this;
  }
  GgufBytes& value(std::string_view text) {
    put_text(pairs_, text);
    return *this;
  }
  GgufBytes& array(GgufKind kind, std::uint64_t count) {
    put(pairs_, static_cast<std::uint32_t>(kind));
    put(pairs_, count);
    return *this;
  }
  // dimensions: the fastest first, as GGUF has them.
  GgufBytes& tensor(std::string_view name, std::initializer_list<std::uint64_t> dimensions,
                    std::uint32_t type, std::uint64_t offset) {
    ++tensors_;
    put_text(infos_, name);
    put(infos_, static_cast<std::uint32_t>(dimensions.size()));
    for (const std::uint64_t size : dimensions) put(infos_, size);
    put(infos_, type);
    put(infos_, offset);
    return *this;
  }
  GgufBytes& data(std::string_view bytes) {
    data_ = bytes;
    return *this;
  }
  GgufBytes& counts(std::uint64_t tensors, std::uint64_t keys) {
    tensors_ = tensors;
    keys_ = keys;
    return *this;
  }

  [[nodiscard]] std::string bytes(std::size_t alignment = 32) const {
    std::string out = "GGUF";
    put(out, version_);
    put(out, tensors_);
    put(out, keys_);
    out += pairs_ + infos_;
    if (!data_.empty()) out.resize((out.size() + alignment - 1) / alignment * alignment, '\0');
    return out + data_;
  }

 private:
  std::uint32_t version_;
  std::uint64_t tensors_ = 0;
  std::uint64_t keys_ = 0;
  std::string pairs_;
  std::string infos_;
  std::string data_;
};

}  // namespace fettle::tensor
