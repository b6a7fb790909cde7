#include "tensor/gguf.h"

#include "tests/tensor/gguf_bytes.h"

namespace fettle::tensor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class GgufTest : public FolderTest {
 protected:
  GgufFile opened(const GgufBytes& bytes, std::size_t alignment = 32) {
    write_file_atomically(folder_ / "m.gguf", bytes.bytes(alignment));
    return GgufFile(folder_ / "m.gguf");
  }
};

TEST_F(GgufTest, ReadsEveryKindOfValue) {
  GgufBytes bytes;
  bytes.key("u8", GgufKind::kU8).value(std::uint8_t{255});
  bytes.key("i8", GgufKind::kI8).value(std::int8_t{-128});
  bytes.key("u16", GgufKind::kU16).value(std::uint16_t{65535});
  bytes.key("i16", GgufKind::kI16).value(std::int16_t{-32768});
  bytes.key("u32", GgufKind::kU32).value(UINT32_MAX);
  bytes.key("i32", GgufKind::kI32).value(INT32_MIN);
  bytes.key("u64", GgufKind::kU64).value(std::uint64_t{1} << 62);
  bytes.key("i64", GgufKind::kI64).value(std::int64_t{INT64_MIN});
  bytes.key("f32", GgufKind::kF32).value(0.5F);
  bytes.key("f64", GgufKind::kF64).value(1e300);
  bytes.key("yes", GgufKind::kBool).value(std::uint8_t{1});
  bytes.key("text", GgufKind::kString).value(std::string_view("a\0b", 3));
  const GgufFile file = opened(bytes);
  EXPECT_EQ(file.integer("u8"), 255);
  EXPECT_EQ(file.integer("i8"), -128);
  EXPECT_EQ(file.integer("u16"), 65535);
  EXPECT_EQ(file.integer("i16"), -32768);
  EXPECT_EQ(file.integer("u32"), 4294967295);
  EXPECT_EQ(file.integer("i32"), INT32_MIN);
  EXPECT_EQ(file.integer("u64"), std::int64_t{1} << 62);
  EXPECT_EQ(file.integer("i64"), INT64_MIN);
  EXPECT_EQ(file.number("f32"), 0.5);
  EXPECT_EQ(file.number("f64"), 1e300);
  EXPECT_EQ(file.number("i8"), -128.0);
  EXPECT_EQ(file.number("u8"), 255.0);
  EXPECT_EQ(file.boolean("yes"), true);
  EXPECT_EQ(file.text("text"), std::string("a\0b", 3));
  EXPECT_EQ(file.metadata().size(), 12U);
}

TEST_F(GgufTest, ReadsLists) {
  GgufBytes bytes(2);
  bytes.key("texts", GgufKind::kArray).array(GgufKind::kString, 2).value("a").value("");
  bytes.key("i8", GgufKind::kArray).array(GgufKind::kI8, 2).value('\1').value('\xff');
  bytes.key("u16", GgufKind::kArray).array(GgufKind::kU16, 1).value(std::uint16_t{65535});
  bytes.key("f32", GgufKind::kArray).array(GgufKind::kF32, 2).value(1.5F).value(-2.0F);
  bytes.key("bools", GgufKind::kArray)
      .array(GgufKind::kBool, 3)
      .value('\1')
      .value('\0')
      .value('\1');
  bytes.key("none", GgufKind::kArray).array(GgufKind::kString, 0);
  const GgufFile file = opened(bytes);
  EXPECT_THAT(file.texts("texts"), ElementsAre("a", ""));
  EXPECT_THAT(file.integers("i8"), ElementsAre(1, -1));
  EXPECT_THAT(file.integers("u16"), ElementsAre(65535));
  EXPECT_THAT(file.numbers("u16"), ElementsAre(65535.0));
  EXPECT_THAT(file.numbers("f32"), ElementsAre(1.5, -2.0));
  EXPECT_THAT(std::get<std::vector<bool>>(file.metadata().at("bools")),
              ElementsAre(true, false, true));
  EXPECT_THAT(file.texts("none"), IsEmpty());
}

