// Runs a stranger's program apart: own user, mount, process, network, IPC and host-name namespaces,
// a read-only root of system folders, no network, a working folder in memory, and limits on time,
// memory, processes, files and output. Linux 5.12 or newer.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace fettle {

struct SandboxLimits {
  double seconds = 10;                                  // by the clock, whatever the program does
  std::uint64_t memory_bytes = std::uint64_t{1} << 30;  // of address space, each process
  std::uint64_t processes = 16;                         // and threads, at one time
  std::uint64_t disk_bytes = std::uint64_t{64} << 20;   // of the working folder
  std::uint64_t files = 1000;                           // in the working folder
  std::uint64_t output_bytes = std::uint64_t{1} << 20;  // of each of stdout and stderr
};

struct SandboxJob {
  std::vector<std::string> command;  // program (an absolute path) and arguments; no shell
  std::string input;                 // what it reads from stdin
  // Written into its working folder /box: plain name, content.
  std::vector<std::pair<std::string, std::string>> files = {};
  // Folders beside /usr, /bin, /lib and their kin that it may read, under their own paths.
  std::vector<std::string> readable = {};
  SandboxLimits limits = {};
};

enum class SandboxEnd { kExited, kSignalled, kOutOfTime, kTooMuchOutput };

struct SandboxResult {
  SandboxEnd end = SandboxEnd::kExited;
  int code = 0;  // exit code, or the signal's number
  std::string output;
  std::string errors;
  double seconds = 0;

  [[nodiscard]] bool succeeded() const { return end == SandboxEnd::kExited && code == 0; }
  // "ended with exit code 1", "was stopped after 10 s", ...
  [[nodiscard]] std::string sentence(const SandboxLimits& limits) const;
};

// A problem says what the system refused (namespaces may be switched off) or what of the job cannot
// be: nothing ran then, and nothing ever runs outside the sandbox. Every process that the program
// started is gone on return.
[[nodiscard]] Result<SandboxResult> run_sandboxed(const SandboxJob& job);

}  // namespace fettle
