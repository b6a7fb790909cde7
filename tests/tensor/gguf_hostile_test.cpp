// Files that break one rule each: the kinds of llama.cpp's own test of bad GGUF files and of the
// published holes in its reader. Each must be refused, with the message that fits.
#include "tests/tensor/gguf_bytes.h"

namespace fettle::tensor {
namespace {

using ::testing::HasSubstr;

struct BrokenGguf {
  std::string name;
  std::string file;
  std::string message;

  friend std::ostream& operator<<(std::ostream& out, const BrokenGguf& broken) {
    return out << broken.name;
  }
};

constexpr std::uint32_t kF32 = 0;
constexpr std::uint32_t kQ4Blocks = 2;

std::string gguf_refusal_of(std::string_view file) {
  return refusal([&] { (void)parse_gguf(bytes_of(file), "m.gguf"); });
}

// One F32 tensor "t" of the dimensions given, with 32 bytes of data.
std::string with_dimensions(std::initializer_list<std::uint64_t> dimensions,
                            std::uint32_t type = kF32, std::uint64_t offset = 0) {
  return GgufBytes().tensor("t", dimensions, type, offset).data(std::string(32, 'd')).bytes();
}

std::string with_type(std::uint32_t type) { return with_dimensions({8}, type); }

// One key of the kind given, whose value is the bytes given.
template <class... Values>
std::string with_value(GgufKind kind, Values... values) {
  GgufBytes bytes;
  bytes.key("k", kind);
  (bytes.value(values), ...);
  return bytes.bytes();
}

std::string with_array(GgufKind kind, std::uint64_t count, std::string_view rest = {}) {
  return GgufBytes().key("k", GgufKind::kArray).array(kind, count).bytes() + std::string(rest);
}

std::string with_alignment(std::uint32_t alignment) {
  return GgufBytes().key("general.alignment", GgufKind::kU32).value(alignment).bytes();
}

std::string two_tensors(std::string_view second, std::uint64_t offset) {
  return GgufBytes()
      .tensor("a", {4}, kF32, 0)
      .tensor(second, {8}, kF32, offset)
      .data(std::string(64, 'd'))
      .bytes();
}

std::string swapped(std::string file) {
  std::reverse(file.begin() + 4, file.begin() + 8);
  return file;
}

constexpr std::uint64_t kMostU64 = UINT64_MAX;
constexpr std::uint64_t kMostI64 = INT64_MAX;

std::vector<BrokenGguf> broken_heads() {
  const std::string good = GgufBytes().bytes();
  return {
      {"empty_file", "", "ends at byte 0, in the middle of the format's name"},
      {"magic", "GGML" + good.substr(4), "does not begin with \"GGUF\""},
      {"only_magic", "GGUF", "in the middle of the version"},
      {"version_0", GgufBytes(0).bytes(), "is GGUF version 0; versions 2 and 3 are read"},
      {"version_1", GgufBytes(1).bytes(), "is GGUF version 1; versions 2 and 3 are read"},
      {"version_4", GgufBytes(4).bytes(), "is GGUF version 4; versions 2 and 3 are read"},
      {"byte_swapped", swapped(good), "written for big-endian machines"},
      {"no_counts", good.substr(0, 8), "in the middle of the number of tensors"},
      {"no_key_count", good.substr(0, 16), "in the middle of the number of keys"},
      {"tensors_negative", GgufBytes().counts(kMostU64, 0).bytes(), "number of tensors is -1"},
      {"keys_negative", GgufBytes().counts(0, kMostU64).bytes(), "number of keys is -1"},
      {"tensors_huge", GgufBytes().counts(kMostI64, 0).bytes(), "more than the 0 bytes"},
      {"keys_huge", GgufBytes().counts(0, kMostI64).bytes(), "more than the 0 bytes that follow"},
      {"tensors_past_the_end", GgufBytes().counts(2, 0).bytes() + std::string(40, 'x'),
       "the number of tensors is 2, more than the 40 bytes that follow can hold"},
      {"keys_past_the_end", GgufBytes().counts(0, 2).bytes() + std::string(20, 'x'),
       "the number of keys is 2, more than the 20 bytes that follow can hold"},
      {"one_tensor_too_many",
       GgufBytes().tensor("t", {1}, kF32, 0).counts(2, 0).bytes() + std::string(20, '\0'),
       "in the middle of a tensor's offset"},
  };
}

std::vector<BrokenGguf> broken_keys() {
  const auto kU32 = GgufKind::kU32;
  std::string long_key = "GGUF";
  put(long_key, std::uint32_t{3});
  put(long_key, std::uint64_t{0});
  put(long_key, std::uint64_t{1});
  put_text(long_key, std::string(65'536, 'k'));
  return {
      {"key_length_past_the_end", GgufBytes().counts(0, 1).bytes() + std::string(16, '\x7f'),
       "a key is said to be 9187201950435737471 bytes long, but only 8 follow"},
      {"key_too_long", long_key + std::string(9, '\0'), "65536 bytes long; at most 65535"},
      {"key_empty", GgufBytes().key("", kU32).value(1U).bytes(), "holds an empty key"},
      {"key_twice", GgufBytes().key("k", kU32).value(1U).key("k", kU32).value(1U).bytes(),
       "the key \"k\" stands twice"},
      {"value_type_13", with_value(static_cast<GgufKind>(13), 0U), "the value type 13; 0 to 12"},
      {"value_type_huge", with_value(static_cast<GgufKind>(UINT32_MAX), 0U), "type 4294967295"},
      {"value_cut", with_value(GgufKind::kU64, 0U), "in the middle of the value of \"k\""},
      {"bool_of_2", with_value(GgufKind::kBool, std::uint8_t{2}), "a boolean of value 2; 0 or 1"},
      {"text_past_the_end", with_value(GgufKind::kString, kMostU64), "but only 0 follow"},
      {"text_one_too_long", with_value(GgufKind::kString, std::uint64_t{5}, 0U),
       "said to be 5 bytes long, but only 4 follow"},
      {"array_huge", with_array(kU32, kMostU64), "at most 1073741824 are allowed"},
      {"array_over_the_cap", with_array(kU32, (1U << 30) + 1), "at most 1073741824 are allowed"},
      {"array_past_the_end", with_array(kU32, 2, "1234567"), "states 2 elements, more than the 7"},
      {"array_wraps", with_array(GgufKind::kU64, 1U << 29, "12345678"), "more than the 8 bytes"},
      {"texts_past_the_end", with_array(GgufKind::kString, 2, "12345678"), "states 2 elements"},
      {"texts_cut", with_array(GgufKind::kString, 1, std::string(8, '\1')), "but only 0 follow"},
      {"array_of_arrays", with_array(GgufKind::kArray, 1, std::string(12, '\0')),
       "is an array of arrays"},
      {"array_type_13", with_array(static_cast<GgufKind>(13), 1, "1234"), "the value type 13"},
      {"array_bool_of_3", with_array(GgufKind::kBool, 1, "\3"), "a boolean of value 3"},
      {"alignment_u64",
       GgufBytes().key("general.alignment", GgufKind::kU64).value(kMostU64).bytes(),
       "general.alignment has the value type 10; 4"},
      {"alignment_i32", GgufBytes().key("general.alignment", GgufKind::kI32).value(32).bytes(),
       "general.alignment has the value type 5; 4"},
      {"alignment_0", with_alignment(0), "general.alignment is 0; a power of two"},
      {"alignment_13", with_alignment(13), "general.alignment is 13; a power of two"},
  };
}

std::vector<BrokenGguf> broken_tensors_of_gguf() {
  const std::string long_name(65, 'n');
  return {
      {"name_past_the_end", GgufBytes().counts(1, 0).bytes() + std::string(40, '\x7f'),
       "a tensor's name is said to be 9187201950435737471 bytes long"},
      {"name_too_long", GgufBytes().tensor(long_name, {8}, kF32, 0).bytes(),
       "a tensor's name is 65 bytes long; at most 64 are allowed"},
      {"name_twice", two_tensors("a", 32), "tensor \"a\": stands twice"},
      {"dimensions_5", with_dimensions({1, 1, 1, 1, 8}), "has 5 dimensions; at most 4"},
      {"dimension_0", with_dimensions({8, 0}), "dimension 1 is 0; 1 to 2147483647"},
      {"dimension_negative", with_dimensions({kMostU64}), "dimension 0 is -1; 1 to"},
      {"dimension_over_31_bits", with_dimensions({1ULL << 31}), "dimension 0 is 2147483648"},
      {"dimensions_of_llama_27203", with_dimensions({kMostI64, 2, 1, 1}), "dimension 0 is 92233"},
      {"product_over_63_bits", with_dimensions({1U << 30, 1U << 30, 1U << 30, 1U << 30}),
       "the product of its dimensions exceeds 63 bits"},
      {"bytes_over_63_bits", with_dimensions({1U << 30, 1U << 30, 4}), "exceeds 63 bits"},
      {"rows_of_no_block", with_dimensions({33}, kQ4Blocks), "rows hold 33 values; Q4_0 stores"},
      {"scalar_in_blocks", with_dimensions({}, kQ4Blocks), "its rows hold 1 values"},
      {"type_q2_k", with_type(10), "is stored as Q2_K, which fettle does not read; it reads F32"},
      {"type_i32", with_type(26), "is stored as I32, which fettle does not read"},
      {"type_iq4_xs", with_type(23), "is stored as IQ4_XS, which fettle does not read"},
      {"type_removed", with_type(4), "has the unknown type 4; fettle reads F32, F16"},
      {"type_future", with_type(1000), "has the unknown type 1000"},
      {"type_negative", with_type(UINT32_MAX), "has the unknown type 4294967295"},
      {"offset_first", with_dimensions({8}, kF32, 32), "begins at byte 32, where byte 0 was"},
      {"offset_overlaps", two_tensors("b", 0), "begins at byte 0, where byte 32 was expected"},
      {"offset_unaligned", two_tensors("b", 16), "begins at byte 16, where byte 32 was expected"},
      {"offset_leaves_a_hole", two_tensors("b", 64), "begins at byte 64, where byte 32 was"},
      {"offset_huge", two_tensors("b", kMostU64 - 3), "begins at byte 18446744073709551612"},
      {"data_past_the_end", with_dimensions({9}),
       "needs 36 bytes at byte 0 of the data, but the "
       "file holds 32"},
      {"data_far_past_the_end", with_dimensions({1U << 30, 1024}), "needs 4398046511104 bytes"},
      {"no_data", GgufBytes().tensor("t", {8}, kF32, 0).bytes(), "but the file holds 0 bytes"},
      {"info_cut_in_dimensions", with_dimensions({1, 1, 1, 8}).substr(0, 60),
       "in the middle of a tensor's dimension"},
  };
}

class GgufHostileTest : public ::testing::TestWithParam<BrokenGguf> {};

TEST_P(GgufHostileTest, IsRefused) {
  const std::string message = gguf_refusal_of(GetParam().file);
  EXPECT_THAT(message, HasSubstr(GetParam().message));
  EXPECT_THAT(message, HasSubstr("m.gguf: "));
}

std::string gguf_case_name(const ::testing::TestParamInfo<BrokenGguf>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Head, GgufHostileTest, ::testing::ValuesIn(broken_heads()),
                         gguf_case_name);
INSTANTIATE_TEST_SUITE_P(Keys, GgufHostileTest, ::testing::ValuesIn(broken_keys()), gguf_case_name);
INSTANTIATE_TEST_SUITE_P(Tensors, GgufHostileTest, ::testing::ValuesIn(broken_tensors_of_gguf()),
                         gguf_case_name);

TEST(GgufHostileTest, EveryTruncationIsRefused) {
  GgufBytes builder;
  builder.key("general.architecture", GgufKind::kString).value("llama");
  builder.key("tokens", GgufKind::kArray).array(GgufKind::kString, 2).value("a").value("bc");
  builder.key("scores", GgufKind::kArray).array(GgufKind::kF32, 2).value(1.0F).value(2.0F);
  for (std::uint64_t i = 0; i < 20; ++i) {
    builder.tensor(text("layer.{}", i), {8, 4}, kF32, i * 128);
  }
  const std::string file = builder.data(std::string(20 * 128, 'x')).bytes();
  ASSERT_EQ(gguf_refusal_of(file), "");
  for (std::size_t size = 0; size < file.size(); ++size) {
    ASSERT_NE(gguf_refusal_of(file.substr(0, size)), "") << "cut to " << size;
  }
}

// The file is large enough for its array, but numbers of one byte would grow eightfold.
TEST(GgufHostileTest, MetadataHasABudgetOfMemory) {
  const std::uint64_t count = kGgufMetadataBudget / 8;
  const std::string bytes = with_array(GgufKind::kU8, count, std::string(count, '\0'));
  EXPECT_THAT(gguf_refusal_of(bytes), HasSubstr("would take more than 537 MB of memory"));
  const std::uint64_t texts = kGgufMetadataBudget / sizeof(std::string) + 1;
  const std::string empty = with_array(GgufKind::kString, texts, std::string(texts * 8, '\0'));
  EXPECT_THAT(gguf_refusal_of(empty), HasSubstr("would take more than"));
}

}  // namespace
}  // namespace fettle::tensor
