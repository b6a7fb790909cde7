#include "tensor/dtype.h"

#include <gtest/gtest.h>

namespace fettle::tensor {
namespace {

TEST(DTypeTest, NamesAndWidthsFollowTheFormat) {
  const struct {
    DType dtype;
    const char* name;
    std::int64_t bytes;
  } expected[] = {{DType::kF64, "F64", 8},   {DType::kF32, "F32", 4}, {DType::kF16, "F16", 2},
                  {DType::kBF16, "BF16", 2}, {DType::kI64, "I64", 8}, {DType::kI32, "I32", 4},
                  {DType::kI16, "I16", 2},   {DType::kI8, "I8", 1},   {DType::kU8, "U8", 1},
                  {DType::kBool, "BOOL", 1}};
  for (const auto& row : expected) {
    EXPECT_EQ(safetensors_name(row.dtype), row.name);
    EXPECT_EQ(byte_width(row.dtype), row.bytes);
    EXPECT_EQ(dtype_from_safetensors(row.name), row.dtype);
  }
}

TEST(DTypeTest, KnowsNoOtherName) {
  for (const char* name : {"", "f32", "F8_E4M3", "U32", "C64", "F32 "}) {
    EXPECT_FALSE(dtype_from_safetensors(name)) << name;
  }
}

}  // namespace
}  // namespace fettle::tensor
