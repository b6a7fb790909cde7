// XXH3-128 for integrity (not for secrecy): fast enough to check every byte of a checkpoint.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace fettle {

// 32 lower-case hexadecimal digits.
[[nodiscard]] std::string xxh3_128(std::string_view bytes);
[[nodiscard]] std::string xxh3_128(std::span<const std::byte> bytes);

// The same sum of bytes that come in parts.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;
  void add(std::string_view bytes);
  // Of all bytes so far.
  [[nodiscard]] std::string xxh3_128() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fettle
