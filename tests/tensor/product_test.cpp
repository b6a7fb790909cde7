// Products against sums in float64: odd sizes, all strides, several products, one thread or more.
#include "tensor/kernels/cpu/product.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "tensor/half.h"
#include "tensor/kernels/cpu/kernels.h"
#include "tests/tensor/wide_kernels.h"

namespace fettle::tensor::cpu {
namespace {

float value_of(float x) { return x; }
float value_of(Bfloat16 x) { return bfloat16_to_float(x.bits); }
void put(float& to, float value) { to = value; }
void put(Bfloat16& to, float value) { to.bits = float_to_bfloat16(value); }

// Values of [rows, columns] laid out with gaps, plain or transposed.
template <class T>
struct Stored {
  Stored(std::int64_t rows, std::int64_t columns, int layout, std::mt19937& draw) {
    const std::int64_t gap = layout / 2 % 2 == 0 ? 0 : 3;
    std::int64_t row_stride = layout % 2 == 0 ? columns + gap : 1;
    std::int64_t column_stride = layout % 2 == 0 ? 1 : rows + gap;
    if (layout == 4) row_stride = 2 * columns, column_stride = 2;
    values.resize(static_cast<std::size_t>((rows + 4) * (columns + 4) * 2));
    std::uniform_real_distribution<float> value(-1.0F, 1.0F);
    for (T& x : values) put(x, value(draw));
    view = matrix(values.data() + 1, row_stride, column_stride);  // not aligned
  }
  [[nodiscard]] double at(std::int64_t i, std::int64_t j) const {
    return double{value_of(
        values[static_cast<std::size_t>(1 + i * view.row_stride + j * view.column_stride)])};
  }
  Matrix view;
  std::vector<T> values;
};

template <void (*kMultiply)(const Part&)>
void multiply_whole(std::span<const Product> products, const Result& to, bool accumulate) {
  std::vector<float> left(kBlockRows * kPartDepth + kPanelSlack), strips(kPartColumns * kPartDepth);
  std::vector<float> sums(kPartRows * kPartColumns);
  Brought brought;
  kMultiply({products.data(),
             std::ssize(products),
             to,
             0,
             to.rows,
             0,
             to.columns,
             accumulate,
             {left.data(), strips.data(), sums.data(), &brought}});
}

// The widest kernel's source, whatever this CPU is; see wide_kernels.cpp and tile_kernels.cpp.
constexpr auto multiply_at_twice_the_width = multiply_whole<multiply_wide>;
constexpr auto multiply_on_tiles = multiply_whole<multiply_tiles>;

bool rounds_a() { return kernels_name() == "avx512bf16" || kernels_name() == "amx"; }

using Multiply = void (*)(std::span<const Product>, const Result&, bool);

struct Shape {
  std::int64_t rows, depth, columns;
};

class OneProduct : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!has_kernels()) GTEST_SKIP() << "this CPU has no kernel: " << kernels_name();
  }
};

class Products : public OneProduct, public ::testing::WithParamInterface<Shape> {};

// Two products of types A and B against sums in float64, the result of type C. `rounding`: the
// relative error of one factor, where a is rounded to bfloat16.
template <class A, class B, class C>
void expect_sums(Multiply multiply_by, const Shape& shape, double rounding) {
  std::mt19937 draw(7);
  for (int layout = 0; layout < 25; ++layout) {
    const Stored<A> a(shape.rows, shape.depth, layout % 5, draw);
    const Stored<B> b(shape.depth, shape.columns, layout / 5, draw);
    const std::int64_t depth2 = shape.depth % 32 == 0 ? 32 : 5;
    const Stored<A> a2(shape.rows, depth2, layout / 5, draw);
    const Stored<B> b2(depth2, shape.columns, layout % 5, draw);
    const std::vector<Product> products = {{a.view, b.view, shape.depth},
                                           {a2.view, b2.view, depth2}};
    const std::int64_t stride = shape.columns + 2;
    std::vector<C> c(static_cast<std::size_t>(shape.rows * stride));
    for (C& x : c) put(x, 3.0F);
    const bool accumulate = layout % 2 == 1;
    multiply_by(products, result(c.data(), shape.rows, shape.columns, stride), accumulate);
    const double terms = std::sqrt(static_cast<double>(shape.depth + depth2));
    const double last = kElementOf<C> == Element::kBfloat16 ? 0x1p-8 * (4.0 + 2.0 * terms) : 0.0;
    const double tolerance = (4e-6 + 2.0 * rounding) * terms + last;
    // Of a large result some elements, in every row and every column of a tile.
    const std::int64_t step = shape.rows * shape.columns > 8000 ? 61 : 1;
    for (std::int64_t i = 0; i < shape.rows; ++i) {
      for (std::int64_t j = i % step; j < stride; j += step) {
        double sum = accumulate ? 3.0 : 0.0;
        for (std::int64_t p = 0; p < shape.depth && j < shape.columns; ++p) {
          sum += a.at(i, p) * b.at(p, j);
        }
        for (std::int64_t p = 0; p < depth2 && j < shape.columns; ++p) {
          sum += a2.at(i, p) * b2.at(p, j);
        }
        if (j >= shape.columns) sum = 3.0;  // between the rows nothing is written
        ASSERT_NEAR(value_of(c[static_cast<std::size_t>(i * stride + j)]), sum, tolerance)
            << "layout " << layout << " at " << i << ", " << j;
      }
    }
  }
}

