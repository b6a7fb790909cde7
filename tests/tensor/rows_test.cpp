// The rows' kernels against their definitions in float64, at every width, rest lanes included.
#include "tensor/kernels/cpu/rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "tensor/half.h"
#include "tests/tensor/wide_kernels.h"

namespace fettle::tensor::cpu {
namespace {

using Values = std::vector<float>;

Values random_values(std::int64_t size, float scale, unsigned seed) {
  std::mt19937 draw(seed);
  std::normal_distribution<float> value(0.0F, scale);
  Values out(static_cast<std::size_t>(size));
  for (float& x : out) x = value(draw);
  return out;
}

class RowKernelsOf : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (std::string_view(GetParam()) == "wide") {
      rows = &row_kernels_wide();
    } else if (kernels().rows != nullptr) {
      rows = &kernels().rows();
    } else {
      GTEST_SKIP() << "this CPU has no kernel: " << kernels_name();
    }
  }
  const RowKernels* rows = nullptr;
  const std::vector<std::int64_t> sizes = {1, 7, 8, 15, 16, 17, 33, 64, 1000};
};

TEST_P(RowKernelsOf, Softmax) {
  for (const std::int64_t size : sizes) {
    for (const float scale : {0.1F, 5.0F, 60.0F}) {
      const Values x = random_values(size, scale, 1);
      double most = x[0];
      double sum = 0;
      for (const float value : x) most = std::max(most, double{value});
      for (const float value : x) sum += std::exp(value - most);
      Values y = x;
      EXPECT_NEAR(rows->softmax(y.data(), size, 1.0F), most + std::log(sum), 1e-5 * (1 + scale));
      Values shifted = x;
      rows->exp_shifted(shifted.data(), size, 1.0F, static_cast<float>(most));
      for (std::size_t i = 0; i < x.size(); ++i) {
        EXPECT_NEAR(y[i], std::exp(x[i] - most) / sum, 1e-6);
        EXPECT_NEAR(shifted[i], std::exp(x[i] - most), 3e-7);
      }
    }
  }
}

TEST_P(RowKernelsOf, ExponentialsOfExtremes) {
  Values x = {0.0F, -87.0F, -88.0F, -1e30F, 88.0F, 1e30F, -INFINITY, NAN, 1.0F};
  rows->exp_shifted(x.data(), std::ssize(x), 1.0F, 0.0F);
  EXPECT_EQ(x[0], 1.0F);
  EXPECT_NEAR(x[1] / std::exp(-87.0), 1.0, 1e-5);
  EXPECT_LE(x[2], 1e-38F);
  EXPECT_EQ(x[3], 0.0F);
  EXPECT_NEAR(x[4] / std::exp(88.0), 1.0, 1e-5);
  EXPECT_GT(x[5], 1e38F);
  EXPECT_EQ(x[6], 0.0F);
  EXPECT_TRUE(std::isnan(x[7]));
  EXPECT_NEAR(x[8], std::exp(1.0), 1e-6);
}

TEST_P(RowKernelsOf, Sums) {
  for (const std::int64_t size : sizes) {
    const Values a = random_values(size, 1.0F, 2);
    const Values b = random_values(size, 1.0F, 3);
    double dot = 0;
    for (std::size_t i = 0; i < a.size(); ++i) dot += double{a[i]} * b[i];
    EXPECT_NEAR(rows->of<float>().dot(a.data(), b.data(), size), dot, 2e-5);
    Values sum = a;
    rows->of<float>().add(sum.data(), b.data(), size);
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_EQ(sum[i], a[i] + b[i]);
  }
}

// The numbers of type T that a row of shares begins with.
template <class T>
std::vector<double> shares_in(const Values& row, std::int64_t size) {
  std::vector<double> out;
  for (std::int64_t i = 0; i < size; ++i) {
    if constexpr (std::is_same_v<T, float>) {
      out.push_back(row[static_cast<std::size_t>(i)]);
    } else {
      std::uint16_t bits = 0;
      std::memcpy(&bits, reinterpret_cast<const char*>(row.data()) + 2 * i, 2);
      out.push_back(std::bit_cast<float>(std::uint32_t{bits} << 16));
    }
  }
  return out;
}

// What lies behind a row is noise, NaN among it, and must not count.
Values with_noise_behind(Values row) {
  row.insert(row.end(), static_cast<std::size_t>(kWidest), NAN);
  return row;
}

