#include "tensor/tensor.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <optional>

#include "base/error.h"
#include "base/nearest.h"
#include "tensor/kernels/cpu/features.h"

namespace fettle::tensor {
namespace {

// The figure behind `key` in a file of "key  value kB" lines, in bytes; 0 if it is not there.
std::uint64_t kilobytes_of(const char* path, std::string_view key) {
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with(key)) return std::strtoull(line.c_str() + key.size(), nullptr, 10) * 1024;
  }
  return 0;
}

}  // namespace

std::string shape_text(at::IntArrayRef shape) {
  std::string out = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) out += ", ";
    out += std::to_string(shape[i]);
  }
  return out + "]";
}

void expect_shape(const Tensor& value, std::initializer_list<std::int64_t> shape,
                  std::string_view what) {
  const at::IntArrayRef actual = value.sizes();
  const bool equal = actual.size() == shape.size() &&
                     std::equal(actual.begin(), actual.end(), shape.begin(),
                                [](std::int64_t a, std::int64_t b) { return b < 0 || a == b; });
  if (!equal) {
    throw InternalError("{} has shape {}; {} was expected", what, shape_text(actual),
                        shape_text(at::IntArrayRef(shape)));
  }
}

at::ScalarType to_torch(DType dtype) {
  switch (dtype) {
    case DType::kF64:
      return at::kDouble;
    case DType::kF32:
      return at::kFloat;
    case DType::kF16:
      return at::kHalf;
    case DType::kBF16:
      return at::kBFloat16;
    case DType::kI64:
      return at::kLong;
    case DType::kI32:
      return at::kInt;
    case DType::kI16:
      return at::kShort;
    case DType::kI8:
      return at::kChar;
    case DType::kU8:
      return at::kByte;
    case DType::kBool:
      return at::kBool;
  }
  throw InternalError("element type {} has no libtorch counterpart", static_cast<int>(dtype));
}

DType from_torch(at::ScalarType type) {
  constexpr std::array kAll = {DType::kF64, DType::kF32, DType::kF16, DType::kBF16, DType::kI64,
                               DType::kI32, DType::kI16, DType::kI8,  DType::kU8,   DType::kBool};
  for (const DType dtype : kAll) {
    if (to_torch(dtype) == type) return dtype;
  }
  throw ModelError("tensors of libtorch type {} cannot be written", static_cast<int>(type));
}

at::Device parse_device(std::string_view name) {
  const at::Context& context = at::globalContext();
  if (name == "cpu") return at::Device(at::kCPU);
  if (name == "auto") return at::Device(context.hasCUDA() ? at::kCUDA : at::kCPU);
  const bool is_cuda = name == "cuda" || name.starts_with("cuda:");
  const std::string_view index = is_cuda && name.size() > 5 ? name.substr(5) : "0";
  const bool is_index =
      !index.empty() && index.size() <= 2 &&
      std::all_of(index.begin(), index.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!is_cuda || !is_index) {
    constexpr std::array<std::string_view, 4> kKnown = {"auto", "cpu", "cuda", "cuda:N"};
    throw UsageError("{}", unknown_name("device", name, kKnown));
  }
  if (!context.hasCUDA()) {
    throw UsageError("device {}: this machine has no GPU that libtorch can use; say cpu or auto",
                     name);
  }
  return at::Device(at::kCUDA, static_cast<at::DeviceIndex>(std::stoi(std::string(index))));
}

at::ScalarType parse_compute_dtype(std::string_view name, at::Device device) {
  if (name == "float32") return at::kFloat;
  if (name == "bfloat16") return at::kBFloat16;
  if (name != "auto") {
    constexpr std::array<std::string_view, 3> kKnown = {"auto", "float32", "bfloat16"};
    throw UsageError("{}", unknown_name("dtype", name, kKnown));
  }
  if (device.is_cuda()) return at::kBFloat16;
  return cpu_multiplies_bfloat16() ? at::kBFloat16 : at::kFloat;
}

std::string_view dtype_name(at::ScalarType type) {
  if (type == at::kFloat) return "float32";
  if (type == at::kBFloat16) return "bfloat16";
  if (type == at::kDouble) return "float64";
  if (type == at::kHalf) return "float16";
  return "other";
}

void set_threads(std::int64_t count) {
  if (count <= 0) {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    count = ::sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? CPU_COUNT(&allowed) : 1;
  }
  at::set_num_threads(static_cast<int>(count));
}

std::int64_t threads() { return at::get_num_threads(); }

template <class Value>
static Tensor copy_values(std::span<const Value> values, at::ScalarType type, at::Device device) {
  Tensor out = at::empty({static_cast<std::int64_t>(values.size())}, at::TensorOptions(type));
  if (!values.empty()) std::memcpy(out.mutable_data_ptr(), values.data(), values.size_bytes());
  return out.to(device);
}

Tensor tensor_of(std::span<const std::int32_t> values, at::Device device) {
  return copy_values(values, at::kInt, device).to(at::kLong);
}

Tensor tensor_of(std::span<const std::int64_t> values, at::Device device) {
  return copy_values(values, at::kLong, device);
}

Tensor tensor_of(std::span<const float> values, at::Device device) {
  return copy_values(values, at::kFloat, device);
}

std::uint64_t peak_memory_bytes() { return kilobytes_of("/proc/self/status", "VmHWM:"); }

std::uint64_t resident_memory_bytes() { return kilobytes_of("/proc/self/status", "VmRSS:"); }

std::uint64_t available_memory_bytes() {
  std::uint64_t out = kilobytes_of("/proc/meminfo", "MemAvailable:");
  const auto number_in = [](const char* path) -> std::optional<std::uint64_t> {
    std::ifstream file(path);
    std::uint64_t value = 0;
    return file >> value ? std::optional(value) : std::nullopt;
  };
  // "max" is no number.
  const auto limit = number_in("/sys/fs/cgroup/memory.max");
  const auto used = number_in("/sys/fs/cgroup/memory.current");
  if (limit && used) out = std::min(out, *limit - std::min(*limit, *used));
  return out;
}

}  // namespace fettle::tensor
