// Products against sums in float64: odd sizes, all strides, several products, one thread or more.
#include "tensor/kernels/cpu/product.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "tests/tensor/wide_kernels.h"

namespace fettle::tensor::cpu {
namespace {

// Values of [rows, columns] laid out with gaps, plain or transposed.
struct Stored {
  Stored(std::int64_t rows, std::int64_t columns, int layout, std::mt19937& draw) {
    const std::int64_t gap = layout / 2 % 2 == 0 ? 0 : 3;
    matrix.row_stride = layout % 2 == 0 ? columns + gap : 1;
    matrix.column_stride = layout % 2 == 0 ? 1 : rows + gap;
    if (layout == 4) matrix = {nullptr, 2 * columns, 2};
    values.resize(static_cast<std::size_t>((rows + 4) * (columns + 4) * 2));
    std::uniform_real_distribution<float> value(-1.0F, 1.0F);
    for (float& x : values) x = value(draw);
    matrix.data = values.data() + 1;  // not aligned
  }
  [[nodiscard]] double at(std::int64_t i, std::int64_t j) const {
    return matrix.data[i * matrix.row_stride + j * matrix.column_stride];
  }
  Matrix matrix;
  std::vector<float> values;
};

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

TEST_P(Products, EqualSumsInDouble) {
  const Shape shape = GetParam();
  std::mt19937 draw(7);
  for (int layout = 0; layout < 25; ++layout) {
    const Stored a(shape.rows, shape.depth, layout % 5, draw);
    const Stored b(shape.depth, shape.columns, layout / 5, draw);
    const Stored a2(shape.rows, 5, layout / 5, draw);
    const Stored b2(5, shape.columns, layout % 5, draw);
    const std::vector<Product> products = {{a.matrix, b.matrix, shape.depth, 1.0F},
                                           {a2.matrix, b2.matrix, 5, -0.5F}};
    const std::int64_t stride = shape.columns + 2;
    std::vector<float> c(static_cast<std::size_t>(shape.rows * stride), 3.0F);
    const bool accumulate = layout % 2 == 1;
    multiply(products, {c.data(), shape.rows, shape.columns, stride}, accumulate);
    const double tolerance = 1e-6 * std::sqrt(static_cast<double>(shape.depth + 5)) * 4;
    for (std::int64_t i = 0; i < shape.rows; ++i) {
      for (std::int64_t j = 0; j < stride; ++j) {
        double sum = accumulate ? 3.0 : 0.0;
        for (std::int64_t p = 0; p < shape.depth; ++p)
          sum += a.at(i, p) * b.at(p, j % shape.columns);
        for (std::int64_t p = 0; p < 5; ++p) sum -= 0.5 * a2.at(i, p) * b2.at(p, j % shape.columns);
        if (j >= shape.columns) sum = 3.0;  // between the rows nothing is written
        ASSERT_NEAR(c[static_cast<std::size_t>(i * stride + j)], sum, tolerance)
            << "layout " << layout << " at " << i << ", " << j;
      }
    }
  }
}

// The widest kernel's source, whatever this CPU is; see wide_kernels.cpp.
TEST_P(Products, EqualAtTwiceTheWidth) {
  const Shape shape = GetParam();
  std::mt19937 draw(9);
  for (int layout = 0; layout < 25; ++layout) {
    const Stored a(shape.rows, shape.depth, layout % 5, draw);
    const Stored b(shape.depth, shape.columns, layout / 5, draw);
    const Product product = {a.matrix, b.matrix, shape.depth, 2.0F};
    std::vector<float> c(static_cast<std::size_t>(shape.rows * shape.columns));
    multiply_wide({&product,
                   1,
                   {c.data(), shape.rows, shape.columns, shape.columns},
                   0,
                   shape.rows,
                   0,
                   shape.columns,
                   false});
    const double tolerance = 8e-6 * std::sqrt(static_cast<double>(shape.depth));
    for (std::int64_t i = 0; i < shape.rows; ++i) {
      for (std::int64_t j = 0; j < shape.columns; ++j) {
        double sum = 0.0;
        for (std::int64_t p = 0; p < shape.depth; ++p) sum += 2.0 * a.at(i, p) * b.at(p, j);
        ASSERT_NEAR(c[static_cast<std::size_t>(i * shape.columns + j)], sum, tolerance)
            << "layout " << layout << " at " << i << ", " << j;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, Products,
                         ::testing::Values(Shape{1, 1, 1}, Shape{6, 256, 16}, Shape{7, 257, 17},
                                           Shape{12, 8, 32}, Shape{13, 300, 33}, Shape{61, 70, 37},
                                           Shape{5, 3, 130}, Shape{500, 9, 15}, Shape{97, 64, 64}));

TEST_F(OneProduct, ThreadsChangeNoBit) {
  std::mt19937 draw(3);
  const Stored a(150, 600, 0, draw);
  const Stored b(600, 333, 1, draw);
  const Product product = {a.matrix, b.matrix, 600, 1.0F};
  std::vector<std::vector<float>> results;
  const int before = at::get_num_threads();
  for (const int threads : {1, 2, 3}) {
    at::set_num_threads(threads);
    results.emplace_back(150 * 333);
    multiply({&product, 1}, {results.back().data(), 150, 333, 333});
  }
  at::set_num_threads(before);
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(results[0], results[2]);
}

// A row's result does not hang on the rows beside it: a batch changes nothing.
TEST_F(OneProduct, ARowIsTheSameInEveryBatch) {
  std::mt19937 draw(5);
  const Stored a(40, 700, 0, draw);
  const Stored b(700, 48, 1, draw);
  const Product product = {a.matrix, b.matrix, 700, 1.0F};
  std::vector<float> whole(40 * 48);
  multiply({&product, 1}, {whole.data(), 40, 48, 48});
  for (const std::int64_t row : {0, 7, 39}) {
    Product one = product;
    one.a.data += row * one.a.row_stride;
    std::vector<float> alone(48);
    multiply({&one, 1}, {alone.data(), 1, 48, 48});
    EXPECT_EQ(alone, std::vector<float>(whole.begin() + row * 48, whole.begin() + (row + 1) * 48));
  }
}

}  // namespace
}  // namespace fettle::tensor::cpu
