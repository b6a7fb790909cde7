#include "data/collect/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>

#include "base/error.h"

namespace fettle::data::collect {
namespace {

constexpr std::size_t kMaxErrors = 4096;

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  void set(int fd) { fd_ = fd; }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

[[noreturn]] void fail(const char* what) {
  throw IoError("cannot {}: {}", std::string_view(what), std::strerror(errno));
}

void fill_input(int fd, std::string_view input) {
  while (!input.empty()) {
    const ssize_t count = ::write(fd, input.data(), input.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("hand a file to a helper program");
    input.remove_prefix(static_cast<std::size_t>(count));
  }
  if (::lseek(fd, 0, SEEK_SET) < 0) fail("hand a file to a helper program");
}

void make_pipe(Descriptor& read_end, Descriptor& write_end) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("make a pipe");
  read_end.set(ends[0]);
  write_end.set(ends[1]);
}

pid_t spawn(const std::vector<std::string>& argv, int in, int out, int err) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, in, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out, 1);
  ::posix_spawn_file_actions_adddup2(&actions, err, 2);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  std::vector<char*> arguments;
  for (const std::string& one : argv) arguments.push_back(const_cast<char*>(one.c_str()));
  arguments.push_back(nullptr);
  const char* const path = std::getenv("PATH");
  std::string path_entry = std::string("PATH=") + (path == nullptr ? "/usr/bin:/bin" : path);
  std::string locale = "LC_ALL=C.UTF-8";
  std::array<char*, 3> environment = {path_entry.data(), locale.data(), nullptr};
  pid_t child = -1;
  const int code = ::posix_spawnp(&child, arguments[0], &actions, &attributes, arguments.data(),
                                  environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  errno = code;
  return code == 0 ? child : -1;
}

// Takes what is there; false at the end of the stream.
bool drain(int fd, std::string& into, std::size_t max_bytes) {
  std::array<char, 65536> chunk;
  const ssize_t count = ::read(fd, chunk.data(), chunk.size());
  if (count < 0) return errno == EINTR || errno == EAGAIN;
  into.append(chunk.data(), std::min(static_cast<std::size_t>(count),
                                     max_bytes + 1 - std::min(into.size(), max_bytes + 1)));
  return count > 0;
}

// Reads both streams until they end or a limit is reached.
void collect(int out, int err, const ProcessLimits& limits, Finished& done) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::duration<double>(limits.seconds);
  std::array<pollfd, 2> waits = {pollfd{out, POLLIN, 0}, pollfd{err, POLLIN, 0}};
  while (waits[0].fd >= 0 || waits[1].fd >= 0) {
    const double left = std::chrono::duration<double>(deadline - Clock::now()).count();
    if (left <= 0) {
      done.how = Finished::How::kTimeout;
      return;
    }
    ::poll(waits.data(), waits.size(), static_cast<int>(std::min(left * 1000 + 1, 60000.0)));
    if (waits[0].revents != 0 && !drain(out, done.output, limits.max_output)) waits[0].fd = -1;
    if (waits[1].revents != 0 && !drain(err, done.errors, kMaxErrors)) waits[1].fd = -1;
    if (done.output.size() > limits.max_output) {
      done.how = Finished::How::kTooMuch;
      return;
    }
  }
}

void reap(pid_t child, Finished& done) {
  if (done.how != Finished::How::kExited) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (done.how != Finished::How::kExited) return;
  if (WIFSIGNALED(status)) {
    done.how = Finished::How::kSignalled;
    done.code = WTERMSIG(status);
  } else {
    done.code = WEXITSTATUS(status);
  }
}

}  // namespace

Finished run_process(const std::vector<std::string>& argv, std::string_view input,
                     const ProcessLimits& limits) {
  Descriptor in(::memfd_create("input", MFD_CLOEXEC));
  if (in.get() < 0) fail("hand a file to a helper program");
  fill_input(in.get(), input);
  Descriptor out_read;
  Descriptor out_write;
  Descriptor err_read;
  Descriptor err_write;
  make_pipe(out_read, out_write);
  make_pipe(err_read, err_write);
  Finished done;
  const pid_t child = spawn(argv, in.get(), out_write.get(), err_write.get());
  if (child < 0) {
    if (errno != ENOENT) fail("start a helper program");
    done.how = Finished::How::kMissing;
    return done;
  }
  out_write.close();
  err_write.close();
  if (limits.max_memory > 0) {
    const rlimit memory{limits.max_memory, limits.max_memory};
    ::prlimit(child, RLIMIT_AS, &memory, nullptr);
  }
  collect(out_read.get(), err_read.get(), limits, done);
  reap(child, done);
  return done;
}

}  // namespace fettle::data::collect
