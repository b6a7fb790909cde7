#include <array>

#include "base/error.h"
#include "tensor/gguf.h"

namespace fettle::tensor {
namespace {

constexpr std::array<GgmlTypeRow, 11> kGgmlTypes{{
    {GgmlType::kF32, "F32", 1, 4},
    {GgmlType::kF16, "F16", 1, 2},
    {GgmlType::kBF16, "BF16", 1, 2},
    {GgmlType::kQ8_0, "Q8_0", 32, 34},
    {GgmlType::kQ5_1, "Q5_1", 32, 24},
    {GgmlType::kQ5_0, "Q5_0", 32, 22},
    {GgmlType::kQ4_1, "Q4_1", 32, 20},
    {GgmlType::kQ4_0, "Q4_0", 32, 18},
    {GgmlType::kQ6_K, "Q6_K", 256, 210},
    {GgmlType::kQ5_K, "Q5_K", 256, 176},
    {GgmlType::kQ4_K, "Q4_K", 256, 144},
}};

}  // namespace

std::span<const GgmlTypeRow> ggml_types() { return kGgmlTypes; }

const GgmlTypeRow& ggml_type(GgmlType type) {
  for (const GgmlTypeRow& row : kGgmlTypes) {
    if (row.type == type) return row;
  }
  throw InternalError("ggml type {} is in no table; add its row to gguf_types.cpp", type);
}

}  // namespace fettle::tensor
