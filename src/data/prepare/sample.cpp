#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/json.h"
#include "data/prepare/topics.h"
#include "data/record.h"

namespace fettle::data::prepare {
namespace {

constexpr std::size_t kFirstWindow = std::size_t{1} << 13;
constexpr std::size_t kLastWindow = std::size_t{1} << 20;

class Descriptor {
 public:
  explicit Descriptor(const fs::path& path)
      : path_(path), fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (fd_ < 0) throw IoError("{}: cannot open: {}", path, std::strerror(errno));
  }
  ~Descriptor() { ::close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] std::string read(std::uint64_t offset, std::size_t count) const {
    std::string out(count, '\0');
    const ssize_t got = ::pread(fd_, out.data(), count, static_cast<off_t>(offset));
    if (got < 0) throw IoError("{}: cannot read: {}", path_, std::strerror(errno));
    out.resize(static_cast<std::size_t>(got));
    return out;
  }

 private:
  fs::path path_;
  int fd_;
};

struct Line {
  std::uint64_t begin = 0;
  std::string bytes;
};

// The first whole line at or behind `offset`; empty when it is longer than the largest window.
Line line_behind(const Descriptor& file, std::uint64_t offset) {
  for (std::size_t window = kFirstWindow; window <= kLastWindow; window *= 8) {
    const std::string bytes = file.read(offset == 0 ? 0 : offset - 1, window);
    const std::size_t begin = offset == 0 ? 0 : bytes.find('\n');
    if (offset != 0 && begin == std::string::npos) continue;
    const std::size_t first = offset == 0 ? 0 : begin + 1;
    const std::size_t end = bytes.find('\n', first);
    if (end == std::string::npos) continue;
    return {(offset == 0 ? 0 : offset - 1) + first, bytes.substr(first, end - first)};
  }
  return {offset, {}};
}

}  // namespace

std::vector<std::string> sample_texts(const fs::path& path, std::size_t count) {
  const Descriptor file(path);
  const std::uint64_t size = fs::file_size(path);
  std::vector<std::string> out;
  const std::uint64_t stride = std::max<std::uint64_t>(1, size / std::max<std::size_t>(1, count));
  std::uint64_t end = 0;  // of the last line that was taken
  for (std::uint64_t mark = 0; mark < size; mark = std::max(mark + stride, end)) {
    const Line line = line_behind(file, mark);
    if (line.bytes.empty() || line.begin < end) continue;
    end = line.begin + line.bytes.size() + 1;
    const Result<Json> row = parse_json(line.bytes, path.native());
    if (!row) continue;
    std::string words = text_of(*row);
    if (!words.empty()) out.push_back(std::move(words));
  }
  return out;
}

}  // namespace fettle::data::prepare
