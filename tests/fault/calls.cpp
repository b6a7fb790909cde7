// The calls that fault.h counts and disturbs, under their names in libc.
#include <sys/uio.h>

#include "tests/fault/fault.h"

namespace {

using fettle::fault::next;
using fettle::fault::on_fd;
using fettle::fault::on_open;
using fettle::fault::on_path;
using fettle::fault::on_rename;
using fettle::fault::on_write;

using Open = int (*)(const char*, int, ...);
using OpenAt = int (*)(int, const char*, int, ...);
using Write = ssize_t (*)(int, const void*, size_t);
using WriteAt = ssize_t (*)(int, const void*, size_t, off_t);
using WriteMany = ssize_t (*)(int, const iovec*, int);
using OpenStream = FILE* (*)(const char*, const char*);
using OnFd = int (*)(int);
using OnPath = int (*)(const char*);
using Resize = int (*)(int, off_t);
using MakeFolder = int (*)(const char*, mode_t);
using RemoveAt = int (*)(int, const char*, int);
using Link = int (*)(const char*, const char*);
using LinkAt = int (*)(const char*, int, const char*);
using Rename = int (*)(const char*, const char*);
using RenameAt = int (*)(int, const char*, int, const char*);
using RenameAt2 = int (*)(int, const char*, int, const char*, unsigned);

// The mode of a call that may create; of others libc passes none.
mode_t mode_of(int flags, va_list& rest) {
  return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(rest, mode_t) : 0;
}

ssize_t write_at(const char* name, int fd, const void* bytes, size_t count, off_t offset) {
  const auto real = next<WriteAt>(name);
  return on_write(
      "pwrite", fd, [&] { return real(fd, bytes, count, offset); },
      [&] { return real(fd, bytes, count / 2, offset); });
}

FILE* open_stream(const char* name, const char* path, const char* mode) {
  const auto real = next<OpenStream>(name);
  if (std::strpbrk(mode, "wa+") == nullptr) return real(path, mode);
  return on_path("fopen", AT_FDCWD, path, true, static_cast<FILE*>(nullptr),
                 [&] { return real(path, mode); });
}

int resize(const char* name, int fd, off_t size) {
  const auto real = next<Resize>(name);
  return on_fd("ftruncate", fd, true, -1, [&] { return real(fd, size); });
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = mode_of(flags, rest);
  va_end(rest);
  const auto real = next<Open>("open");
  return on_open("open", AT_FDCWD, path, flags, [&] { return real(path, flags, mode); });
}

int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = mode_of(flags, rest);
  va_end(rest);
  const auto real = next<Open>("open64");
  return on_open("open", AT_FDCWD, path, flags, [&] { return real(path, flags, mode); });
}

int openat(int at, const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = mode_of(flags, rest);
  va_end(rest);
  const auto real = next<OpenAt>("openat");
  return on_open("openat", at, path, flags, [&] { return real(at, path, flags, mode); });
}

int openat64(int at, const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = mode_of(flags, rest);
  va_end(rest);
  const auto real = next<OpenAt>("openat64");
  return on_open("openat", at, path, flags, [&] { return real(at, path, flags, mode); });
}

FILE* fopen(const char* path, const char* mode) { return open_stream("fopen", path, mode); }
FILE* fopen64(const char* path, const char* mode) { return open_stream("fopen64", path, mode); }

ssize_t write(int fd, const void* bytes, size_t count) {
  const auto real = next<Write>("write");
  return on_write(
      "write", fd, [&] { return real(fd, bytes, count); },
      [&] { return real(fd, bytes, count / 2); });
}

ssize_t pwrite(int fd, const void* bytes, size_t count, off_t offset) {
  return write_at("pwrite", fd, bytes, count, offset);
}

ssize_t pwrite64(int fd, const void* bytes, size_t count, off64_t offset) {
  return write_at("pwrite64", fd, bytes, count, offset);
}

ssize_t writev(int fd, const iovec* parts, int count) {
  const auto real = next<WriteMany>("writev");
  return on_write(
      "writev", fd, [&] { return real(fd, parts, count); },
      [&] {
        const iovec half{parts[0].iov_base, parts[0].iov_len / 2};
        return real(fd, &half, 1);
      });
}

int fsync(int fd) {
  return on_fd("fsync", fd, false, -1, [&] { return next<OnFd>("fsync")(fd); });
}

int fdatasync(int fd) {
  return on_fd("fdatasync", fd, false, -1, [&] { return next<OnFd>("fdatasync")(fd); });
}

int ftruncate(int fd, off_t size) noexcept { return resize("ftruncate", fd, size); }
int ftruncate64(int fd, off64_t size) noexcept { return resize("ftruncate64", fd, size); }

// Only of descriptors that were written to. One that fails is closed all the same, as on Linux.
int close(int fd) {
  const auto real = next<OnFd>("close");
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) return real(fd);
  bool closed = false;
  const int status = on_fd("close", fd, false, -1, [&] {
    closed = true;
    return real(fd);
  });
  if (!closed) {
    const int error = errno;
    real(fd);
    errno = error;
  }
  return status;
}

int mkdir(const char* path, mode_t mode) noexcept {
  const auto real = next<MakeFolder>("mkdir");
  return on_path("mkdir", AT_FDCWD, path, true, -1, [&] { return real(path, mode); });
}

int rmdir(const char* path) noexcept {
  return on_path("rmdir", AT_FDCWD, path, false, -1, [&] { return next<OnPath>("rmdir")(path); });
}

int unlink(const char* path) noexcept {
  return on_path("unlink", AT_FDCWD, path, false, -1, [&] { return next<OnPath>("unlink")(path); });
}

int remove(const char* path) noexcept {
  return on_path("remove", AT_FDCWD, path, false, -1, [&] { return next<OnPath>("remove")(path); });
}

int unlinkat(int at, const char* path, int flags) noexcept {
  const auto real = next<RemoveAt>("unlinkat");
  return on_path("unlinkat", at, path, false, -1, [&] { return real(at, path, flags); });
}

int symlink(const char* to, const char* path) noexcept {
  const auto real = next<Link>("symlink");
  return on_path("symlink", AT_FDCWD, path, true, -1, [&] { return real(to, path); });
}

int symlinkat(const char* to, int at, const char* path) noexcept {
  const auto real = next<LinkAt>("symlinkat");
  return on_path("symlink", at, path, true, -1, [&] { return real(to, at, path); });
}

int rename(const char* from, const char* to) noexcept {
  const auto real = next<Rename>("rename");
  return on_rename("rename", AT_FDCWD, from, AT_FDCWD, to, [&] { return real(from, to); });
}

int renameat(int from_at, const char* from, int to_at, const char* to) noexcept {
  const auto real = next<RenameAt>("renameat");
  return on_rename("renameat", from_at, from, to_at, to,
                   [&] { return real(from_at, from, to_at, to); });
}

int renameat2(int from_at, const char* from, int to_at, const char* to, unsigned flags) noexcept {
  const auto real = next<RenameAt2>("renameat2");
  return on_rename("renameat2", from_at, from, to_at, to,
                   [&] { return real(from_at, from, to_at, to, flags); });
}

}  // extern "C"
