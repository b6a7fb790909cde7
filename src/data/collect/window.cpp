#include "data/collect/window.h"

#include <algorithm>
#include <cstring>

namespace fettle::data::collect {
namespace {

constexpr std::size_t kStepBytes = std::size_t{1} << 18;

}  // namespace

std::string_view Window::fill(std::size_t want) {
  if (begin_ > 0 && begin_ + want > buffer_.size()) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  while (!ended_ && end_ - begin_ < want) {
    const std::size_t need = want - (end_ - begin_);
    // Memory grows with what is there, not with what is asked for.
    if (buffer_.size() < end_ + std::min(need, kStepBytes)) {
      buffer_.resize(
          std::max(end_ + std::min(need, kStepBytes), std::min(2 * buffer_.size(), begin_ + want)));
    }
    const std::size_t count =
        bytes_->read(buffer_.data() + end_, std::min(need, buffer_.size() - end_));
    ended_ = count == 0;
    end_ += count;
  }
  const std::size_t shown = std::min(want, end_ - begin_);
  shows_all_ = ended_ && shown == end_ - begin_;
  return {buffer_.data() + begin_, shown};
}

void Window::consume(std::size_t count) {
  begin_ += count;
  offset_ += count;
}

bool Window::skip(std::uint64_t count) {
  while (count > 0) {
    const std::size_t step = std::min<std::uint64_t>(count, kStepBytes);
    const std::size_t got = fill(step).size();
    consume(got);
    if (got < step) return false;
    count -= step;
  }
  return true;
}

bool Window::skip_line() {
  while (true) {
    const std::string_view view = fill(kStepBytes);
    if (view.empty()) return false;
    const std::size_t end = view.find('\n');
    consume(end == std::string_view::npos ? view.size() : end + 1);
    if (end != std::string_view::npos) return true;
  }
}

bool Window::next_line(std::string& line, std::size_t max_bytes, bool& too_long) {
  line.clear();
  too_long = false;
  bool any = false;
  while (true) {
    const std::string_view view = fill(kStepBytes);
    if (view.empty()) break;
    any = true;
    const std::size_t end = view.find('\n');
    const std::string_view piece = view.substr(0, end);
    too_long = too_long || line.size() + piece.size() > max_bytes;
    line.append(piece.substr(0, max_bytes - std::min(max_bytes, line.size())));
    consume(end == std::string_view::npos ? view.size() : end + 1);
    if (end != std::string_view::npos) break;
  }
  if (line.ends_with('\r')) line.pop_back();
  return any;
}

}  // namespace fettle::data::collect