TEST_P(Products, EqualSumsInDouble) {
  const double rounding = rounds_a() ? 0x1p-8 : 0.0;
  const Multiply here = [](std::span<const Product> products, const Result& to, bool accumulate) {
    multiply(products, to, accumulate);
  };
  expect_sums<float, float, float>(here, GetParam(), 0.0);
  expect_sums<Bfloat16, Bfloat16, float>(here, GetParam(), 0.0);
  expect_sums<Bfloat16, Bfloat16, Bfloat16>(here, GetParam(), 0.0);
  expect_sums<float, Bfloat16, float>(here, GetParam(), rounding);
  expect_sums<Bfloat16, float, Bfloat16>(here, GetParam(), 0.0);
}

// With its pairs of bfloat16, as the processors that have them multiply.
TEST_P(Products, EqualAtTwiceTheWidth) {
  expect_sums<float, float, float>(multiply_at_twice_the_width, GetParam(), 0.0);
  expect_sums<Bfloat16, Bfloat16, float>(multiply_at_twice_the_width, GetParam(), 0.0);
  expect_sums<Bfloat16, Bfloat16, Bfloat16>(multiply_at_twice_the_width, GetParam(), 0.0);
  expect_sums<float, Bfloat16, float>(multiply_at_twice_the_width, GetParam(), 0x1p-8);
}

TEST_P(Products, EqualOnMatrixTiles) {
  expect_sums<Bfloat16, Bfloat16, float>(multiply_on_tiles, GetParam(), 0.0);
  expect_sums<Bfloat16, Bfloat16, Bfloat16>(multiply_on_tiles, GetParam(), 0.0);
  expect_sums<float, Bfloat16, float>(multiply_on_tiles, GetParam(), 0x1p-8);
  expect_sums<float, float, float>(multiply_on_tiles, GetParam(), 0.0);
}

// A b in order serves products with some of its depth and columns.
TEST_F(OneProduct, MatrixTilesReadStripsInOrder) {
  std::mt19937 draw(5);
  const std::int64_t rows = 48, depth = 96, columns = 80, whole = depth + 32;
  const Stored<Bfloat16> a(rows, depth, 0, draw);
  for (const int layout : {0, 1}) {
    const Stored<Bfloat16> b(whole, columns + 32, layout, draw);
    std::vector<float> strips(static_cast<std::size_t>(4 * strip_size(whole)), NAN);
    bring_tiles(b.view, whole, columns + 32, strips.data());
    for (const std::int64_t height : {rows, rows - 16, rows - 5}) {
      Product product = {a.view, b.view, depth};
      product.strip_size = strip_size(whole);
      product.strips = strips.data() + product.strip_size + 32 / 2 * kStrip;
      std::vector<float> c(static_cast<std::size_t>(height * columns), 2.0F);
      multiply_on_tiles({&product, 1}, result(c.data(), height, columns, columns), true);
      for (std::int64_t i = 0; i < height; ++i) {
        for (std::int64_t j = 0; j < columns; ++j) {
          double sum = 2.0;
          for (std::int64_t p = 0; p < depth; ++p) sum += a.at(i, p) * b.at(p + 32, j + 32);
          ASSERT_NEAR(c[static_cast<std::size_t>(i * columns + j)], sum, 4e-5)
              << layout << ": " << i << ", " << j << " of " << height;
        }
      }
    }
  }
}

// Longer than what is brought into order at once.
TEST_F(OneProduct, MatrixTilesSumALongDepthInParts) {
  expect_sums<Bfloat16, Bfloat16, float>(multiply_on_tiles, {20, 9500, 40}, 0.0);
  expect_sums<Bfloat16, Bfloat16, Bfloat16>(multiply_on_tiles, {20, 9500, 40}, 0.0);
}

