// Text from a pattern with {fmt}'s syntax. The header is light; only format.cpp sees fmt, so that
// no other copy of fmt (libtorch ships one) can meet it.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace fettle {

using FormatArg = std::variant<std::int64_t, std::uint64_t, double, bool, std::string_view>;

// Throws std::runtime_error if the pattern does not fit the arguments.
[[nodiscard]] std::string format_text(std::string_view pattern, std::span<const FormatArg> args);

template <class T>
[[nodiscard]] FormatArg format_arg(const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value;
  } else if constexpr (std::is_enum_v<T>) {
    return static_cast<std::int64_t>(value);
  } else if constexpr (std::signed_integral<T>) {
    return static_cast<std::int64_t>(value);
  } else if constexpr (std::unsigned_integral<T>) {
    return static_cast<std::uint64_t>(value);
  } else if constexpr (std::floating_point<T>) {
    return static_cast<double>(value);
  } else if constexpr (requires { value.native(); }) {
    return std::string_view(value.native());
  } else {
    return std::string_view(value);
  }
}

// text("{}: {} rows", path, count): numbers, bools, strings and paths.
template <class... Args>
[[nodiscard]] std::string text(std::string_view pattern, const Args&... args) {
  if constexpr (sizeof...(Args) == 0) {
    return format_text(pattern, {});
  } else {
    const FormatArg list[] = {format_arg(args)...};
    return format_text(pattern, list);
  }
}

// "a, b, c"
[[nodiscard]] std::string join(std::span<const std::string> parts, std::string_view separator);
[[nodiscard]] std::string join(std::span<const std::string_view> parts, std::string_view separator);

// A to Z made small; every other byte as it is.
[[nodiscard]] std::string lower_ascii(std::string_view text);

// 1,234,567
[[nodiscard]] std::string with_commas(std::int64_t value);
// 98.4 MB (powers of 1000) for disk and memory figures.
[[nodiscard]] std::string byte_size(std::uint64_t bytes);
// 42 s, 3 min 05 s, 2 h 07 min
[[nodiscard]] std::string duration(double seconds);

}  // namespace fettle
