#include "tensor/safetensors.h"

#include <array>

#include "base/json.h"
#include "tensor/safetensors_header.h"
#include "tests/tensor/file_bytes.h"

namespace fettle::tensor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using SafetensorsTest = FolderTest;

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TensorEntry entry(std::string name, DType dtype, std::vector<std::int64_t> shape,
                  std::string_view bytes) {
  return {std::move(name), dtype, std::move(shape), bytes_of(bytes)};
}

TEST_F(SafetensorsTest, ReadsAFileWrittenByHand) {
  const std::string file = safetensors_bytes(
      R"({"__metadata__":{"format":"pt"},"b":{"dtype":"I64","shape":[],"data_offsets":[4,12]},)"
      R"("a":{"dtype":"F16","shape":[2,1],"data_offsets":[0,4]}}   )",
      "aaaabbbbbbbb");
  write_file_atomically(folder_ / "m.safetensors", file);
  const SafetensorsFile read(folder_ / "m.safetensors");
  ASSERT_EQ(read.entries().size(), 2U);
  EXPECT_EQ(read.entries()[0].name, "a");
  EXPECT_EQ(read.entries()[0].dtype, DType::kF16);
  EXPECT_THAT(read.entries()[0].shape, ElementsAre(2, 1));
  EXPECT_EQ(as_text(read.entries()[0].bytes), "aaaa");
  ASSERT_NE(read.find("b"), nullptr);
  EXPECT_TRUE(read.find("b")->shape.empty());
  EXPECT_EQ(as_text(read.find("b")->bytes), "bbbbbbbb");
  EXPECT_EQ(read.find("c"), nullptr);
  EXPECT_EQ(read.metadata().at("format"), "pt");
}

// What the reference accepts beside the plain case.
TEST_F(SafetensorsTest, AcceptsWhatTheReferenceAccepts) {
  const std::string tensor = R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
  const std::string empty = R"({"dtype":"F32","shape":[3,0],"data_offsets":[0,0]})";
  const std::string last = R"({"dtype":"F32","shape":[0],"data_offsets":[8,8]})";
  for (const std::string& header :
       {"\t\n {\"a\":" + tensor + "}", "{\"a\":" + tensor + "}\r \t\n",
        "{\"a\":" + tensor + ",\"__metadata__\":null}",
        "{\"a\":" + tensor + ",\"empty\":" + empty + ",\"last\":" + last + "}",
        std::string(R"({"a":{"dtype":"F32","note":[{}],"shape":[2],"data_offsets":[0,8]}})")}) {
    const auto contents = parse_safetensors(bytes_of(safetensors_bytes(header, "01234567")), "m");
    EXPECT_EQ(as_text(contents.entries[0].bytes), "01234567") << header;
  }
  EXPECT_TRUE(parse_safetensors(bytes_of(safetensors_bytes("{}", "")), "m").entries.empty());
}

// The length 640 begins with the bytes of a pickle.
TEST_F(SafetensorsTest, DoesNotTakeALengthForAnotherFormat) {
  std::string header = R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})";
  header.resize(640, ' ');
  EXPECT_EQ(parse_safetensors(bytes_of(safetensors_bytes(header, "xy")), "m").entries.size(), 1U);
}

TEST_F(SafetensorsTest, WritesAnAlignedFileInTheGivenOrder) {
  const std::array entries = {
      entry("z", DType::kU8, {3}, "zzz"), entry("a", DType::kF32, {1, 2}, "aaaaaaaa"),
      entry("m", DType::kBF16, {1}, "mm"), entry("empty", DType::kF64, {2, 0}, "")};
  write_safetensors(folder_ / "m.safetensors", entries, {{"format", "pt"}});
  const std::string file = read_file(folder_ / "m.safetensors");
  std::uint64_t length = 0;
  std::memcpy(&length, file.data(), sizeof length);
  EXPECT_EQ(length % 8, 0U);
  const std::string header = file.substr(8, length);
  EXPECT_EQ(header[0], '{');
  EXPECT_EQ(header.find_last_not_of(' '), header.rfind('}'));
  EXPECT_EQ(
      header.substr(0, header.rfind('}') + 1),
      R"({"__metadata__":{"format":"pt"},"z":{"dtype":"U8","shape":[3],"data_offsets":[10,13]},)"
      R"("a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},)"
      R"("m":{"dtype":"BF16","shape":[1],"data_offsets":[8,10]},)"
      R"("empty":{"dtype":"F64","shape":[2,0],"data_offsets":[0,0]}})");
  EXPECT_EQ(file.substr(8 + length), "aaaaaaaammzzz");
  const SafetensorsFile read(folder_ / "m.safetensors");
  for (const TensorEntry& written : entries) {
    const TensorEntry* found = read.find(written.name);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->dtype, written.dtype);
    EXPECT_EQ(found->shape, written.shape);
    EXPECT_EQ(as_text(found->bytes), as_text(written.bytes));
  }
}

TEST_F(SafetensorsTest, RefusesToWriteWhatNobodyCouldRead) {
  const auto write = [&](std::vector<TensorEntry> entries) {
    return refusal([&] { write_safetensors(folder_ / "m.safetensors", entries, {}); });
  };
  EXPECT_THAT(write({entry("a", DType::kU8, {1}, "x"), entry("a", DType::kU8, {1}, "y")}),
              HasSubstr("two tensors are named \"a\""));
  EXPECT_THAT(write({entry("__metadata__", DType::kU8, {1}, "x")}),
              HasSubstr("may not be named __metadata__"));
  EXPECT_THAT(write({entry("\xff", DType::kU8, {1}, "x")}), HasSubstr("is not UTF-8"));
  EXPECT_THAT(write({entry(std::string(100'000'000, 'n'), DType::kU8, {1}, "x")}),
              HasSubstr("at most 100000000 are allowed: write fewer tensors"));
  EXPECT_THROW(write({entry("a", DType::kF32, {2}, "x")}), InternalError);
  EXPECT_THROW(write({entry("a", DType::kU8, {-1}, "x")}), InternalError);
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(SafetensorsTest, SaysWhichFileCannotBeOpened) {
  EXPECT_THROW(SafetensorsFile(folder_ / "absent.safetensors"), IoError);
}

}  // namespace
}  // namespace fettle::tensor
