// A view into a stream of bytes that grows until what is looked for is in it. What it shows is a
// function of the bytes and the calls, never of how much a read gave.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "data/collect/bytes.h"

namespace fettle::data::collect {

class Window {
 public:
  // `bytes` stands `offset` bytes behind the start of the part.
  Window(std::unique_ptr<Bytes> bytes, std::uint64_t offset)
      : bytes_(std::move(bytes)), offset_(offset) {}

  // The next `want` bytes, fewer only when the end comes before. Valid until the next call.
  [[nodiscard]] std::string_view fill(std::size_t want);
  // Whether the last fill() showed all that is left.
  [[nodiscard]] bool ended() const { return shows_all_; }
  void consume(std::size_t count);
  // Goes `count` bytes further; false when the end comes before.
  [[nodiscard]] bool skip(std::uint64_t count);
  // Of the first byte that is not consumed.
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  [[nodiscard]] const std::string& name() const { return bytes_->name(); }

  // The bytes up to the next LF (taken away, CR before it too); false at the end. `too_long` is
  // set, and the line is cut to max_bytes, where it is longer.
  [[nodiscard]] bool next_line(std::string& line, std::size_t max_bytes, bool& too_long);
  // Goes behind the next LF; false at the end.
  [[nodiscard]] bool skip_line();

 private:
  std::unique_ptr<Bytes> bytes_;
  std::uint64_t offset_;
  std::string buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool ended_ = false;
  bool shows_all_ = false;
};

}  // namespace fettle::data::collect
