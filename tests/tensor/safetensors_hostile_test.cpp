// Files that break one rule each. The vectors are those of the reference's tests and of published
// attacks on other readers; each must be refused, with the message that fits.
#include "tensor/safetensors_header.h"
#include "tests/tensor/file_bytes.h"

namespace fettle::tensor {
namespace {

using ::testing::HasSubstr;

struct BrokenSafetensors {
  std::string name;
  std::string file;
  std::string message;

  friend std::ostream& operator<<(std::ostream& out, const BrokenSafetensors& broken) {
    return out << broken.name;
  }
};

std::string refusal_of(std::string_view file) {
  return refusal([&] { (void)parse_safetensors(bytes_of(file), "m.safetensors"); });
}

std::string raw(std::uint64_t length, std::string_view rest) {
  std::string out;
  put(out, length);
  return out.append(rest);
}

// One tensor "a" with the description given, and eight bytes of data.
std::string one(std::string_view description, std::string_view data = "01234567") {
  return safetensors_bytes(text("{{\"a\":{}}}", description), data);
}

std::string with_shape(std::string_view shape) {
  return one(text("{{\"dtype\":\"I32\",\"shape\":{},\"data_offsets\":[0,8]}}", shape));
}

std::string with_offsets(std::string_view offsets) {
  return one(text("{{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":{}}}", offsets));
}

std::string with_dtype(std::string_view dtype) {
  return one(text("{{\"dtype\":{},\"shape\":[2],\"data_offsets\":[0,8]}}", dtype));
}

std::string two(std::string_view first, std::string_view second) {
  return safetensors_bytes(text("{{\"a\":{{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":{}}},"
                                "\"b\":{{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":{}}}}}",
                                first, second),
                           "01234567");
}

std::string overlapping_ten_times() {
  std::string header = "{";
  for (int i = 0; i < 10; ++i) {
    header += text("{}\"t{}\":{{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]}}",
                   i == 0 ? "" : ",", i);
  }
  return safetensors_bytes(header + "}", std::string(16, '\0'));
}

const std::string kGood = R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]})";

std::vector<BrokenSafetensors> broken_frames() {
  const std::string good = one(kGood);
  return {
      {"empty_file", "", "is 0 bytes"},
      {"seven_bytes", "\x08\0\0\0\0\0\0", "bytes of header length"},
      {"huge_length", raw(0xffffff000000003c, std::string(60, ' ')),
       "at most 100000000 are allowed"},
      {"length_just_over_the_cap", raw(100'000'001, "{}"), "at most 100000000 are allowed"},
      {"length_past_the_end", raw(60, ""), "but only 0 follow; the file is cut short"},
      {"length_of_all_but_one", raw(3, "{}"), "but only 2 follow"},
      {"empty_header", raw(0, ""), "not valid JSON"},
      {"trailing_bytes", good + "extra_bogus_data_for_polyglot_file", "34 bytes follow the last"},
      {"two_bytes_short", good.substr(0, good.size() - 2), "but the file holds 6 bytes of data"},
      {"pickle_archive", "PK\x03\x04 and more than eight bytes", "pickle file"},
      {"plain_pickle", "\x80\x02}q\x01 and more than eight bytes", "can run code when it is read"},
      {"gguf", "GGUF and more than eight bytes", "is a GGUF file"},
      {"lfs_pointer", "version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"},
  };
}

