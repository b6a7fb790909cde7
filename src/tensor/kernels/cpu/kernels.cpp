#include "tensor/kernels/cpu/kernels.h"

#include <algorithm>
#include <array>
#include <cstdlib>

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
#endif

// The best first.
constexpr std::array<Kernels, 4> kKernels = {{
#if defined(__x86_64__)
    {"avx512bf16", runs_avx512bf16, multiply_avx512bf16, row_kernels_avx512bf16},
    {"avx512", runs_avx512, multiply_avx512, row_kernels_avx512},
    {"avx2", runs_avx2, multiply_avx2, row_kernels_avx2},
#else
    {"avx512bf16", [] { return false; }, nullptr, nullptr},
    {"avx512", [] { return false; }, nullptr, nullptr},
    {"avx2", [] { return false; }, nullptr, nullptr},
#endif
    {"aten", [] { return true; }, nullptr, nullptr},
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
