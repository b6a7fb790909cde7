#include "tensor/gguf_write.h"

#include "tests/tensor/file_bytes.h"

namespace fettle::tensor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class GgufWriteTest : public FolderTest {
 protected:
  GgufFile written(const GgufFields& fields, const std::vector<GgufOutput>& tensors = {}) {
    write_gguf(folder_ / "m.gguf", fields, tensors);
    return GgufFile(folder_ / "m.gguf");
  }
  std::string refused(const GgufFields& fields, const std::vector<GgufOutput>& tensors) {
    return refusal([&] { write_gguf(folder_ / "m.gguf", fields, tensors); });
  }
};

GgufOutput output(std::string name, GgmlType type, std::vector<std::int64_t> shape,
                  std::string_view bytes) {
  return {std::move(name), type, std::move(shape), [bytes] { return bytes_of(bytes); }};
}

TEST_F(GgufWriteTest, FieldsComeBack) {
  const GgufFile file = written({{"bool", true},
                                 {"u32", std::uint32_t{4294967295}},
                                 {"i32", std::int32_t{-5}},
                                 {"u64", std::uint64_t{1} << 40},
                                 {"i64", -(std::int64_t{1} << 40)},
                                 {"f32", 0.5F},
                                 {"f64", 1e300},
                                 {"text", std::string("llama")},
                                 {"bools", std::vector<bool>{true, false}},
                                 {"u32s", std::vector<std::uint32_t>{1, 2}},
                                 {"i32s", std::vector<std::int32_t>{-1, 2}},
                                 {"f32s", std::vector<float>{0.25F}},
                                 {"texts", std::vector<std::string>{"a", "", "\xc4\xa0"}}});
  EXPECT_EQ(file.boolean("bool"), true);
  EXPECT_EQ(file.integer("u32"), 4294967295);
  EXPECT_EQ(file.integer("i32"), -5);
  EXPECT_EQ(file.integer("u64"), std::int64_t{1} << 40);
  EXPECT_EQ(file.integer("i64"), -(std::int64_t{1} << 40));
  EXPECT_EQ(file.number("f32"), 0.5);
  EXPECT_EQ(file.number("f64"), 1e300);
  EXPECT_EQ(file.text("text"), "llama");
  EXPECT_THAT(std::get<std::vector<bool>>(file.metadata().at("bools")), ElementsAre(true, false));
  EXPECT_THAT(file.integers("u32s"), ElementsAre(1, 2));
  EXPECT_THAT(file.integers("i32s"), ElementsAre(-1, 2));
  EXPECT_THAT(file.numbers("f32s"), ElementsAre(0.25));
  EXPECT_THAT(file.texts("texts"), ElementsAre("a", "", "\xc4\xa0"));
}

TEST_F(GgufWriteTest, TensorsComeBackAlignedAndInOrder) {
  const std::string q8(34, 'q');
  const GgufFile file = written(
      {{"general.alignment", std::uint32_t{64}}},
      {output("z", GgmlType::kF32, {1, 2}, "zzzzzzzz"), output("q", GgmlType::kQ8_0, {1, 32}, q8),
       output("scalar", GgmlType::kF16, {}, "ss")});
  ASSERT_EQ(file.tensors().size(), 3U);
  EXPECT_EQ(file.tensors()[0].name, "z");
  EXPECT_THAT(file.tensors()[0].shape, ElementsAre(1, 2));
  EXPECT_EQ(file.find("q")->type, GgmlType::kQ8_0);
  EXPECT_EQ(file.find("q")->bytes[33], std::byte{'q'});
  EXPECT_EQ(file.find("scalar")->bytes[1], std::byte{'s'});
  const std::byte* begin = file.mapping()->bytes().data();
  for (const GgufTensor& tensor : file.tensors()) {
    EXPECT_EQ((tensor.bytes.data() - begin) % 64, 0) << tensor.name;
  }
  EXPECT_EQ(file.mapping()->bytes().size() % 64, 0U);
}

TEST_F(GgufWriteTest, RefusesWhatTheFormatCannotHold) {
  const GgufOutput good = output("a", GgmlType::kF32, {1}, "1234");
  EXPECT_THAT(refused({{"", true}}, {}), HasSubstr("the key \"\" is empty or stands twice"));
  EXPECT_THAT(refused({{"k", true}, {"k", 1.0F}}, {}), HasSubstr("\"k\" is empty or stands twice"));
  EXPECT_THAT(refused({{"general.alignment", std::uint32_t{12}}}, {}), HasSubstr("power of two"));
  EXPECT_THAT(refused({{"general.alignment", std::uint64_t{32}}}, {}), HasSubstr("power of two"));
  EXPECT_THAT(refused({}, {good, good}), HasSubstr("two tensors are named \"a\""));
  EXPECT_THAT(refused({}, {output(std::string(64, 'n'), GgmlType::kF32, {1}, "1234")}),
              HasSubstr("is 64 bytes long; 1 to 63 are allowed"));
  EXPECT_THAT(refused({}, {output("", GgmlType::kF32, {1}, "1234")}), HasSubstr("0 bytes long"));
  EXPECT_THAT(refused({}, {output("a", GgmlType::kF32, {1, 1, 1, 1, 1}, "1234")}),
              HasSubstr("has 5 dimensions; at most 4"));
  EXPECT_THAT(refused({}, {output("a", GgmlType::kF32, {0}, "")}), HasSubstr("dimension of 0"));
  EXPECT_THAT(refused({}, {output("a", GgmlType::kQ4_0, {32, 8}, "")}),
              HasSubstr("rows of 8 values; Q4_0 stores blocks of 32: write it as F16"));
  EXPECT_THROW(written({}, {output("a", GgmlType::kF32, {1}, "123")}), InternalError);
  EXPECT_TRUE(fs::is_empty(folder_));
}

}  // namespace
}  // namespace fettle::tensor