INSTANTIATE_TEST_SUITE_P(Shapes, Products,
                         ::testing::Values(Shape{1, 1, 1}, Shape{6, 256, 16}, Shape{7, 257, 17},
                                           Shape{12, 8, 32}, Shape{13, 300, 33}, Shape{61, 70, 37},
                                           Shape{5, 3, 130}, Shape{500, 9, 15}, Shape{97, 64, 64},
                                           Shape{26, 330, 800}, Shape{1100, 20, 40},
                                           Shape{47, 1300, 35}, Shape{200, 100, 1000},
                                           Shape{40, 320, 96}, Shape{17, 96, 1040}));

// Two products of a shape in turn: what was brought into order for one is not the other's.
template <class T>
void expect_same_by_threads(const Shape& shape) {
  std::mt19937 draw(3);
  const Stored<T> a(shape.rows, shape.depth, 0, draw);
  const Stored<T> bs[] = {Stored<T>(shape.depth, shape.columns, 1, draw),
                          Stored<T>(shape.depth, shape.columns, 1, draw)};
  const auto size = static_cast<std::size_t>(shape.rows * shape.columns);
  const int before = at::get_num_threads();
  std::vector<std::vector<float>> results;
  for (const int threads : {1, 2, 3}) {
    at::set_num_threads(threads);
    std::vector<float>& both = results.emplace_back(2 * size);
    for (std::size_t i = 0; i < 2; ++i) {
      const Product product = {a.view, bs[i].view, shape.depth};
      multiply({&product, 1},
               result(both.data() + i * size, shape.rows, shape.columns, shape.columns));
    }
  }
  at::set_num_threads(before);
  EXPECT_EQ(results[0], results[1]) << shape.rows << " rows";
  EXPECT_EQ(results[0], results[2]) << shape.rows << " rows";
}

TEST_F(OneProduct, ThreadsChangeNoBit) {
  expect_same_by_threads<float>({150, 600, 333});
  expect_same_by_threads<Bfloat16>({130, 64, 200});
  expect_same_by_threads<Bfloat16>({130, 4600, 16});
}

// Another thread adds to the rows beside a part's at the same time.
TEST_F(OneProduct, APartWritesItsOwnRowsAlone) {
  std::mt19937 draw(11);
  for (const Shape& shape : {Shape{48, 512, 64}, Shape{40, 70, 20}, Shape{300, 40, 33}}) {
    const Stored<float> a(shape.rows, shape.depth, 0, draw);
    const Stored<float> b(shape.depth, shape.columns, 1, draw);
    const Product product = {a.view, b.view, shape.depth};
    const auto size = static_cast<std::size_t>(shape.rows * shape.columns);
    std::vector<float> whole(size, 3.0F);
    multiply({&product, 1}, result(whole.data(), shape.rows, shape.columns, shape.columns), true);
    std::vector<float> left(kBlockRows * kPartDepth + kPanelSlack);
    std::vector<float> strips(kPartColumns * kPartDepth), sums(kPartRows * kPartColumns);
    Brought brought;
    for (std::int64_t begin = 0; begin < shape.rows; begin += 12) {
      const std::int64_t end = std::min<std::int64_t>(begin + 12, shape.rows);
      std::vector<float> got(size, 3.0F);
      kernels().multiply({&product,
                          1,
                          result(got.data(), shape.rows, shape.columns, shape.columns),
                          begin,
                          end,
                          0,
                          shape.columns,
                          true,
                          {left.data(), strips.data(), sums.data(), &brought}});
      std::vector<float> expected(size, 3.0F);
      std::copy(whole.begin() + begin * shape.columns, whole.begin() + end * shape.columns,
                expected.begin() + begin * shape.columns);
      EXPECT_EQ(got, expected) << shape.rows << " rows, from " << begin;
    }
  }
}

// A row's result does not hang on the rows beside it: a batch of eight or more changes nothing.
TEST_F(OneProduct, ARowIsTheSameInEveryBatch) {
  std::mt19937 draw(5);
  const Stored<float> a(120, 700, 0, draw);
  const Stored<float> b(700, 48, 1, draw);
  const auto rows = [&](std::int64_t begin, std::int64_t count) {
    Product some = {a.view, b.view, 700};
    some.a.data = static_cast<const float*>(a.view.data) + begin * a.view.row_stride;
    std::vector<float> out(static_cast<std::size_t>(count * 48));
    multiply({&some, 1}, result(out.data(), count, 48, 48));
    return out;
  };
  const auto part = [](const std::vector<float>& whole, std::int64_t begin, std::int64_t count) {
    return std::vector<float>(whole.begin() + begin * 48, whole.begin() + (begin + count) * 48);
  };
  const std::vector<float> whole = rows(0, 120);
  for (const std::int64_t row : {0, 7, 59}) {
    for (const std::int64_t count : {8, 11, 32, 33, 61}) {
      EXPECT_EQ(rows(row, count), part(whole, row, count)) << row << " " << count;
    }
  }
}

}  // namespace
}  // namespace fettle::tensor::cpu
