#include "base/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace fettle {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;

std::string reason() { return std::strerror(errno); }

int open_retrying(const fs::path& path, int flags, mode_t mode = 0644) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

void write_all(int fd, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0) {
      if (errno == EINTR) continue;
      throw IoError("{}: cannot write: {}; free space or choose another folder", path, reason());
    }
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void sync_fd(int fd, const fs::path& path) {
  if (::fsync(fd) != 0) {
    throw IoError("{}: the data did not reach the disk: {}; check the disk", path, reason());
  }
}

}  // namespace

std::string read_file(const fs::path& path, std::uint64_t max_bytes) {
  const int fd = open_retrying(path, O_RDONLY);
  if (fd < 0) throw IoError("{}: cannot open: {}", path, reason());
  struct stat status {};
  if (::fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
    ::close(fd);
    throw IoError("{}: is a folder; a file was expected", path);
  }
  std::string out;
  std::string chunk(kBufferBytes, '\0');
  while (true) {
    const ssize_t count = ::read(fd, chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const std::string why = reason();
      ::close(fd);
      throw IoError("{}: cannot read: {}", path, why);
    }
    if (count == 0) break;
    out.append(chunk.data(), static_cast<std::size_t>(count));
    if (out.size() > max_bytes) {
      ::close(fd);
      throw IoError("{}: is larger than the {} that are read at most", path, byte_size(max_bytes));
    }
  }
  ::close(fd);
  return out;
}

MappedFile::MappedFile(const fs::path& path) : path_(path) {
  // Not blocking: a named pipe is to be refused, not waited for.
  const int fd = open_retrying(path, O_RDONLY | O_NONBLOCK);
  if (fd < 0) throw IoError("{}: cannot open: {}", path, reason());
  struct stat status {};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(fd);
    throw IoError("{}: is not a regular file", path);
  }
  size_ = static_cast<std::size_t>(status.st_size);
  if (size_ > 0) {
    void* mapped = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd, 0);
    if (mapped == MAP_FAILED) {
      const std::string why = reason();
      ::close(fd);
      throw IoError("{}: cannot map {}: {}", path, byte_size(size_), why);
    }
    data_ = static_cast<const std::byte*>(mapped);
  }
  ::close(fd);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

void MappedFile::forget(std::span<const std::byte> range) const {
  static const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = static_cast<std::size_t>(range.data() - data_);
  // Whole pages alone: what lies beside them may be in use.
  const std::size_t first = (begin + page - 1) / page * page;
  const std::size_t last = (begin + range.size()) / page * page;
  if (first < last) ::madvise(const_cast<std::byte*>(data_) + first, last - first, MADV_DONTNEED);
}

AtomicFile::AtomicFile(fs::path path) : path_(std::move(path)) {
  temporary_ = path_;
  temporary_ += text(".tmp-{}", static_cast<std::int64_t>(::getpid()));
  fd_ = open_retrying(temporary_, O_WRONLY | O_CREAT | O_TRUNC);
  if (fd_ < 0) throw IoError("{}: cannot create: {}", temporary_, reason());
}

AtomicFile::~AtomicFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::string_view bytes) {
  written_ += bytes.size();
  if (buffer_.size() + bytes.size() < kBufferBytes) {
    buffer_.append(bytes);
    return;
  }
  flush();
  write_all(fd_, bytes, temporary_);
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  write(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

void AtomicFile::flush() {
  write_all(fd_, buffer_, temporary_);
  buffer_.clear();
}

void AtomicFile::commit() {
  flush();
  sync_fd(fd_, temporary_);
  const int fd = std::exchange(fd_, -1);
  if (::close(fd) != 0) {
    const std::string why = reason();
    ::unlink(temporary_.c_str());
    throw IoError("{}: cannot close: {}", temporary_, why);
  }
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
    const std::string why = reason();
    ::unlink(temporary_.c_str());
    throw IoError("{}: cannot rename into place: {}", path_, why);
  }
  sync_folder(path_.has_parent_path() ? path_.parent_path() : fs::path("."));
}

void write_file_atomically(const fs::path& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

void sync_folder(const fs::path& folder) {
  const int fd = open_retrying(folder, O_RDONLY | O_DIRECTORY);
  if (fd < 0) throw IoError("{}: cannot open the folder: {}", folder, reason());
  const int status = ::fsync(fd);
  const std::string why = reason();
  ::close(fd);
  if (status != 0) throw IoError("{}: the folder did not reach the disk: {}", folder, why);
}

void rename_folder(const fs::path& from, const fs::path& to) {
  if (fs::exists(fs::symlink_status(to))) {
    throw IoError("{}: exists already; move it away first", to);
  }
  if (::rename(from.c_str(), to.c_str()) != 0) {
    throw IoError("{}: cannot rename into place: {}", to, reason());
  }
  sync_folder(to.has_parent_path() ? to.parent_path() : fs::path("."));
}

void make_folders(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error || !fs::is_directory(folder)) {
    throw IoError("{}: cannot create the folder: {}", folder,
                  error ? error.message() : std::string("a file of that name is in the way"));
  }
}

FolderLock::FolderLock(const fs::path& folder) {
  const fs::path path = folder / ".lock";
  fd_ = open_retrying(path, O_RDWR | O_CREAT);
  if (fd_ < 0) throw IoError("{}: cannot create: {}", path, reason());
  if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    char holder[32] = {};
    const ssize_t count = ::pread(fd_, holder, sizeof holder - 1, 0);
    ::close(fd_);
    throw UsageError("{}: process {} is running in this folder; wait for it or choose another one",
                     folder, std::string_view(holder, count > 0 ? static_cast<size_t>(count) : 0));
  }
  const std::string self = std::to_string(::getpid());
  if (::ftruncate(fd_, 0) != 0 || ::pwrite(fd_, self.data(), self.size(), 0) < 0) {
    const std::string why = reason();
    ::close(fd_);
    throw IoError("{}: cannot write: {}", path, why);
  }
}

FolderLock::~FolderLock() { ::close(fd_); }

}  // namespace fettle
