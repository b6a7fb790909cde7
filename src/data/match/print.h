// The bytes of a row's print: key, standing, band keys, and the normal text that pairs are verified
// by. Written and read by this program on this machine only.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/error.h"
#include "data/match/shingles.h"

namespace fettle::data {

struct PrintHead {
  Key key;
  double rank = 0;
  std::uint32_t guarded = 0;
  std::uint32_t bands = 0;
};

class PrintView {
 public:
  explicit PrintView(std::string_view bytes) : bytes_(bytes) {
    if (bytes.size() < sizeof(PrintHead)) throw InternalError("a row's print was cut off");
    std::memcpy(&head_, bytes.data(), sizeof(PrintHead));
    if ((bytes.size() - sizeof(PrintHead)) / 8 < head_.bands) {
      throw InternalError("a row's print was cut off");
    }
  }

  [[nodiscard]] const PrintHead& head() const { return head_; }
  [[nodiscard]] std::uint64_t band(std::size_t i) const {
    std::uint64_t key = 0;
    std::memcpy(&key, bytes_.data() + sizeof(PrintHead) + 8 * i, 8);
    return key;
  }
  [[nodiscard]] std::string_view text() const {
    return bytes_.substr(sizeof(PrintHead) + std::size_t{8} * head_.bands);
  }

 private:
  std::string_view bytes_;
  PrintHead head_;
};

template <class T>
void append_plain(std::string& out, const T& value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

}  // namespace fettle::data
