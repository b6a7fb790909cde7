// Blocks worked out by hand. The formulae are judged against Python's gguf in tests/oracle.
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/random.h"
#include "tensor/gguf_write.h"
#include "tensor/half.h"
#include "tests/tensor/file_bytes.h"

namespace fettle::tensor {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;

constexpr std::uint16_t kHalfOne = 0x3c00;
constexpr std::uint16_t kHalfTwo = 0x4000;
constexpr std::uint16_t kHalfMinusThree = 0xc200;

std::vector<float> values_of(GgmlType type, std::string_view block) {
  std::vector<float> out(static_cast<std::size_t>(ggml_type(type).block_size));
  dequantise(type, bytes_of(block), out);
  return out;
}

std::string block_of(std::initializer_list<std::uint16_t> halves, std::string_view rest) {
  std::string out;
  for (const std::uint16_t half : halves) put(out, half);
  return out.append(rest);
}

TEST(DequantiseTest, SmallBlocks) {
  const std::string nibbles(16, '\x9c');  // low 12, high 9
  const auto q4_0 = values_of(GgmlType::kQ4_0, block_of({kHalfTwo}, nibbles));
  EXPECT_EQ(q4_0[0], 8);
  EXPECT_EQ(q4_0[15], 8);
  EXPECT_EQ(q4_0[16], 2);
  const auto q4_1 = values_of(GgmlType::kQ4_1, block_of({kHalfTwo, kHalfMinusThree}, nibbles));
  EXPECT_EQ(q4_1[0], 21);
  EXPECT_EQ(q4_1[31], 15);
  const std::string fifths("\x01\0\0\x80", 4);  // of values 0 and 31
  const auto q5_0 = values_of(GgmlType::kQ5_0, block_of({kHalfOne}, fifths + nibbles));
  EXPECT_EQ(q5_0[0], 12);
  EXPECT_EQ(q5_0[1], -4);
  EXPECT_EQ(q5_0[30], -7);
  EXPECT_EQ(q5_0[31], 9);
  const auto q5_1 = values_of(GgmlType::kQ5_1, block_of({kHalfTwo, kHalfOne}, fifths + nibbles));
  EXPECT_EQ(q5_1[0], 57);
  EXPECT_EQ(q5_1[16], 19);
  const auto q8_0 = values_of(GgmlType::kQ8_0, block_of({kHalfTwo}, std::string(32, '\x80')));
  EXPECT_THAT(q8_0, Each(-256));
}

TEST(DequantiseTest, SuperBlocks) {
  // Scales 1 to 8 and minima 8 to 1, six bits each; none needs its upper two bits.
  std::string scales;
  for (const int value : {1, 2, 3, 4, 8, 7, 6, 5}) scales += static_cast<char>(value);
  for (int i = 0; i < 4; ++i) scales += static_cast<char>((5 + i) | (4 - i) << 4);
  const std::string head = block_of({kHalfTwo, kHalfOne}, scales);
  const auto q4_k = values_of(GgmlType::kQ4_K, head + std::string(128, '\x21'));
  EXPECT_EQ(q4_k[0], 2 * 1 * 1 - 8);
  EXPECT_EQ(q4_k[32], 2 * 2 * 2 - 7);
  EXPECT_EQ(q4_k[255], 2 * 8 * 2 - 1);
  const auto q5_k =
      values_of(GgmlType::kQ5_K, head + std::string(32, '\x80') + std::string(128, '\x21'));
  EXPECT_EQ(q5_k[0], 2 * 1 * 1 - 8);
  EXPECT_EQ(q5_k[255], 2 * 8 * 18 - 1);
  const std::string low(128, '\x21');
  const std::string high(64, '\xe4');  // upper bits 0, 1, 2, 3 of the four quarters
  const std::string factors(16, '\xff');
  const auto q6_k = values_of(GgmlType::kQ6_K, low + high + factors + block_of({kHalfTwo}, ""));
  EXPECT_EQ(q6_k[0], -2 * (1 - 32));
  EXPECT_EQ(q6_k[32], -2 * (17 - 32));
  EXPECT_EQ(q6_k[64], -2 * (34 - 32));
  EXPECT_EQ(q6_k[255], -2 * (50 - 32));
}

TEST(DequantiseTest, RefusesSizesThatDoNotMatch) {
  std::vector<float> out(31);
  EXPECT_THROW(dequantise(GgmlType::kQ4_0, bytes_of(std::string(18, 'x')), out), InternalError);
  EXPECT_THROW(dequantise(GgmlType::kQ4_0, bytes_of(std::string(17, 'x')), out), InternalError);
  out.clear();
  dequantise(GgmlType::kQ6_K, {}, out);
}

TEST(HalfTest, EveryHalfComesBack) {
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const float value = half_to_float(half);
    const int exponent = half >> 10 & 31;
    const double expected =
        std::ldexp((half & 1023) + (exponent > 0 ? 1024 : 0), std::max(exponent, 1) - 25);
    if (exponent < 31) {
      ASSERT_EQ(value, (half & 0x8000) != 0 ? -expected : expected) << bits;
      ASSERT_EQ(float_to_half(value), half) << bits;
    } else {
      ASSERT_EQ(std::isnan(value), (half & 1023) != 0) << bits;
      ASSERT_EQ(std::isinf(value), (half & 1023) == 0) << bits;
      ASSERT_EQ(std::isnan(half_to_float(float_to_half(value))), std::isnan(value)) << bits;
    }
  }
}

