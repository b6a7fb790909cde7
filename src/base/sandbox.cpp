#include "base/sandbox.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>

#include "base/format.h"
#include "base/sandbox_child.h"

namespace fettle {
namespace {

using sandbox::Plan;
using sandbox::Report;
using sandbox::Stage;
using Clock = std::chrono::steady_clock;

std::string words_for(int error) { return std::strerror(error); }

// Both ends of a pipe, closed at the end.
struct Pipe {
  int read = -1;
  int write = -1;

  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) == 0) {
      read = ends[0];
      write = ends[1];
    }
  }
  ~Pipe() {
    shut(read);
    shut(write);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  static void shut(int& fd) {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }
};

// All that parent and child say to each other.
struct Pipes {
  Pipe go;
  Pipe report;
  Pipe input;
  Pipe output;
  Pipe errors;

  [[nodiscard]] bool good() const { return errors.write >= 0; }

  void give(Plan& plan) const {
    plan.go = go.read;
    plan.report = report.write;
    plan.input = input.read;
    plan.output = output.write;
    plan.errors = errors.write;
    plan.parents = {go.write, report.read, input.write, output.read, errors.read};
  }

  // The child's ends, which only it may hold.
  void shut_given() {
    for (int* fd : {&go.read, &report.write, &input.read, &output.write, &errors.write}) {
      Pipe::shut(*fd);
    }
  }
};

bool plain_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.size() < 256 &&
         name.find('/') == std::string::npos && name.find('\0') == std::string::npos;
}

// Folders above `path`, then binds the path itself.
void add_readable(Plan& plan, const std::string& path) {
  const std::string root = sandbox::kRoot;
  for (std::size_t at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1)) {
    plan.folders.push_back(root + path.substr(0, at));
  }
  plan.binds.emplace_back(path, root + path);
}

// The folders that programs need, with the links that stand for some of them.
void add_system(Plan& plan) {
  const std::string root = sandbox::kRoot;
  for (const char* name : {"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/alternatives",
                           "/etc/ld.so.cache"}) {
    std::error_code error;
    if (std::filesystem::is_symlink(name, error)) {
      plan.links.emplace_back(root + name, std::filesystem::read_symlink(name).string());
    } else if (std::filesystem::exists(name, error)) {
      plan.binds.emplace_back(name, root + name);
    }
  }
  for (const char* name : {"/dev/null", "/dev/zero", "/dev/urandom"}) {
    plan.devices.emplace_back(name, root + name);
  }
}

Result<Plan> plan_of(const SandboxJob& job) {
  if (job.command.empty() || !job.command[0].starts_with('/')) {
    return problem("sandbox", text("the program is \"{}\"; an absolute path was expected",
                                   job.command.empty() ? "" : job.command[0]));
  }
  const std::string root = sandbox::kRoot;
  Plan plan;
  plan.limits = job.limits;
  plan.folders = {root + "/box", root + "/dev", root + "/etc"};
  plan.links = {{root + "/tmp", "box"}};
  add_system(plan);
  for (const std::string& path : job.readable) {
    std::error_code error;
    const bool plain = std::filesystem::path(path).lexically_normal() == path;
    if (!path.starts_with('/') || !plain || !std::filesystem::exists(path, error)) {
      return problem("sandbox", text("\"{}\" is to be readable; an existing absolute path was "
                                     "expected",
                                     path));
    }
    add_readable(plan, path);
  }
  for (const auto& [name, content] : job.files) {
    if (!plain_name(name)) {
      return problem("sandbox", text("\"{}\" is no plain file name", name));
    }
    plan.files.emplace_back(root + "/box/" + name, &content);
  }
  plan.box_options = text("size={},nr_inodes={},mode=777", job.limits.disk_bytes,
                          job.limits.files + job.files.size() + 1);
  for (const std::string& word : job.command) plan.command.push_back(word.c_str());
  plan.command.push_back(nullptr);
  return plan;
}

