#include "data/collect/json_scan.h"

#include <array>
#include <cstdint>

namespace fettle::data::collect {
namespace {

enum Kind : std::uint8_t { kPlain, kQuote, kOpen, kClose, kComma };

constexpr std::array<std::uint8_t, 256> kinds() {
  std::array<std::uint8_t, 256> table{};
  table['"'] = kQuote;
  table['{'] = table['['] = kOpen;
  table['}'] = table[']'] = kClose;
  table[','] = kComma;
  return table;
}
constexpr std::array<std::uint8_t, 256> kKinds = kinds();

}  // namespace

bool ValueScanner::scan(std::string_view view, std::size_t& at) {
  for (; at < view.size(); ++at) {
    const char c = view[at];
    if (in_string_) {
      if (escaped_) {
        escaped_ = false;
      } else if (c == '\\') {
        escaped_ = true;
      } else if (c == '"') {
        in_string_ = false;
      }
      continue;
    }
    switch (kKinds[static_cast<unsigned char>(c)]) {
      case kQuote:
        in_string_ = true;
        break;
      case kOpen:
        ++depth_;
        break;
      case kClose:
        if (depth_ == 0) return true;
        --depth_;
        break;
      case kComma:
        if (depth_ == 0) return true;
        break;
      default:
        break;
    }
  }
  return false;
}

std::size_t skip_space(std::string_view view, std::size_t at) {
  while (at < view.size() &&
         (view[at] == ' ' || view[at] == '\n' || view[at] == '\r' || view[at] == '\t')) {
    ++at;
  }
  return at;
}

}  // namespace fettle::data::collect
