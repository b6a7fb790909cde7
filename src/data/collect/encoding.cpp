#include "data/collect/encoding.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/format.h"

namespace fettle::data::collect {
namespace {

struct Mark {
  std::string_view bytes;
  const char* encoding;
};

using namespace std::string_view_literals;
// UTF-32's little-endian mark begins with UTF-16's, so it stands first.
constexpr std::array kMarks = {
    Mark{"\xef\xbb\xbf"sv, "UTF-8"},    Mark{"\xff\xfe\0\0"sv, "UTF-32LE"},
    Mark{"\0\0\xfe\xff"sv, "UTF-32BE"}, Mark{"\xff\xfe"sv, "UTF-16LE"},
    Mark{"\xfe\xff"sv, "UTF-16BE"},
};

bool is_utf8(std::string name) {
  std::erase(name, '-');
  name = lower_ascii(name);
  return name.empty() || name == "utf8" || name == "ascii" || name == "usascii";
}

// Gives back the bytes that were looked at, then the rest.
class Prefixed : public Bytes {
 public:
  Prefixed(std::unique_ptr<Bytes> rest, std::string first)
      : rest_(std::move(rest)), first_(std::move(first)) {}

  std::size_t read(char* out, std::size_t capacity) override {
    if (at_ == first_.size()) return rest_->read(out, capacity);
    const std::size_t count = std::min(capacity, first_.size() - at_);
    std::memcpy(out, first_.data() + at_, count);
    at_ += count;
    return count;
  }
  bool skip(std::uint64_t count) override {
    const std::uint64_t own = std::min<std::uint64_t>(count, first_.size() - at_);
    at_ += own;
    return count == own || rest_->skip(count - own);
  }
  const std::string& name() const override { return rest_->name(); }

 private:
  std::unique_ptr<Bytes> rest_;
  std::string first_;
  std::size_t at_ = 0;
};

class Converted : public Bytes {
 public:
  Converted(std::unique_ptr<Bytes> from, const std::string& encoding)
      : from_(std::move(from)), encoding_(encoding), in_(kChunkBytes) {
    const bool plain = std::all_of(encoding.begin(), encoding.end(), [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '-' || c == '_';
    });
    handle_ = plain ? ::iconv_open("UTF-8", encoding.c_str()) : kNone;
    if (handle_ == kNone) {
      throw UsageError(
          "{}: the encoding \"{}\" is not known; known are utf-8, utf-16le, latin1, windows-1252 "
          "and the others that `iconv -l` lists",
          from_->name(), encoding.substr(0, 40));
    }
  }
  ~Converted() override { ::iconv_close(handle_); }
  Converted(const Converted&) = delete;
  Converted& operator=(const Converted&) = delete;

  // A character may need more room than is left: it is kept for the next call.
  std::size_t read(char* out, std::size_t capacity) override {
    if (kept_.empty() && capacity >= kCharacterRoom) return convert(out, capacity);
    if (kept_.empty()) {
      kept_.resize(kCharacterRoom);
      kept_.resize(convert(kept_.data(), kept_.size()));
    }
    const std::size_t count = std::min(capacity, kept_.size());
    std::memcpy(out, kept_.data(), count);
    kept_.erase(0, count);
    return count;
  }
  const std::string& name() const override { return from_->name(); }

 private:
  static constexpr std::size_t kChunkBytes = std::size_t{1} << 18;
  static constexpr std::size_t kCharacterRoom = 64;
  static inline const iconv_t kNone = reinterpret_cast<iconv_t>(-1);

  std::size_t convert(char* out, std::size_t capacity) {
    char* to = out;
    std::size_t room = capacity;
    while (to == out) {
      fill();
      char* at = in_.data() + begin_;
      std::size_t left = end_ - begin_;
      if (left == 0) break;
      const std::size_t before = left;
      const std::size_t code = ::iconv(handle_, &at, &left, &to, &room);
      begin_ = end_ - left;
      offset_ += before - left;
      if (code != static_cast<std::size_t>(-1) || errno == E2BIG) continue;
      if (errno == EINVAL && !ended_) continue;  // a sequence goes on in the next bytes
      if (to == out) refuse(errno == EINVAL);
    }
    return static_cast<std::size_t>(to - out);
  }

  void fill() {
    if (ended_ || end_ - begin_ > 16) return;
    std::memmove(in_.data(), in_.data() + begin_, end_ - begin_);
    end_ -= std::exchange(begin_, 0);
    const std::size_t count = from_->read(in_.data() + end_, in_.size() - end_);
    ended_ = count == 0;
    end_ += count;
  }

  [[noreturn]] void refuse(bool cut_off) const {
    throw DataError("{}: byte {} {} in {}; state another encoding or mend the file", name(),
                    offset_ + 1, cut_off ? "is cut off" : "is no character", encoding_);
  }

  std::unique_ptr<Bytes> from_;
  std::string encoding_;
  std::string kept_;
  std::vector<char> in_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t offset_ = 0;
  bool ended_ = false;
  iconv_t handle_ = kNone;
};

}  // namespace

std::unique_ptr<Bytes> as_utf8(std::unique_ptr<Bytes> bytes, const std::string& stated) {
  std::string first(4, '\0');
  std::size_t count = 0;
  while (count < first.size()) {
    const std::size_t got = bytes->read(first.data() + count, first.size() - count);
    if (got == 0) break;
    count += got;
  }
  first.resize(count);
  std::string encoding = stated;
  for (const Mark& mark : kMarks) {
    if (!std::string_view(first).starts_with(mark.bytes)) continue;
    encoding = mark.encoding;
    first.erase(0, mark.bytes.size());
    break;
  }
  auto whole = std::make_unique<Prefixed>(std::move(bytes), std::move(first));
  if (is_utf8(encoding)) return whole;
  return std::make_unique<Converted>(std::move(whole), encoding);
}

}  // namespace fettle::data::collect
