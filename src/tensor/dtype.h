// Element types of model files, without libtorch: names, sizes and block formats.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace fettle::tensor {

enum class DType { kF64, kF32, kF16, kBF16, kI64, kI32, kI16, kI8, kU8, kBool };

[[nodiscard]] std::int64_t byte_width(DType dtype);
// As safetensors writes it: "F32", "BF16", "I64", "BOOL", ...
[[nodiscard]] std::string_view safetensors_name(DType dtype);
[[nodiscard]] std::optional<DType> dtype_from_safetensors(std::string_view name);

}  // namespace fettle::tensor
