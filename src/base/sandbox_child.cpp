#include "base/sandbox_child.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cmath>
#include <cstddef>

namespace fettle::sandbox {
namespace {

[[noreturn]] void fail(const Plan& plan, Stage stage) {
  const Report report{stage, errno};
  if (::write(plan.report, &report, sizeof(report)) < 0) ::_exit(3);
  ::_exit(2);
}

void check(const Plan& plan, Stage stage, bool good) {
  if (!good) fail(plan, stage);
}

// What a file or a folder is bound onto must exist.
bool make_place(const char* what, const char* path) {
  struct stat found {};
  if (::stat(path, &found) == 0) return true;
  if (::stat(what, &found) != 0) return false;
  if (S_ISDIR(found.st_mode)) return ::mkdir(path, 0755) == 0 || errno == EEXIST;
  const int fd = ::open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
  return fd >= 0 && ::close(fd) == 0;
}

bool bind(const char* what, const char* path, bool device) {
  if (!make_place(what, path)) return false;
  if (::mount(what, path, nullptr, MS_BIND | MS_REC, nullptr) != 0) return false;
  if (device) return true;
  struct mount_attr attributes {};
  attributes.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
  return ::syscall(SYS_mount_setattr, AT_FDCWD, path, AT_RECURSIVE, &attributes,
                   sizeof(attributes)) == 0;
}

bool write_whole(int fd, const std::string& bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::write(fd, bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    done += static_cast<std::size_t>(count);
  }
  return true;
}

void make_root(const Plan& plan) {
  check(plan, Stage::kMounts, ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0);
  check(plan, Stage::kRoot,
        ::mount("tmpfs", kRoot, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=755") == 0);
  for (const std::string& folder : plan.folders) {
    check(plan, Stage::kFolders, ::mkdir(folder.c_str(), 0755) == 0 || errno == EEXIST);
  }
  for (const auto& [path, target] : plan.links) {
    check(plan, Stage::kFolders, ::symlink(target.c_str(), path.c_str()) == 0 || errno == EEXIST);
  }
  for (const auto& [what, path] : plan.binds) {
    check(plan, Stage::kFolders, bind(what.c_str(), path.c_str(), false));
  }
  for (const auto& [what, path] : plan.devices) {
    check(plan, Stage::kFolders, bind(what.c_str(), path.c_str(), true));
  }
  check(plan, Stage::kFolders,
        ::mount("tmpfs", plan.folders.front().c_str(), "tmpfs", MS_NOSUID | MS_NODEV,
                plan.box_options.c_str()) == 0);
  for (const auto& [path, content] : plan.files) {
    const int fd = ::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
    check(plan, Stage::kFiles, fd >= 0 && write_whole(fd, *content) && ::close(fd) == 0);
  }
}

void enter_root(const Plan& plan) {
  check(plan, Stage::kPivot, ::chdir(kRoot) == 0);
  check(plan, Stage::kPivot, ::mkdir("old", 0700) == 0);
  check(plan, Stage::kPivot, ::syscall(SYS_pivot_root, ".", "old") == 0);
  check(plan, Stage::kPivot, ::chdir("/") == 0 && ::umount2("/old", MNT_DETACH) == 0);
  check(plan, Stage::kPivot, ::rmdir("/old") == 0);
  check(plan, Stage::kPivot,
        ::mount(nullptr, "/", nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV,
                nullptr) == 0);
  check(plan, Stage::kPivot, ::chdir("/box") == 0);
}

bool limit(__rlimit_resource what, std::uint64_t most) {
  const rlimit value{most, most};
  return ::setrlimit(what, &value) == 0;
}

void set_limits(const Plan& plan) {
  const SandboxLimits& limits = plan.limits;
  // One process more: the one that waits.
  const bool good = limit(RLIMIT_AS, limits.memory_bytes) &&
                    limit(RLIMIT_FSIZE, limits.disk_bytes) &&
                    limit(RLIMIT_NPROC, limits.processes + 1) && limit(RLIMIT_NOFILE, 256) &&
                    limit(RLIMIT_CORE, 0) &&
                    limit(RLIMIT_CPU, static_cast<std::uint64_t>(std::ceil(limits.seconds)) + 1);
  check(plan, Stage::kLimits, good);
}

void drop_rights(const Plan& plan, bool change_user) {
  for (int capability = 0; capability <= 63; ++capability) {
    if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 && errno != EINVAL) {
      fail(plan, Stage::kUser);
    }
  }
  if (change_user) {
    // The raw calls: the library's would look for the parent's threads.
    check(plan, Stage::kUser, ::syscall(SYS_setgroups, 0, nullptr) == 0);
    check(plan, Stage::kUser, ::syscall(SYS_setresgid, kNobody, kNobody, kNobody) == 0);
    check(plan, Stage::kUser, ::syscall(SYS_setresuid, kNobody, kNobody, kNobody) == 0);
  }
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const std::array<__user_cap_data_struct, 2> none{};
  check(plan, Stage::kUser, ::syscall(SYS_capset, &header, none.data()) == 0);
  check(plan, Stage::kUser, ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
}

constexpr sock_filter statement(unsigned code, unsigned k) {
  return {static_cast<unsigned short>(code), 0, 0, k};
}
constexpr sock_filter jump(unsigned k, unsigned char yes, unsigned char no) {
  return {static_cast<unsigned short>(BPF_JMP | BPF_JEQ | BPF_K), yes, no, k};
}

// The calls that no program under test needs and that have let programs out before: they answer
// that they are not permitted; clone3, whose flags a filter cannot see, that it does not exist.
void filter_calls(const Plan& plan) {
#if defined(__x86_64__)
  constexpr unsigned kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
  constexpr unsigned kArchitecture = AUDIT_ARCH_AARCH64;
#endif
  constexpr std::array<unsigned, 26> kDenied = {
      SYS_mount,        SYS_umount2,          SYS_pivot_root,       SYS_mount_setattr,
      SYS_move_mount,   SYS_open_tree,        SYS_fsopen,           SYS_unshare,
      SYS_setns,        SYS_ptrace,           SYS_process_vm_readv, SYS_process_vm_writev,
      SYS_bpf,          SYS_perf_event_open,  SYS_userfaultfd,      SYS_keyctl,
      SYS_add_key,      SYS_request_key,      SYS_kexec_load,       SYS_init_module,
      SYS_finit_module, SYS_delete_module,    SYS_reboot,           SYS_io_uring_setup,
      SYS_chroot,       SYS_open_by_handle_at};
  constexpr unsigned kLoad = BPF_LD | BPF_W | BPF_ABS;
  std::array<sock_filter, 2 * kDenied.size() + 16> program{};
  std::size_t size = 0;
  const auto add = [&](sock_filter line) { program[size++] = line; };
  add(statement(kLoad, offsetof(seccomp_data, arch)));
  add(jump(kArchitecture, 1, 0));
  add(statement(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
  add(statement(kLoad, offsetof(seccomp_data, nr)));
  // The calls of x86's third interface, whose numbers begin there.
  add({BPF_JMP | BPF_JGE | BPF_K, 0, 1, 0x40000000});
  add(statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS));
  for (const unsigned call : kDenied) {
    add(jump(call, 0, 1));
    add(statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
  }
  add(jump(SYS_clone3, 0, 1));
  add(statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS));
  add(jump(SYS_clone, 0, 3));
  add(statement(kLoad, offsetof(seccomp_data, args)));
  // Namespaces of its own: CLONE_NEWUSER opens the way to all others.
  add({BPF_JMP | BPF_JSET | BPF_K, 0, 1, CLONE_NEWUSER});
  add(statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
  add(statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog whole{static_cast<unsigned short>(size), program.data()};
  check(plan, Stage::kFilter, ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &whole, 0, 0) == 0);
}

[[noreturn]] void run_program(const Plan& plan) {
  const std::array<const char*, 5> environment = {"PATH=/usr/bin:/bin", "HOME=/box", "TMPDIR=/box",
                                                  "LANG=C.UTF-8", nullptr};
  const bool good =
      ::dup2(plan.input, 0) == 0 && ::dup2(plan.output, 1) == 1 && ::dup2(plan.errors, 2) == 2;
  // What the parent's libraries opened stays behind.
  if (good && ::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC) == 0) {
    ::execve(plan.command[0], const_cast<char* const*>(plan.command.data()),
             const_cast<char* const*>(environment.data()));
  }
  fail(plan, Stage::kExec);
}

}  // namespace

void run_child(const Plan& plan) {
  for (const int end : plan.parents) ::close(end);
  char byte = 0;
  if (::read(plan.go, &byte, 1) != 1) ::_exit(3);
  check(plan, Stage::kUser, ::syscall(SYS_setresgid, 0, 0, 0) == 0);
  check(plan, Stage::kUser, ::syscall(SYS_setresuid, 0, 0, 0) == 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  make_root(plan);
  enter_root(plan);
  set_limits(plan);
  drop_rights(plan, byte == kTwoUsers);
  filter_calls(plan);
  // The first process of the namespace waits: when it ends, the kernel ends all others.
  const auto program = static_cast<pid_t>(::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
  check(plan, Stage::kFork, program >= 0);
  if (program == 0) run_program(plan);
  ::close(plan.input);
  ::close(plan.output);
  ::close(plan.errors);
  int status = 0;
  while (true) {
    const pid_t ended = ::waitpid(-1, &status, 0);
    if (ended == program) break;
    if (ended < 0 && errno != EINTR) fail(plan, Stage::kFork);
  }
  const Report report{Stage::kNone, status};
  ::_exit(::write(plan.report, &report, sizeof(report)) == sizeof(report) ? 0 : 3);
}

}  // namespace fettle::sandbox
