#include "data/match/spill_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace fettle::data {
namespace {

constexpr std::size_t kGather = std::size_t{1} << 18;

[[noreturn]] void fail(const char* what, const std::filesystem::path& path) {
  throw IoError("cannot {} the work file {}: {}", what, path, std::strerror(errno));
}

}  // namespace

SpillFile::SpillFile(std::filesystem::path path)
    : path_(std::move(path)),
      fd_(::open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {
  if (fd_ < 0) fail("create", path_);
}

SpillFile::~SpillFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(path_.c_str());
}

SpillFile::SpillFile(SpillFile&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      written_(other.written_),
      gathered_(std::move(other.gathered_)) {}

std::uint64_t SpillFile::append(std::span<const std::byte> bytes) {
  const std::uint64_t begin = size();
  if (bytes.size() >= kGather) {
    flush();
    write(bytes);
    return begin;
  }
  gathered_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (gathered_.size() >= kGather) flush();
  return begin;
}

std::uint64_t SpillFile::append(std::string_view bytes) {
  return append(std::as_bytes(std::span(bytes)));
}

void SpillFile::flush() {
  write(std::as_bytes(std::span(std::as_const(gathered_))));
  gathered_.clear();
}

void SpillFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t done = ::write(fd_, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) fail("write", path_);
    written_ += static_cast<std::uint64_t>(done);
    bytes = bytes.subspan(static_cast<std::size_t>(done));
  }
}

void SpillFile::read(std::uint64_t offset, std::span<std::byte> out) const {
  while (!out.empty()) {
    const ssize_t done = ::pread(fd_, out.data(), out.size(), static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) fail("read", path_);
    if (done == 0)
      throw IoError("the work file {} ends before byte {}; start again", path_, offset);
    offset += static_cast<std::uint64_t>(done);
    out = out.subspan(static_cast<std::size_t>(done));
  }
}

}  // namespace fettle::data
