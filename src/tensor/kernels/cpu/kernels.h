// The kernels of one instruction set, and the choice among them at run time.
#pragma once

#include <cstdint>
#include <string_view>

#include "tensor/kernels/cpu/product.h"
#include "tensor/kernels/cpu/rows.h"

namespace fettle::tensor::cpu {

// What a thread of a product has in hand: some columns of b in strips for the third-level cache, of
// which a block of rows of a in the second meets one strip at a time in the first.
inline constexpr std::int64_t kPartDepth = 304;
inline constexpr std::int64_t kPartColumns = 768;
inline constexpr std::int64_t kPartRows = 1032;
inline constexpr std::int64_t kBlockRows = 240;
// Columns of a strip where it is kept, and the unit of its depth.
inline constexpr std::int64_t kStrip = 32;
constexpr std::int64_t strip_size(std::int64_t depth) {
  return (depth + kStrip - 1) / kStrip * kStrip * kStrip / 2;
}
// Bringing rows of a into panels may write so many floats beyond them.
inline constexpr std::int64_t kPanelSlack = 8;

// What stands in a thread's strips: columns of b along some of the depth, for one call of
// multiply(). Further parts of that call need not bring them again.
struct Brought {
  std::int64_t call = 0;  // 0: of none
  std::int64_t from = 0;
  std::int64_t column = 0, columns = 0;
};

// Where a thread brings things into order.
struct Workspace {
  float* left;    // [kBlockRows, kPartDepth] and kPanelSlack more
  float* strips;  // [kPartColumns, kPartDepth]
  float* sums;    // [kPartRows, kPartColumns], for results in bfloat16
  Brought* brought;
};

// The share of one thread in a product.
struct Part {
  const Product* products;
  std::int64_t count;
  Result result;
  std::int64_t rows_begin, rows_end;
  std::int64_t columns_begin, columns_end;  // begins at a whole strip (a multiple of 32)
  bool accumulate;
  Workspace space;
  std::int64_t call = 0;  // that the part belongs to; 0: alone
};

void multiply_avx2(const Part& part);
const RowKernels& row_kernels_avx2();
void multiply_avx512(const Part& part);
const RowKernels& row_kernels_avx512();

void multiply_amx(const Part& part);
bool keeps_strips_amx(const Part& part);
void bring_amx(const Matrix& b, std::int64_t depth, std::int64_t columns, float* strips);
const RowKernels& row_kernels_amx();
void multiply_avx512bf16(const Part& part);
const RowKernels& row_kernels_avx512bf16();

struct Kernels {
  std::string_view name;
  bool (*runs)();
  void (*multiply)(const Part&);  // null: none of ours
  // Whether parts of some rows may follow one another and share their strips; null: never.
  bool (*keeps_strips)(const Part&);
  // Brings a b of bfloat16 into order once for many products (Product::strips): strips of kStrip
  // columns, each of strip_size(depth) floats. Null: such strips are not read.
  void (*bring)(const Matrix& b, std::int64_t depth, std::int64_t columns, float* strips);
  const RowKernels& (*rows)();
};

// The best that this CPU runs, or what the environment variable FETTLE_KERNELS names (amx,
// avx512bf16, avx512, avx2, aten). Throws UsageError if that is unknown or this CPU lacks it.
[[nodiscard]] const Kernels& kernels();

// The whole of a product in the calling thread.
void multiply_here(std::span<const Product> products, const Result& result, bool accumulate);

template <class T>
[[nodiscard]] const TypedRowKernels<T>& row_kernels() {
  const RowKernels& table = kernels().rows();
  return table.template of<T>();
}

}  // namespace fettle::tensor::cpu
