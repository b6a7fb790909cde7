// A library to preload: it counts the calls that change files under one folder, and at one of them
// kills the process or makes the call fail, as a power cut, a full disk or a bad one would.
//
//   FETTLE_FAULT_PATH  the folder (absolute, no symbolic links); calls elsewhere pass untouched
//   FETTLE_FAULT_LOG   a file outside it; each counted call appends "number name path"
//   FETTLE_FAULT_AT    the number of the call to disturb, from 1; without it calls are only counted
//   FETTLE_FAULT_MODE  kill        die before the call
//                      kill-after  die after it
//                      enospc, eio this call alone fails
//                      full        from this call on nothing more fits; removing still works
//                      short       a write takes half of its bytes and says so
//
// What stdio does inside libc (fwrite's own writes, fclose's close) is not seen; fopen is.
#pragma once

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace fettle::fault {

enum class Mode { kNone, kKill, kKillAfter, kEnospc, kEio, kFull, kShort };

struct Plan {
  char folder[PATH_MAX] = {};
  long at = 0;
  Mode mode = Mode::kNone;
  int log = -1;
};

struct Watched {
  bool hit = false;    // this is the call to disturb
  bool after = false;  // the call to disturb has passed
};

inline long calls = 0;

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

inline Mode mode_named(const char* name) {
  constexpr const char* kNames[] = {"kill", "kill-after", "enospc", "eio", "full", "short"};
  for (int i = 0; name != nullptr && i < 6; ++i) {
    if (std::strcmp(name, kNames[i]) == 0) return static_cast<Mode>(i + 1);
  }
  return Mode::kNone;
}

inline Plan make_plan() {
  Plan plan;
  const char* folder = std::getenv("FETTLE_FAULT_PATH");
  if (folder == nullptr || std::strlen(folder) >= sizeof plan.folder) return plan;
  std::strcpy(plan.folder, folder);
  if (const char* at = std::getenv("FETTLE_FAULT_AT")) plan.at = std::strtol(at, nullptr, 10);
  plan.mode = mode_named(std::getenv("FETTLE_FAULT_MODE"));
  if (const char* log = std::getenv("FETTLE_FAULT_LOG")) {
    using Open = int (*)(const char*, int, ...);
    plan.log = next<Open>("open")(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  }
  return plan;
}

inline const Plan& plan() {
  static const Plan made = make_plan();
  return made;
}

inline bool under_folder(const char* path) {
  const std::size_t length = std::strlen(plan().folder);
  return length > 0 && std::strncmp(path, plan().folder, length) == 0 &&
         (path[length] == '/' || path[length] == '\0');
}

// Absolute, without symbolic links on the way. False where that cannot be said: the call then
// fails by itself.
inline bool resolve(int at, const char* path, char (&out)[PATH_MAX]) {
  char joined[2 * PATH_MAX];
  if (path == nullptr || std::strlen(path) >= PATH_MAX) return false;
  if (path[0] == '/') {
    std::strcpy(joined, path);
  } else {
    char link[64];
    std::snprintf(link, sizeof link, "/proc/self/fd/%d", at);
    const char* base = at == AT_FDCWD ? "/proc/self/cwd" : link;
    const ssize_t length = ::readlink(base, joined, PATH_MAX - 2);
    if (length < 0) return false;
    joined[length] = '/';
    std::strcpy(joined + length + 1, path);
  }
  char* end = joined + std::strlen(joined);
  while (end > joined + 1 && end[-1] == '/') *--end = '\0';
  char* slash = std::strrchr(joined, '/');
  *slash = '\0';
  char parent[PATH_MAX];
  if (::realpath(slash == joined ? "/" : joined, parent) == nullptr) return false;
  return std::snprintf(out, sizeof out, "%s/%s", parent, slash + 1) < PATH_MAX;
}

inline Watched count(const char* name, const char* path) {
  const long number = __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);
  if (plan().log >= 0) {
    char line[PATH_MAX + 64];
    const int length = std::snprintf(line, sizeof line, "%ld %s %s\n", number, name, path);
    using Write = ssize_t (*)(int, const void*, size_t);
    if (length > 0) next<Write>("write")(plan().log, line, static_cast<size_t>(length));
  }
  return {.hit = number == plan().at, .after = plan().at > 0 && number > plan().at};
}

inline void die() {
  ::kill(::getpid(), SIGKILL);
  ::pause();
}

// The error that the call is to give, or 0. `grows`: the call needs room on the disk.
inline int error_of(const Watched& watched, bool grows) {
  const Mode mode = plan().mode;
  if (mode == Mode::kFull) return grows && (watched.hit || watched.after) ? ENOSPC : 0;
  if (!watched.hit) return 0;
  return mode == Mode::kEnospc ? ENOSPC : mode == Mode::kEio ? EIO : 0;
}

template <class Result, class Call>
Result disturb(const Watched& watched, bool grows, Result failed, Call call) {
  if (watched.hit && plan().mode == Mode::kKill) die();
  if (const int error = error_of(watched, grows)) {
    errno = error;
    return failed;
  }
  const Result result = call();
  if (watched.hit && plan().mode == Mode::kKillAfter) die();
  return result;
}

template <class Result, class Call>
Result on_path(const char* name, int at, const char* path, bool grows, Result failed, Call call) {
  char resolved[PATH_MAX];
  if (!resolve(at, path, resolved) || !under_folder(resolved)) return call();
  return disturb(count(name, resolved), grows, failed, call);
}

// The path of an open descriptor, if it lies in the folder.
inline bool watched_fd(int fd, char (&path)[PATH_MAX]) {
  char link[64];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = ::readlink(link, path, sizeof path - 1);
  if (length < 0) return false;
  path[length] = '\0';
  return under_folder(path);
}

template <class Result, class Call>
Result on_fd(const char* name, int fd, bool grows, Result failed, Call call) {
  char path[PATH_MAX];
  const int before = errno;
  const bool watched = watched_fd(fd, path);
  errno = before;
  return watched ? disturb(count(name, path), grows, failed, call) : call();
}

// As on_fd for calls that move bytes: `part` writes the first half only.
template <class Call, class Part>
ssize_t on_write(const char* name, int fd, Call call, Part part) {
  char path[PATH_MAX];
  if (!watched_fd(fd, path)) return call();
  const Watched watched = count(name, path);
  if (watched.hit && plan().mode == Mode::kShort) return part();
  return disturb(watched, true, ssize_t{-1}, call);
}

template <class Call>
int on_rename(const char* name, int from_at, const char* from, int to_at, const char* to,
              Call call) {
  char resolved[PATH_MAX];
  const bool watched = (resolve(from_at, from, resolved) && under_folder(resolved)) ||
                       (resolve(to_at, to, resolved) && under_folder(resolved));
  return watched ? disturb(count(name, resolved), false, -1, call) : call();
}

template <class Call>
int on_open(const char* name, int at, const char* path, int flags, Call call) {
  if ((flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)) == 0) return call();
  return on_path(name, at, path, (flags & O_CREAT) != 0, -1, call);
}

}  // namespace fettle::fault