TEST_F(GgufTest, AbsentIsNoErrorAndAnotherKindIs) {
  GgufBytes bytes;
  bytes.key("text", GgufKind::kString).value("x");
  bytes.key("number", GgufKind::kF32).value(1.0F);
  bytes.key("large", GgufKind::kU64).value(UINT64_MAX);
  bytes.key("larges", GgufKind::kArray).array(GgufKind::kU64, 1).value(UINT64_MAX);
  const GgufFile file = opened(bytes);
  EXPECT_FALSE(file.text("absent") || file.integer("absent") || file.number("absent") ||
               file.boolean("absent"));
  EXPECT_TRUE(file.texts("absent").empty() && file.integers("absent").empty() &&
              file.numbers("absent").empty());
  const auto said = [](auto&& look_up) { return refusal(look_up); };
  EXPECT_THAT(said([&] { (void)file.text("number"); }),
              HasSubstr("m.gguf: \"number\" is a number; text was expected"));
  EXPECT_THAT(said([&] { (void)file.integer("number"); }),
              HasSubstr("a whole number was expected"));
  EXPECT_THAT(said([&] { (void)file.number("text"); }),
              HasSubstr("is text; a number was expected"));
  EXPECT_THAT(said([&] { (void)file.boolean("text"); }), HasSubstr("a boolean was expected"));
  EXPECT_THAT(said([&] { (void)file.texts("text"); }), HasSubstr("a list of texts was expected"));
  EXPECT_THAT(said([&] { (void)file.integers("text"); }), HasSubstr("a list of whole numbers was"));
  EXPECT_THAT(said([&] { (void)file.numbers("text"); }), HasSubstr("a list of numbers was"));
  EXPECT_THAT(said([&] { (void)file.integer("large"); }),
              HasSubstr("\"large\" is 18446744073709551615; at most 9223372036854775807"));
  EXPECT_THAT(said([&] { (void)file.integers("larges"); }), HasSubstr("at most 9223372036854"));
}

TEST_F(GgufTest, ReadsTensorsRowMajor) {
  GgufBytes bytes;
  bytes.tensor("matrix", {8, 2, 1}, 0, 0).tensor("scalar", {}, 1, 64).tensor("q", {32, 2}, 8, 96);
  const std::string data =
      std::string(64, 'm') + "ss" + std::string(30, '\0') + std::string(68, 'q');
  const GgufFile file = opened(bytes.data(data));
  ASSERT_EQ(file.tensors().size(), 3U);
  EXPECT_THAT(file.tensors()[0].shape, ElementsAre(1, 2, 8));
  EXPECT_THAT(file.tensors()[1].shape, IsEmpty());
  ASSERT_NE(file.find("q"), nullptr);
  EXPECT_EQ(file.find("q")->type, GgmlType::kQ8_0);
  EXPECT_EQ(file.find("q")->bytes.size(), 68U);
  EXPECT_EQ(file.find("q")->bytes[0], std::byte{'q'});
  EXPECT_EQ(file.find("absent"), nullptr);
}

TEST_F(GgufTest, FollowsTheFilesAlignment) {
  GgufBytes bytes;
  bytes.key("general.alignment", GgufKind::kU32).value(std::uint32_t{8});
  bytes.tensor("a", {1}, 0, 0).tensor("b", {1}, 0, 8).data("aaaa0000bbbb");
  const GgufFile file = opened(bytes, 8);
  EXPECT_EQ(file.find("b")->bytes[0], std::byte{'b'});
}

TEST_F(GgufTest, AllowsNamesOf64BytesAndKeysAlone) {
  const std::string name(64, 'n');
  EXPECT_NE(opened(GgufBytes().tensor(name, {1}, 0, 0).data("1234")).find(name), nullptr);
  EXPECT_TRUE(opened(GgufBytes()).tensors().empty());
}

TEST(GgmlTypesTest, TheTableMatchesTheEnumeration) {
  EXPECT_EQ(ggml_types().size(), 11U);
  for (const GgmlTypeRow& row : ggml_types()) EXPECT_EQ(&ggml_type(row.type), &row);
  EXPECT_EQ(ggml_type(GgmlType::kQ4_K).block_bytes, 144);
  EXPECT_THROW((void)ggml_type(static_cast<GgmlType>(10)), InternalError);
}

}  // namespace
}  // namespace fettle::tensor