std::vector<BrokenSafetensors> broken_json() {
  return {
      {"not_utf8", raw(3, "\x01..\xff"), "not valid JSON"},
      {"control_byte_first", raw(4, "\x01..{"), "not valid JSON"},
      {"name_not_utf8", safetensors_bytes("{\"\xff\":" + kGood + "}", "01234567"),
       "not valid JSON"},
      {"lone_surrogate", safetensors_bytes("{\"\\ud800\":" + kGood + "}", "01234567"),
       "not valid JSON"},
      {"nul_padding", safetensors_bytes("{\"a\":" + kGood + "}" + std::string(3, '\0'), "01234567"),
       "holds a NUL byte at 54"},
      {"byte_order_mark", safetensors_bytes("\xef\xbb\xbf{}", ""), "byte order mark"},
      {"list_instead", safetensors_bytes("[]", ""), "the header is a JSON array"},
      {"null_instead", safetensors_bytes("null", ""), "the header is a JSON null"},
      {"text_after_the_object", safetensors_bytes("{}x", ""), "not valid JSON"},
      {"deep_nesting", safetensors_bytes(std::string(100'000, '['), ""), "nested deeper than"},
      {"deep_objects", safetensors_bytes("{\"a\":" + std::string(200, '[') + "}", ""),
       "nested deeper than"},
      {"tensor_twice", safetensors_bytes("{\"a\":" + kGood + ",\"a\":" + kGood + "}", "01234567"),
       "the key \"a\" stands twice"},
      {"dtype_twice", one(R"({"dtype":"F32","dtype":"I32","shape":[2],"data_offsets":[0,8]})"),
       "the key \"dtype\" stands twice"},
      {"metadata_twice", safetensors_bytes(R"({"__metadata__":{},"__metadata__":{}})", ""),
       "stands twice"},
      {"metadata_key_twice", safetensors_bytes(R"({"__metadata__":{"x":"1","x":"2"}})", ""),
       "the key \"x\" stands twice"},
      {"metadata_number", safetensors_bytes(R"({"__metadata__":{"x":1}})", ""),
       "__metadata__ \"x\" is of type number; only text is allowed"},
      {"metadata_list", safetensors_bytes(R"({"__metadata__":["x"]})", ""),
       "__metadata__ is of type array; an object of texts was expected"},
  };
}

std::vector<BrokenSafetensors> broken_tensors() {
  return {
      {"tensor_is_number", one("7"), "is described by a JSON number"},
      {"no_dtype", one(R"({"shape":[2],"data_offsets":[0,8]})"), "\"dtype\" is missing"},
      {"no_shape", one(R"({"dtype":"F32","data_offsets":[0,8]})"), "\"shape\" is missing"},
      {"no_offsets", one(R"({"dtype":"F32","shape":[2]})"), "\"data_offsets\" is missing"},
      {"dtype_is_number", with_dtype("3"), "\"dtype\" is of type number; text such as"},
      {"dtype_of_8_bits", with_dtype("\"F8_E4M3\""), "dtype F8_E4M3, which fettle does not read"},
      {"dtype_of_4_bits", with_dtype("\"F4\""), "dtype F4, which fettle does not read"},
      {"dtype_unsigned", with_dtype("\"U32\""), "dtype U32, which fettle does not read"},
      {"dtype_complex", with_dtype("\"C64\""), "dtype C64, which fettle does not read"},
      {"dtype_unknown", with_dtype("\"float\""), "unknown dtype \"float\"; fettle reads F64, F32"},
      {"shape_is_text", with_shape("\"2\""),
       "\"shape\" is of type string; a list of whole numbers"},
      {"shape_of_text", with_shape("[\"2\"]"), "its shape holds \"2\"; whole numbers from 0"},
      {"shape_float", with_shape("[2.0]"), "its shape holds 2.0; whole numbers"},
      {"shape_exponent", with_shape("[2e0]"), "its shape holds 2.0; whole numbers"},
      {"shape_minus_zero", with_shape("[-0]"), "its shape holds 0; whole numbers"},
      {"shape_negative", with_shape("[-2]"), "its shape holds -2; whole numbers"},
      {"shape_of_2_to_48", with_shape("[281474976710656]"), "281474976710655 are allowed"},
      {"shape_too_large_for_bytes", with_shape("[2,2]"), "needs 16 bytes, its data_offsets span 8"},
      {"shape_too_small_for_bytes", with_shape("[1]"), "needs 4 bytes, its data_offsets span 8"},
      {"shape_wraps_to_bytes", with_shape("[4194305,4194305,211106198978564]"), "exceeds 64 bits"},
      {"shape_of_2_to_64", with_shape("[2,18446744073709551614]"), "whole numbers from 0"},
      {"shape_of_2_to_63", with_shape("[2,9223372036854775807]"), "whole numbers from 0"},
      {"offsets_of_one", with_offsets("[0]"), "data_offsets holds 1 numbers; 2 were expected"},
      {"offsets_of_three", with_offsets("[0,8,8]"), "data_offsets holds 3 numbers"},
      {"offsets_negative", with_offsets("[-8,0]"), "data_offsets holds -8; whole numbers"},
      {"offsets_backwards", with_offsets("[8,0]"), "ends at 0, before it begins at 8"},
      {"offsets_out_of_file", with_offsets("[8,16]"),
       "begins at byte 8, where byte 0 was expected"},
      {"offsets_shorter_than_shape", with_offsets("[0,4]"), "its data_offsets span 4"},
      {"overlap", two("[0,4]", "[2,6]"), "begins at byte 2, where byte 4 was expected"},
      {"hole_first", two("[1,5]", "[5,9]"), "begins at byte 1, where byte 0 was expected"},
      {"hole_between", two("[0,4]", "[5,9]"), "begins at byte 5, where byte 4 was expected"},
      {"same_bytes_twice", two("[0,4]", "[0,4]"), "begins at byte 0, where byte 4 was expected"},
      {"overlap_ten_times", overlapping_ten_times(), "where byte 16 was expected"},
      {"data_unclaimed", safetensors_bytes("{}", "0123"), "4 bytes follow the last tensor"},
  };
}

class SafetensorsHostileTest : public ::testing::TestWithParam<BrokenSafetensors> {};

TEST_P(SafetensorsHostileTest, IsRefused) {
  const std::string message = refusal_of(GetParam().file);
  EXPECT_THAT(message, HasSubstr(GetParam().message));
  EXPECT_THAT(message, HasSubstr("m.safetensors: "));
}

std::string case_name(const ::testing::TestParamInfo<BrokenSafetensors>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Frame, SafetensorsHostileTest, ::testing::ValuesIn(broken_frames()),
                         case_name);
INSTANTIATE_TEST_SUITE_P(Json, SafetensorsHostileTest, ::testing::ValuesIn(broken_json()),
                         case_name);
INSTANTIATE_TEST_SUITE_P(Tensors, SafetensorsHostileTest, ::testing::ValuesIn(broken_tensors()),
                         case_name);

TEST(SafetensorsHostileTest, EveryTruncationIsRefused) {
  std::string header = "{\"__metadata__\":{\"format\":\"pt\"}";
  for (int i = 0; i < 20; ++i) {
    header += text(",\"layer.{}\":{{\"dtype\":\"F32\",\"shape\":[4,8],\"data_offsets\":[{},{}]}}",
                   i, 128 * i, 128 * (i + 1));
  }
  const std::string file = safetensors_bytes(header + "}", std::string(20 * 128, 'x'));
  ASSERT_EQ(refusal_of(file), "");
  for (std::size_t size = 0; size < file.size(); ++size) {
    ASSERT_NE(refusal_of(file.substr(0, size)), "") << "cut to " << size;
  }
}

TEST(SafetensorsHostileTest, ManyTensorsOverOneRangeAreRefusedAtOnce) {
  std::string header = "{";
  for (int i = 0; i < 20'000; ++i) {
    header += text("{}\"t{}\":{{\"dtype\":\"U8\",\"shape\":[160000],\"data_offsets\":[0,160000]}}",
                   i == 0 ? "" : ",", i);
  }
  EXPECT_THAT(refusal_of(safetensors_bytes(header + "}", std::string(160'000, '\0'))),
              HasSubstr("where byte 160000 was expected"));
}

TEST(SafetensorsHostileTest, AMessageShowsNoControlBytesAndNoEndlessNames) {
  const std::string name = "\\u001b[31m" + std::string(1000, 'n');
  const std::string message = refusal_of(safetensors_bytes("{\"" + name + "\":7}", ""));
  EXPECT_THAT(message, HasSubstr("tensor \"?[31mnnn"));
  EXPECT_LT(message.size(), 300U);
}

}  // namespace
}  // namespace fettle::tensor
