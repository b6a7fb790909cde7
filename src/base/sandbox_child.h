// The sandbox's inside: what happens between clone and exec. Private to base/sandbox.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/sandbox.h"

namespace fettle::sandbox {

// Where setting up failed, as the child reports it.
enum class Stage : std::int32_t {
  kNone,
  kMounts,
  kRoot,
  kFolders,
  kFiles,
  kPivot,
  kLimits,
  kUser,
  kFilter,
  kFork,
  kExec
};

struct Report {
  Stage stage = Stage::kNone;  // kNone: the program ran, and value is its wait status
  std::int32_t value = 0;      // otherwise errno
};

// Everything that the child needs, made before it exists: it shares no locks with its parent's
// threads, so it must not allocate.
struct Plan {
  std::vector<std::string> folders;                        // made under the new root
  std::vector<std::pair<std::string, std::string>> links;  // path under the new root, target
  std::vector<std::pair<std::string, std::string>> binds;  // what, path under the new root
  std::vector<std::pair<std::string, std::string>> devices;
  std::vector<std::pair<std::string, const std::string*>> files;  // path under the new root
  std::string box_options;                                        // of the working folder's tmpfs
  std::vector<const char*> command;                               // ends with nullptr
  SandboxLimits limits;
  std::array<int, 5> parents{};  // the parent's ends of the pipes, which the child must not hold
  int go = -1;  // read before anything: kTwoUsers or kOneUser, which the parent has mapped
  int report = -1;
  int input = -1;
  int output = -1;
  int errors = -1;
};

// Two users: root of the namespace sets up, and the program runs as kNobody.
inline constexpr char kTwoUsers = '2';
inline constexpr char kOneUser = '1';
inline constexpr unsigned kNobody = 65534;
// The new root is mounted here while it is made: a folder that every system has and no program's
// files lie in.
inline constexpr const char* kRoot = "/proc";

[[noreturn]] void run_child(const Plan& plan);

}  // namespace fettle::sandbox
