#include "data/collect/bytes.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "base/error.h"
#include "data/text_file.h"

namespace fettle::data::collect {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kChunkBytes = std::size_t{1} << 18;

class FileBytes : public Bytes {
 public:
  FileBytes(const fs::path& path, std::string name) : name_(std::move(name)) {
    require_file(path);
    do {
      fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    } while (fd_ < 0 && errno == EINTR);
    if (fd_ < 0) throw DataError("{}: cannot open: {}", name_, std::strerror(errno));
    ::posix_fadvise(fd_, 0, 0, POSIX_FADV_SEQUENTIAL);
  }
  ~FileBytes() override { ::close(fd_); }
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;

  std::size_t read(char* out, std::size_t capacity) override {
    while (true) {
      const ssize_t count = ::read(fd_, out, capacity);
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno != EINTR) throw DataError("{}: cannot read: {}", name_, std::strerror(errno));
    }
  }

  bool skip(std::uint64_t count) override {
    const off_t end = ::lseek(fd_, 0, SEEK_CUR);
    const off_t size = end < 0 ? -1 : ::lseek(fd_, 0, SEEK_END);
    if (size < 0) return Bytes::skip(count);
    const auto left = static_cast<std::uint64_t>(size - std::min(end, size));
    const off_t to = count > left ? size : end + static_cast<off_t>(count);
    if (::lseek(fd_, to, SEEK_SET) < 0) {
      throw DataError("{}: cannot seek: {}", name_, std::strerror(errno));
    }
    return count <= left;
  }

  const std::string& name() const override { return name_; }

 private:
  std::string name_;
  int fd_ = -1;
};

class MemoryBytes : public Bytes {
 public:
  MemoryBytes(std::string_view bytes, std::string name) : rest_(bytes), name_(std::move(name)) {}

  std::size_t read(char* out, std::size_t capacity) override {
    const std::size_t count = std::min(capacity, rest_.size());
    std::memcpy(out, rest_.data(), count);
    rest_.remove_prefix(count);
    return count;
  }
  const std::string& name() const override { return name_; }

 private:
  std::string_view rest_;
  std::string name_;
};

std::string temporary_folder() {
  const char* const given = std::getenv("TMPDIR");
  return given != nullptr && *given != '\0' ? given : "/tmp";
}

void write_whole(int fd, const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t count = ::write(fd, bytes, size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      throw IoError("{}: cannot write a temporary file: {}; name another folder by TMPDIR",
                    temporary_folder(), std::strerror(errno));
    }
    bytes += count;
    size -= static_cast<std::size_t>(count);
  }
}

}  // namespace

bool Bytes::skip(std::uint64_t count) {
  std::vector<char> unwanted(std::min<std::uint64_t>(count, kChunkBytes));
  while (count > 0) {
    const std::size_t got = read(unwanted.data(), std::min<std::uint64_t>(count, kChunkBytes));
    if (got == 0) return false;
    count -= got;
  }
  return true;
}

std::unique_ptr<Bytes> open_file(const fs::path& path, std::string name) {
  return std::make_unique<FileBytes>(path, std::move(name));
}

std::unique_ptr<Bytes> open_memory(std::string_view bytes, std::string name) {
  return std::make_unique<MemoryBytes>(bytes, std::move(name));
}

std::string read_all(Bytes& bytes, std::uint64_t max_bytes, std::string_view what) {
  std::string out;
  while (true) {
    const std::size_t before = out.size();
    out.resize(before + kChunkBytes);
    const std::size_t count = bytes.read(out.data() + before, kChunkBytes);
    out.resize(before + count);
    if (count == 0) return out;
    if (out.size() > max_bytes) {
      throw DataError("{}: is larger than {}, the most that {} may have", bytes.name(),
                      byte_size(max_bytes), what);
    }
  }
}

Spooled::Spooled(Bytes& bytes, std::uint64_t max_bytes) {
  std::string pattern = temporary_folder() + "/fettle-XXXXXX";
  fd_ = ::mkostemp(pattern.data(), O_CLOEXEC);
  if (fd_ < 0) {
    throw IoError("{}: cannot create a temporary file: {}; name another folder by TMPDIR",
                  temporary_folder(), std::strerror(errno));
  }
  ::unlink(pattern.c_str());
  try {
    std::vector<char> chunk(kChunkBytes);
    std::uint64_t total = 0;
    while (const std::size_t count = bytes.read(chunk.data(), chunk.size())) {
      total += count;
      if (total > max_bytes) {
        throw DataError("{}: unpacks to more than {}; unpack it first, or raise max_unpacked_bytes",
                        bytes.name(), byte_size(max_bytes));
      }
      write_whole(fd_, chunk.data(), count);
    }
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

Spooled::~Spooled() { ::close(fd_); }

fs::path Spooled::path() const { return "/proc/self/fd/" + std::to_string(fd_); }

}  // namespace fettle::data::collect
