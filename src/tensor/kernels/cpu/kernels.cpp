#include "tensor/kernels/cpu/kernels.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#if defined(__linux__) && defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "base/error.h"
#include "base/nearest.h"

namespace fettle::tensor::cpu {
namespace {

#if defined(__x86_64__)
// What the kernels are compiled with (../../CMakeLists.txt), each: a virtual machine may show any
// part of a set.
bool runs_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

bool runs_avx512() {
  return runs_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl");
}

bool runs_avx512bf16() {
  return runs_avx512() && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bf16");
}

// Matrix tiles of bfloat16, which Linux saves for the threads of a process that asked (Intel SDM,
// CPUID 7.0 EDX bits 22 and 24; Linux, Documentation/arch/x86/xstate.rst).
bool runs_amx() {
#ifdef __linux__
  constexpr unsigned kBits = 1U << 22 | 1U << 24;
  constexpr long kRequestPermission = 0x1023;
  constexpr long kTileData = 18;
  unsigned a = 0, b = 0, c = 0, d = 0;
  return runs_avx512bf16() && __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 &&
         (d & kBits) == kBits && syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}
#endif

// The best first.
constexpr std::array<Kernels, 5> kKernels = {{
#if defined(__x86_64__)
    {"amx", runs_amx, multiply_amx, keeps_strips_amx, bring_amx, row_kernels_amx},
    {"avx512bf16", runs_avx512bf16, multiply_avx512bf16, nullptr, nullptr, row_kernels_avx512bf16},
    {"avx512", runs_avx512, multiply_avx512, nullptr, nullptr, row_kernels_avx512},
    {"avx2", runs_avx2, multiply_avx2, nullptr, nullptr, row_kernels_avx2},
#else
    {"amx", [] { return false; }, nullptr, nullptr, nullptr, nullptr},
    {"avx512bf16", [] { return false; }, nullptr, nullptr, nullptr, nullptr},
    {"avx512", [] { return false; }, nullptr, nullptr, nullptr, nullptr},
    {"avx2", [] { return false; }, nullptr, nullptr, nullptr, nullptr},
#endif
    {"aten", [] { return true; }, nullptr, nullptr, nullptr, nullptr},
}};

const Kernels& choose() {
  const char* const named = std::getenv("FETTLE_KERNELS");
  if (named == nullptr || *named == '\0') {
    return *std::find_if(kKernels.begin(), kKernels.end(),
                         [](const Kernels& row) { return row.runs(); });
  }
  const Kernels& row = row_named(kKernels, "FETTLE_KERNELS", named);
  if (!row.runs()) {
    throw UsageError("FETTLE_KERNELS is {}, which this CPU does not run; leave it unset", named);
  }
  return row;
}

}  // namespace

const Kernels& kernels() {
  static const Kernels& chosen = choose();
  return chosen;
}

bool has_kernels() { return kernels().multiply != nullptr; }

std::string_view kernels_name() { return kernels().name; }

}  // namespace fettle::tensor::cpu
