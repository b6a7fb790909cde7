#include <limits>

#include "base/error.h"
#include "data/match/print.h"
#include "data/match/shingles.h"
#include "data/match/spans.h"

namespace fettle::data {
namespace {

constexpr std::uint64_t kBase = 0x9e3779b97f4a7c15ULL;

// Robust winnowing: the least hash of each window, the one chosen before while it is still least,
// else the rightmost.
class Winnow {
 public:
  Winnow(std::size_t window, std::vector<Mark>& out) : window_(window), ring_(window), out_(out) {}

  void take(Mark mark) {
    ring_[count_ % window_] = mark;
    ++count_;
    const bool fell_out = has_least_ && count_ > window_ && mark.at - least_.at >= window_;
    if (!has_least_ || fell_out) {
      rescan();
    } else if (mark.hash < least_.hash) {
      choose(mark);
    }
  }

 private:
  void rescan() {
    if (count_ < window_) return;
    Mark best = ring_[count_ % window_];
    for (std::size_t i = 1; i < window_; ++i) {
      const Mark& mark = ring_[(count_ + i) % window_];
      if (mark.hash <= best.hash) best = mark;
    }
    has_least_ = true;
    choose(best);
  }

  void choose(Mark mark) {
    least_ = mark;
    out_.push_back(mark);
  }

  std::size_t window_;
  std::vector<Mark> ring_;
  std::vector<Mark>& out_;
  std::size_t count_ = 0;
  Mark least_;
  bool has_least_ = false;
};

}  // namespace

void marks_of(std::string_view text, std::size_t bytes, std::vector<Mark>& out) {
  out.clear();
  const std::size_t run = bytes / 2;
  if (text.size() < bytes || run == 0) return;
  std::uint64_t leaving = 1;
  for (std::size_t i = 0; i < run; ++i) leaving *= kBase;
  Winnow winnow(bytes - run + 1, out);
  const auto byte = [&](std::size_t i) {
    return std::uint64_t{static_cast<unsigned char>(text[i])} + 1;
  };
  std::uint64_t rolled = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    rolled = rolled * kBase + byte(i);
    if (i >= run) rolled -= leaving * byte(i - run);
    if (i + 1 >= run) winnow.take({mix64(rolled), static_cast<std::uint32_t>(i + 1 - run)});
  }
}

void span_print(std::string_view text, std::size_t bytes, std::string& out) {
  if (text.size() >= std::numeric_limits<std::uint32_t>::max()) {
    throw DataError("a text has {} bytes; at most 4 GiB can be compared: cut it into parts",
                    text.size());
  }
  thread_local std::vector<Mark> marks;
  marks_of(text, bytes, marks);
  append_plain(out, static_cast<std::uint32_t>(marks.size()));
  for (const Mark& mark : marks) {
    append_plain(out, mark.hash);
    append_plain(out, mark.at);
  }
  out += text;
}

}  // namespace fettle::data