template <class T>
void expect_shares(const RowKernels& rows, std::int64_t size, float scale) {
  const double close = std::is_same_v<T, float> ? 2e-6 : 1.0 / 256;
  const Values scores = random_values(size, 4.0F, 6);
  const Values gradient = random_values(size, 1.0F, 7);
  double most = -INFINITY;
  double sum = 0;
  for (const float x : scores) most = std::max(most, double{x} * scale);
  for (const float x : scores) sum += std::exp(double{x} * scale - most);
  Values row = with_noise_behind(scores);
  const Shares shares = rows.of<T>().shares(row.data(), size, scale, Shares{}.largest);
  EXPECT_NEAR(double{shares.largest} * scale, most, 1e-6 * std::abs(most));
  EXPECT_NEAR(shares.sum / sum, 1.0, 1e-5);
  const float log_sum = shares.largest * scale + std::log(shares.sum);
  const std::vector<double> made = shares_in<T>(row, size);
  Values again = with_noise_behind(scores);
  Values changes = with_noise_behind(gradient);
  rows.of<T>().shares_backward(again.data(), changes.data(), size, scale, log_sum, 0.25F);
  const std::vector<double> share = shares_in<T>(again, size);
  const std::vector<double> change = shares_in<T>(changes, size);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double below = most - double{scores[i]} * scale;
    const double expected = std::exp(-below);
    EXPECT_NEAR(made[i], expected, (close + 3e-7 * below) * expected + 2e-38);
    // A log-sum is known to its last place.
    const double known = close + 3e-7 * (below + std::abs(log_sum));
    EXPECT_NEAR(share[i], expected / sum, known * expected / sum + 2e-38);
    const double moved = expected / sum * (gradient[i] - 0.25) * scale;
    EXPECT_NEAR(change[i], moved, known * std::abs(moved) + 1e-6 * scale * expected / sum + 1e-36);
  }
}

TEST_P(RowKernelsOf, SharesAndTheirGradients) {
  for (const std::int64_t size : sizes) {
    if (size == 0) continue;
    for (const float scale : {0.125F, 3.0F, 20.0F}) {
      expect_shares<float>(*rows, size, scale);
      expect_shares<Bfloat16>(*rows, size, scale);
    }
  }
}

// The vector that a row ends in becomes 0 behind it.
TEST_P(RowKernelsOf, SharesEndInZeros) {
  Values row = with_noise_behind(random_values(3, 1.0F, 8));
  rows->of<float>().shares(row.data(), 3, 1.0F, Shares{}.largest);
  for (std::size_t i = 3; i < 8; ++i) EXPECT_EQ(row[i], 0.0F);
  Values broken = with_noise_behind({1.0F, NAN, 2.0F});
  EXPECT_TRUE(std::isnan(rows->of<float>().shares(broken.data(), 3, 1.0F, 0.0F).sum));
}

TEST_P(RowKernelsOf, SharesRelativeToALargerScore) {
  Values row = with_noise_behind({1.0F, 2.0F});
  const Shares shares = rows->of<float>().shares(row.data(), 2, 2.0F, 3.0F);
  EXPECT_EQ(shares.largest, 3.0F);
  EXPECT_NEAR(shares.sum, std::exp(-4.0) + std::exp(-2.0), 1e-7);
}

TEST_P(RowKernelsOf, NormRotationAndGate) {
  for (const std::int64_t size : sizes) {
    const Values x = random_values(2 * size, 2.0F, 4);
    const Values w = random_values(2 * size, 1.0F, 5);
    Values y(x.size());
    double mean = 0;
    for (std::int64_t i = 0; i < size; ++i)
      mean += double{x[static_cast<std::size_t>(i)]} * x[static_cast<std::size_t>(i)] /
              static_cast<double>(size);
    const double r = 1.0 / std::sqrt(mean + 1e-5);
    EXPECT_NEAR(rows->of<float>().rms_norm(x.data(), w.data(), size, 1e-5F, y.data()) / r, 1.0,
                1e-6);
    for (std::size_t i = 0; i < static_cast<std::size_t>(size); ++i) {
      EXPECT_NEAR(y[i], w[i] * x[i] * r, 1e-5);
    }
    rows->of<float>().rotate(x.data(), w.data(), w.data() + size, size, -1.0F, y.data());
    const auto half = static_cast<std::size_t>(size);
    for (std::size_t i = 0; i < half; ++i) {
      EXPECT_NEAR(y[i], double{x[i]} * w[i] + double{x[half + i]} * w[half + i], 1e-5);
      EXPECT_NEAR(y[half + i], double{x[half + i]} * w[i] - double{x[i]} * w[half + i], 1e-5);
    }
    rows->of<float>().swiglu(x.data(), w.data(), size, y.data());
    for (std::size_t i = 0; i < half; ++i) {
      EXPECT_NEAR(y[i], x[i] / (1.0 + std::exp(-double{x[i]})) * w[i], 1e-5);
    }
  }
}

// A scale inside the exponent is that of the values.
TEST_P(RowKernelsOf, ScaledSoftmax) {
  const Values x = random_values(77, 4.0F, 8);
  Values scaled = x;
  for (float& value : scaled) value *= 0.125F;
  Values y = x;
  const float log_sum = rows->softmax(y.data(), 77, 0.125F);
  EXPECT_NEAR(log_sum, rows->softmax(scaled.data(), 77, 1.0F), 1e-5);
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(y[i], scaled[i], 1e-6);
  Values again = x;
  rows->exp_shifted(again.data(), 77, 0.125F, log_sum);
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(again[i], y[i], 1e-6);
}

