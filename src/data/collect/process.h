// A program that reads stdin and writes stdout, run without a shell, within limits.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fettle::data::collect {

struct ProcessLimits {
  std::size_t max_output = std::size_t{64} << 20;
  double seconds = 60;
  std::uint64_t max_memory = std::uint64_t{2} << 30;  // address space; 0: none
};

struct Finished {
  enum class How { kExited, kSignalled, kTimeout, kTooMuch, kMissing };
  How how = How::kExited;
  int code = 0;  // exit code or signal
  std::string output;
  std::string errors;  // the first 4 kB
};

// argv[0] is looked for in PATH. `input` is the child's seekable stdin. The child sees no other
// open file and an environment of PATH and LC_ALL=C.UTF-8 alone. Throws IoError when the system
// has no process or memory to give.
[[nodiscard]] Finished run_process(const std::vector<std::string>& argv, std::string_view input,
                                   const ProcessLimits& limits);

}  // namespace fettle::data::collect
