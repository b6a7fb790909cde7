// How messages show a name that came from a file: hostile bytes must not reach a terminal, and a
// name of a gigabyte must not become a message of one.
#pragma once

#include <string>
#include <string_view>

namespace fettle::tensor {

// At most 80 bytes; control characters become '?', a cut is marked with "...".
[[nodiscard]] inline std::string shown(std::string_view name) {
  constexpr std::size_t kLongest = 80;
  std::string out(name.substr(0, kLongest));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  if (name.size() > kLongest) out += "...";
  return out;
}

}  // namespace fettle::tensor