// Rounding to bfloat16 and back: to the nearest, to even in the middle; NaN stays NaN.
TEST_P(RowKernelsOf, Bfloat16RoundsToTheNearest) {
  Values x = random_values(1000, 3.0F, 6);
  x[0] = 1.0F + 1.0F / 256;  // the middle of two: the even one is 1
  x[1] = 1.0F + 3.0F / 256;  // the even one is above
  x[2] = INFINITY;
  x[3] = NAN;
  x[4] = 3.4e38F;  // rounds to infinity
  std::vector<Bfloat16> halves(x.size());
  Values back(x.size());
  rows->of<Bfloat16>().times(x.data(), std::ssize(x), 1.0F, halves.data());
  rows->of<Bfloat16>().widen(halves.data(), std::ssize(x), back.data());
  EXPECT_EQ(back[0], 1.0F);
  EXPECT_EQ(back[1], 1.0F + 4.0F / 256);
  EXPECT_EQ(back[2], INFINITY);
  EXPECT_TRUE(std::isnan(back[3]));
  EXPECT_EQ(back[4], INFINITY);
  for (std::size_t i = 5; i < x.size(); ++i) {
    EXPECT_EQ(halves[i].bits, float_to_bfloat16(x[i])) << x[i];
  }
}

// What is computed from bfloat16 is what float32 gives for the same values, rounded once.
TEST_P(RowKernelsOf, Bfloat16EqualsFloatsOfTheSameValues) {
  for (const std::int64_t size : sizes) {
    const auto count = static_cast<std::size_t>(size);
    std::vector<Bfloat16> x(2 * count), w(2 * count), y(2 * count), z(2 * count);
    rows->of<Bfloat16>().times(random_values(2 * size, 2.0F, 4).data(), 2 * size, 1.0F, x.data());
    rows->of<Bfloat16>().times(random_values(2 * size, 1.0F, 5).data(), 2 * size, 1.0F, w.data());
    Values wide_x(2 * count), wide_w(2 * count), wide_y(2 * count), wide_z(2 * count);
    rows->of<Bfloat16>().widen(x.data(), 2 * size, wide_x.data());
    rows->of<Bfloat16>().widen(w.data(), 2 * size, wide_w.data());
    const auto expect_rounded = [&](const std::vector<Bfloat16>& ours, const Values& exact) {
      for (std::size_t i = 0; i < count; ++i) {
        ASSERT_EQ(ours[i].bits, float_to_bfloat16(exact[i])) << size << " at " << i;
      }
    };
    const float r = rows->of<Bfloat16>().rms_norm(x.data(), wide_w.data(), size, 1e-5F, y.data());
    EXPECT_EQ(r,
              rows->of<float>().rms_norm(wide_x.data(), wide_w.data(), size, 1e-5F, wide_y.data()));
    expect_rounded(y, wide_y);
    rows->of<Bfloat16>().swiglu(x.data(), w.data(), size, y.data());
    rows->of<float>().swiglu(wide_x.data(), wide_w.data(), size, wide_y.data());
    expect_rounded(y, wide_y);
    rows->of<Bfloat16>().swiglu_backward(x.data(), w.data(), x.data() + size, size, y.data(),
                                         z.data(), nullptr);
    rows->of<float>().swiglu_backward(wide_x.data(), wide_w.data(), wide_x.data() + size, size,
                                      wide_y.data(), wide_z.data(), nullptr);
    expect_rounded(y, wide_y);
    expect_rounded(z, wide_z);
    rows->of<Bfloat16>().rms_norm_backward(x.data(), w.data(), wide_w.data(), x.data() + size, size,
                                           r, y.data(), nullptr);
    rows->of<float>().rms_norm_backward(wide_x.data(), wide_w.data(), wide_w.data(),
                                        wide_x.data() + size, size, r, wide_y.data(), nullptr);
    expect_rounded(y, wide_y);
  }
}

TEST_P(RowKernelsOf, TimesAFactor) {
  for (const std::int64_t size : sizes) {
    const Values x = random_values(size, 2.0F, 8);
    Values y(x.size());
    std::vector<Bfloat16> halves(x.size());
    rows->of<float>().times(x.data(), size, 0.75F, y.data());
    rows->of<Bfloat16>().times(x.data(), size, 0.75F, halves.data());
    for (std::size_t i = 0; i < x.size(); ++i) {
      EXPECT_EQ(y[i], x[i] * 0.75F);
      EXPECT_EQ(halves[i].bits, float_to_bfloat16(x[i] * 0.75F));
    }
  }
}

TEST_P(RowKernelsOf, TurnsEveryShape) {
  for (const std::int64_t count : {1, 5, 8, 16, 17}) {
    for (const std::int64_t size : sizes) {
      const std::int64_t stride = size + 3;
      const Values x = random_values(count * stride, 1.0F, 9);
      Values y(static_cast<std::size_t>(count * size));
      rows->turn(x.data(), stride, count, size, y.data());
      for (std::int64_t i = 0; i < count; ++i) {
        for (std::int64_t j = 0; j < size; ++j) {
          EXPECT_EQ(y[static_cast<std::size_t>(j * count + i)],
                    x[static_cast<std::size_t>(i * stride + j)]);
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Widths, RowKernelsOf, ::testing::Values("chosen", "wide"));

}  // namespace
}  // namespace fettle::tensor::cpu
