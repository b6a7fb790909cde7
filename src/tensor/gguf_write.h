// Writes GGUF version 3, and brings floats into the block formats of ggml. Knows no libtorch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/file.h"
#include "tensor/gguf.h"

namespace fettle::tensor {

// Unlike GgufValue this keeps the width: readers of GGUF insist on it (u32 for counts and token
// ids, f32 for rates, lists of i32 for token types and of f32 for scores).
using GgufField =
    std::variant<bool, std::uint32_t, std::int32_t, std::uint64_t, std::int64_t, float, double,
                 std::string, std::vector<bool>, std::vector<std::uint32_t>,
                 std::vector<std::int32_t>, std::vector<float>, std::vector<std::string>>;
using GgufFields = std::vector<std::pair<std::string, GgufField>>;

// One tensor to write. bytes() is called once, when the tensor's turn comes, and what it returns
// must stay valid until the next call: a large model is quantised tensor by tensor.
struct GgufOutput {
  std::string name;  // 1 to 63 bytes, as ggml's own reader wants
  GgmlType type = GgmlType::kF32;
  std::vector<std::int64_t> shape;  // row-major, 0 to 4 dimensions
  std::function<std::span<const std::byte>()> bytes;
};

// Writes the file aside and renames it. Keys and tensors keep their order. A field
// "general.alignment" (u32) sets the alignment, else 32. Throws ModelError on names, keys and
// shapes that the format cannot hold, InternalError when bytes() has the wrong size.
void write_gguf(const fs::path& path, const GgufFields& fields,
                std::span<const GgufOutput> tensors);

// Bytes that `values` floats take as `type`; values is a multiple of the type's block size.
[[nodiscard]] std::size_t ggml_bytes(GgmlType type, std::size_t values);

// Rounds as ggml's reference (quantize_row_*_ref of ggml-quants.c): F32, F16, BF16, Q8_0, Q4_0,
// Q4_1. out: ggml_bytes(type, values.size()). Throws ModelError when a value is not finite or too
// large for the type, and for the types that fettle only reads.
void quantise(GgmlType type, std::span<const float> values, std::span<std::byte> out);

}  // namespace fettle::tensor
