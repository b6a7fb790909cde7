#include <array>

#include "base/json.h"
#include "tensor/safetensors.h"
#include "tests/tensor/file_bytes.h"

namespace fettle::tensor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SafetensorsFolderTest : public FolderTest {
 protected:
  void write_shard(const std::string& name, std::string_view tensor) {
    const std::array entries = {
        TensorEntry{std::string(tensor), DType::kU8, {4}, bytes_of("data")}};
    write_safetensors(folder_ / name, entries, {});
  }

  void write_index(std::string_view weight_map) {
    write_file_atomically(folder_ / "model.safetensors.index.json",
                          text("{{\"weight_map\":{}}}", weight_map));
  }

  std::string refused() {
    return refusal([&] { (void)open_safetensors_folder(folder_, "model"); });
  }

  std::vector<std::string> names() {
    std::vector<std::string> out;
    for (const auto& item : fs::directory_iterator(folder_)) {
      out.push_back(item.path().filename());
    }
    std::sort(out.begin(), out.end());
    return out;
  }
};

constexpr std::string_view kTwo = R"({"a":"s1.safetensors","b":"s2.safetensors"})";

TEST_F(SafetensorsFolderTest, OpensTheShardsOfAnIndex) {
  write_shard("s1.safetensors", "a");
  write_shard("s2.safetensors", "b");
  write_index(kTwo);
  const auto files = open_safetensors_folder(folder_, "model");
  ASSERT_EQ(files.size(), 2U);
  EXPECT_NE(files[0].find("a"), nullptr);
  EXPECT_NE(files[1].find("b"), nullptr);
}

TEST_F(SafetensorsFolderTest, PrefersTheSingleFile) {
  write_shard("model.safetensors", "whole");
  write_index(kTwo);
  EXPECT_NE(open_safetensors_folder(folder_, "model").at(0).find("whole"), nullptr);
}

TEST_F(SafetensorsFolderTest, FollowsOnlyPlainFileNames) {
  for (const char* name : {"../s1.safetensors", "/etc/passwd", "sub/s1.safetensors", "..", ".", "",
                           "s1\\\\x.safetensors", "s1.safetensors\\u0000.txt"}) {
    write_index(text("{{\"a\":\"{}\"}}", name));
    EXPECT_THAT(refused(), HasSubstr("a plain file name in the same folder was expected")) << name;
  }
  write_index(R"({"a":7})");
  EXPECT_THAT(refused(), HasSubstr("tensor \"a\" is mapped to 7"));
}

TEST_F(SafetensorsFolderTest, RefusesADamagedIndex) {
  write_index("{}");
  EXPECT_THAT(refused(), HasSubstr("\"weight_map\" is missing or empty"));
  write_index("[]");
  EXPECT_THAT(refused(), HasSubstr("\"weight_map\" is missing or empty"));
  write_index(R"({"a":"s1.safetensors","a":"s2.safetensors"})");
  EXPECT_THAT(refused(), HasSubstr("the key \"a\" stands twice"));
  write_file_atomically(folder_ / "model.safetensors.index.json", "{");
  EXPECT_THAT(refused(), HasSubstr("not valid JSON"));
}

TEST_F(SafetensorsFolderTest, ChecksIndexAndShardsAgainstEachOther) {
  write_index(kTwo);
  write_shard("s1.safetensors", "a");
  EXPECT_THAT(refused(), HasSubstr("names the shard s2.safetensors, which is not in the folder"));
  write_shard("s2.safetensors", "c");
  EXPECT_THAT(refused(), HasSubstr("holds the tensor \"c\", which"));
  write_shard("s2.safetensors", "a");
  EXPECT_THAT(refused(), HasSubstr("holds the tensor \"a\", which belongs into s1.safetensors"));
  write_safetensors(folder_ / "s2.safetensors", {}, {});
  EXPECT_THAT(refused(), HasSubstr("s2.safetensors: lacks the tensor \"b\""));
}

TEST_F(SafetensorsFolderTest, NamesTheWayOutOfPickle) {
  EXPECT_THAT(refused(), HasSubstr("holds neither model.safetensors nor"));
  write_file_atomically(folder_ / "pytorch_model.bin", "x");
  EXPECT_THAT(refused(), HasSubstr("holds weights only as pickle (pytorch_model.bin)"));
  EXPECT_THAT(refused(), HasSubstr("safe_serialization=True"));
  const fs::path absent = folder_ / "absent";
  EXPECT_THAT(refusal([&] { (void)open_safetensors_folder(absent, "adapter_model"); }),
              HasSubstr("give the folder that holds adapter_model.safetensors"));
}

TEST_F(SafetensorsFolderTest, WritesShardsThatItReads) {
  const std::array entries = {TensorEntry{"a", DType::kU8, {4}, bytes_of("aaaa")},
                              TensorEntry{"big", DType::kU8, {9}, bytes_of("123456789")},
                              TensorEntry{"c", DType::kU8, {3}, bytes_of("ccc")},
                              TensorEntry{"d", DType::kU8, {5}, bytes_of("ddddd")},
                              TensorEntry{"e", DType::kU8, {1}, bytes_of("e")}};
  write_safetensors_folder(folder_, "model", entries, {{"format", "pt"}}, 8);
  EXPECT_THAT(names(),
              ElementsAre("model-00001-of-00004.safetensors", "model-00002-of-00004.safetensors",
                          "model-00003-of-00004.safetensors", "model-00004-of-00004.safetensors",
                          "model.safetensors.index.json"));
  const Json index = read_json_file(folder_ / "model.safetensors.index.json");
  EXPECT_EQ(index["metadata"]["total_size"], 22);
  EXPECT_EQ(index["weight_map"]["d"], "model-00003-of-00004.safetensors");
  const auto files = open_safetensors_folder(folder_, "model");
  ASSERT_EQ(files.size(), 4U);
  EXPECT_NE(files[2].find("c"), nullptr);
  EXPECT_EQ(files[3].metadata().at("format"), "pt");
}

TEST_F(SafetensorsFolderTest, LeavesNoWeightsOfAnEarlierSave) {
  const std::array entries = {TensorEntry{"a", DType::kU8, {4}, bytes_of("aaaa")},
                              TensorEntry{"b", DType::kU8, {4}, bytes_of("bbbb")}};
  write_file_atomically(folder_ / "config.json", "{}");
  write_shard("adapter_model.safetensors", "x");
  write_shard("model-extra.safetensors", "x");
  write_safetensors_folder(folder_, "model", entries, {}, 100);
  EXPECT_EQ(open_safetensors_folder(folder_, "model").size(), 1U);
  write_safetensors_folder(folder_, "model", entries, {}, 4);
  EXPECT_EQ(open_safetensors_folder(folder_, "model").size(), 2U);
  write_safetensors_folder(folder_, "model", entries, {}, 100);
  EXPECT_THAT(names(), ElementsAre("adapter_model.safetensors", "config.json",
                                   "model-extra.safetensors", "model.safetensors"));
  const std::array twice = {entries[0], entries[0]};
  EXPECT_THAT(refusal([&] { write_safetensors_folder(folder_, "model", twice, {}, 4); }),
              HasSubstr("two tensors are named \"a\""));
}

}  // namespace
}  // namespace fettle::tensor