bool write_to(const std::string& path, const std::string& words) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool good = ::write(fd, words.data(), words.size()) == static_cast<ssize_t>(words.size());
  ::close(fd);
  return good;
}

// The child's users: it sets up as root of its namespace. A privileged parent gives it an
// unprivileged user too, because the kernel holds the system's root to no number of processes.
// What the child is told, or 0 where nothing may be mapped.
char map_users(pid_t child) {
  const std::string folder = text("/proc/{}/", child);
  const std::string nobody = text("{0} {0} 1\n", sandbox::kNobody);
  const std::string user = text("0 {} 1\n", ::geteuid());
  const std::string group = text("0 {} 1\n", ::getegid());
  if (::geteuid() == 0 && write_to(folder + "uid_map", user + nobody)) {
    return write_to(folder + "gid_map", group + nobody) ? sandbox::kTwoUsers : '\0';
  }
  write_to(folder + "setgroups", "deny");
  const bool good = write_to(folder + "uid_map", user) && write_to(folder + "gid_map", group);
  return good ? sandbox::kOneUser : '\0';
}

// Moves bytes between the program and us until it ends, its time is over or it printed too much.
class Exchange {
 public:
  Exchange(const SandboxJob& job, Pipe& input, Pipe& output, Pipe& errors)
      : job_(job), input_(input), output_(output), errors_(errors), start_(Clock::now()) {
    ::fcntl(input_.write, F_SETFL, O_NONBLOCK);
  }

  void run(SandboxResult& result) {
    if (job_.input.empty()) Pipe::shut(input_.write);
    while (output_.read >= 0 || errors_.read >= 0) {
      result.seconds = std::chrono::duration<double>(Clock::now() - start_).count();
      const double left = job_.limits.seconds - result.seconds;
      if (left <= 0) {
        result.end = SandboxEnd::kOutOfTime;
        return;
      }
      std::array<pollfd, 3> waits = {pollfd{output_.read, POLLIN, 0},
                                     pollfd{errors_.read, POLLIN, 0},
                                     pollfd{input_.write, POLLOUT, 0}};
      const int wait = static_cast<int>(std::min(left * 1000 + 1, 60000.0));
      if (::poll(waits.data(), waits.size(), wait) < 0 && errno != EINTR) return;
      if (waits[2].revents != 0) feed();
      const bool fits = (waits[0].revents == 0 || take(output_.read, result.output)) &&
                        (waits[1].revents == 0 || take(errors_.read, result.errors));
      if (!fits) {
        result.end = SandboxEnd::kTooMuchOutput;
        return;
      }
    }
    result.seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  }

 private:
  void feed() {
    const ssize_t count = ::write(input_.write, job_.input.data() + fed_, job_.input.size() - fed_);
    if (count > 0) fed_ += static_cast<std::size_t>(count);
    if ((count < 0 && errno != EAGAIN && errno != EINTR) || fed_ == job_.input.size()) {
      Pipe::shut(input_.write);
    }
  }

  // False when more than the limit came.
  bool take(int& fd, std::string& into) const {
    std::array<char, 65536> bytes;
    const ssize_t count = ::read(fd, bytes.data(), bytes.size());
    if (count > 0) into.append(bytes.data(), static_cast<std::size_t>(count));
    if (count == 0 || (count < 0 && errno != EINTR)) Pipe::shut(fd);
    if (into.size() <= job_.limits.output_bytes) return true;
    into.resize(job_.limits.output_bytes);
    return false;
  }

  const SandboxJob& job_;
  Pipe& input_;
  Pipe& output_;
  Pipe& errors_;
  Clock::time_point start_;
  std::size_t fed_ = 0;
};

std::string_view stage_name(Stage stage) {
  constexpr std::array<std::string_view, 11> kNames = {"",
                                                       "the mounts",
                                                       "a new root",
                                                       "the system's folders",
                                                       "the job's files",
                                                       "entering the root",
                                                       "the limits",
                                                       "giving up rights",
                                                       "the filter of system calls",
                                                       "a process",
                                                       "the program"};
  return kNames[static_cast<std::size_t>(stage)];
}