// Between two neighbouring halves the nearer one is taken, and in the middle the even one.
TEST(HalfTest, RoundsToNearestEven) {
  for (std::uint16_t half = 0; half < 0x7bff; ++half) {
    const float low = half_to_float(half);
    const float high = half_to_float(static_cast<std::uint16_t>(half + 1));
    const float middle = low + (high - low) / 2;
    ASSERT_EQ(float_to_half(std::nextafter(middle, 0.0F)), half);
    ASSERT_EQ(float_to_half(std::nextafter(middle, high)), half + 1);
    ASSERT_EQ(float_to_half(middle), half % 2 == 0 ? half : half + 1);
  }
  EXPECT_EQ(float_to_half(65519.99F), 0x7bff);
  EXPECT_EQ(float_to_half(65520.0F), 0x7c00);
  EXPECT_EQ(float_to_half(-1e-30F), 0x8000);
  EXPECT_EQ(float_to_bfloat16(1.00390625F), 0x3f80);
  EXPECT_EQ(float_to_bfloat16(1.01171875F), 0x3f82);
  EXPECT_TRUE(std::isnan(bfloat16_to_float(float_to_bfloat16(std::bit_cast<float>(0x7f800001U)))));
}

class QuantiseTest : public ::testing::TestWithParam<GgmlType> {};

// Rounding moves a value by at most half a step; a step is the block's span over its codes.
TEST_P(QuantiseTest, StaysWithinHalfAStep) {
  const double steps = GetParam() == GgmlType::kQ8_0 ? 127 : GetParam() == GgmlType::kQ4_0 ? 8 : 15;
  const Random random(7, "quantise-test");
  std::vector<float> values(32 * 64);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(random.normal(i));
  std::vector<std::byte> bytes(ggml_bytes(GetParam(), values.size()));
  quantise(GetParam(), values, bytes);
  std::vector<float> back(values.size());
  dequantise(GetParam(), bytes, back);
  for (std::size_t block = 0; block < values.size(); block += 32) {
    const std::span<const float> part(&values[block], 32);
    const auto [least, most] = std::minmax_element(part.begin(), part.end());
    const double largest = std::max(std::fabs(*least), std::fabs(*most));
    const double step = GetParam() == GgmlType::kQ4_1 ? (*most - *least) / steps : largest / steps;
    for (std::size_t i = 0; i < 32; ++i) {
      // Q4_0 has no code for the far end of the other sign: there it errs by a whole step.
      const double allowed = GetParam() == GgmlType::kQ4_0 ? 1.0 : 0.5;
      ASSERT_NEAR(back[block + i], part[i], allowed * step + largest * 0x1p-10);
    }
  }
}

TEST_P(QuantiseTest, KeepsZerosAndTheSmallestNumbers) {
  std::vector<float> values(32, 0.0F);
  values[3] = std::numeric_limits<float>::denorm_min();
  std::vector<std::byte> bytes(ggml_bytes(GetParam(), 32));
  quantise(GetParam(), values, bytes);
  std::vector<float> back(32);
  dequantise(GetParam(), bytes, back);
  EXPECT_THAT(back, Each(0.0F));
}

TEST_P(QuantiseTest, RefusesWhatBlocksCannotHold) {
  std::vector<float> values(64, 1.0F);
  std::vector<std::byte> bytes(ggml_bytes(GetParam(), 64));
  const auto said = [&] { return refusal([&] { quantise(GetParam(), values, bytes); }); };
  values[40] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(said(), HasSubstr("value 40 is nan; only finite values"));
  values[40] = -std::numeric_limits<float>::infinity();
  EXPECT_THAT(said(), HasSubstr("value 40 is -inf; only finite values"));
  values[40] = 3e38F;
  EXPECT_THAT(said(), HasSubstr("does not fit in a half"));
  values[40] = -3e38F;
  EXPECT_THAT(said(), HasSubstr("does not fit in a half"));
  bytes.pop_back();
  EXPECT_THROW(quantise(GetParam(), values, bytes), InternalError);
  EXPECT_THROW((void)ggml_bytes(GetParam(), 33), InternalError);
}

INSTANTIATE_TEST_SUITE_P(Types, QuantiseTest,
                         ::testing::Values(GgmlType::kQ8_0, GgmlType::kQ4_0, GgmlType::kQ4_1),
                         [](const auto& test) { return std::string(ggml_type(test.param).name); });

TEST(QuantiseTest, NamesTheTypesItWrites) {
  std::vector<float> values(256, 1.0F);
  std::vector<std::byte> bytes(ggml_bytes(GgmlType::kQ6_K, 256));
  EXPECT_THAT(refusal([&] { quantise(GgmlType::kQ6_K, values, bytes); }),
              HasSubstr("Q6_K is read, not written; F32, F16, BF16, Q8_0"));
}

}  // namespace
}  // namespace fettle::tensor