void end_child(pid_t child) {
  ::kill(child, SIGKILL);
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

// A write to a program that has ended must not end us: SIGPIPE is held back meanwhile.
class NoPipeSignal {
 public:
  NoPipeSignal() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoPipeSignal() {
    const timespec at_once{};
    while (::sigtimedwait(&pipe_, nullptr, &at_once) > 0) {
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t pipe_{};
  sigset_t before_{};
};

// The program's status once its outputs are closed: it may have closed them and gone on. One that
// is over its limits is killed first.
bool wait_for_report(pid_t child, int fd, const SandboxLimits& limits, SandboxResult& result,
                     Report& report) {
  if (result.end != SandboxEnd::kExited) ::kill(child, SIGKILL);
  pollfd wait{fd, POLLIN, 0};
  const double left = std::max(limits.seconds - result.seconds, 0.0);
  const int ready = ::poll(&wait, 1, static_cast<int>(std::min(left * 1000, 3.6e6)));
  if (ready == 0 && result.end == SandboxEnd::kExited) result.end = SandboxEnd::kOutOfTime;
  return ready > 0 && ::read(fd, &report, sizeof(report)) == sizeof(report);
}

Result<SandboxResult> finish(const Report& report, bool reported, const std::string& program,
                             SandboxResult result) {
  if (reported && report.stage != Stage::kNone) {
    return problem("sandbox", text("{}: {} ({}); nothing was run", program,
                                   stage_name(report.stage), words_for(report.value)));
  }
  if (result.end != SandboxEnd::kExited) return result;
  if (!reported) {
    return problem("sandbox", text("{}: ended without a report", program));
  }
  if (WIFSIGNALED(report.value)) {
    result.end = SandboxEnd::kSignalled;
    result.code = WTERMSIG(report.value);
  } else {
    result.code = WEXITSTATUS(report.value);
  }
  return result;
}

}  // namespace

std::string SandboxResult::sentence(const SandboxLimits& limits) const {
  switch (end) {
    case SandboxEnd::kExited:
      return text("ended with exit code {}", code);
    case SandboxEnd::kSignalled:
      return text("was ended by signal {} ({})", code, ::strsignal(code));
    case SandboxEnd::kOutOfTime:
      return text("was stopped after {} s", limits.seconds);
    case SandboxEnd::kTooMuchOutput:
      return text("was stopped after printing {}", byte_size(limits.output_bytes));
  }
  return "";
}

Result<SandboxResult> run_sandboxed(const SandboxJob& job) {
  Result<Plan> planned = plan_of(job);
  if (!planned) return tl::unexpected(planned.error());
  Pipes pipes;
  if (!pipes.good()) return problem("sandbox", text("pipe: {}", words_for(errno)));
  pipes.give(*planned);
  const NoPipeSignal guard;
  constexpr unsigned long kApart = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET |
                                   CLONE_NEWIPC | CLONE_NEWUTS | SIGCHLD;
  const auto child = static_cast<pid_t>(::syscall(SYS_clone, kApart, 0, 0, 0, 0));
  if (child == 0) sandbox::run_child(*planned);
  if (child < 0) {
    return problem("sandbox",
                   text("this system gives no namespaces ({}); allow unprivileged user "
                        "namespaces (sysctl user.max_user_namespaces), or run where they "
                        "are allowed; nothing was run",
                        words_for(errno)));
  }
  pipes.shut_given();
  const char users = map_users(child);
  if (users == '\0') {
    const std::string why = words_for(errno);
    end_child(child);
    return problem("sandbox", text("users of the namespace: {}; nothing was run", why));
  }
  SandboxResult result;
  if (::write(pipes.go.write, &users, 1) == 1) {
    Exchange(job, pipes.input, pipes.output, pipes.errors).run(result);
  }
  Report report;
  const bool reported = wait_for_report(child, pipes.report.read, job.limits, result, report);
  end_child(child);
  return finish(report, reported, job.command[0], std::move(result));
}

}  // namespace fettle
