#include "data/prepare/finish.h"

#include <gmock/gmock.h>

#include "data/dataset.h"
#include "data/prepare/svg.h"
#include "data/prepared.h"
#include "tests/data/prepare/support.h"

namespace fettle::data::prepare::testing {
namespace {

using ::testing::HasSubstr;

Json finished(const fs::path& folder, const std::vector<std::string>& words) {
  const Job job = job_of(words, folder);
  const Prepared prepared = run_job(job, {});
  return finish_job(job, prepared, {});
}

const std::vector<std::string> kWords = {"a", "bad", "v1", "a", "b", "c", "v2"};

TEST(Finish, TheManifestNamesEveryFileAndCount) {
  const Folder folder("manifest");
  const Json manifest = finished(folder.path, kWords);
  const auto files = files_in(folder.path);
  EXPECT_EQ(manifest, read_json_file(folder.path / "manifest.json"));
  for (const Json& output : manifest["outputs"]) {
    const std::string& bytes = files.at(output["file"].get<std::string>());
    EXPECT_EQ(output["bytes"], bytes.size());
    EXPECT_EQ(output["xxh3_128"], xxh3_128(std::string_view(bytes)));
  }
  EXPECT_EQ(manifest["stages"][1]["drop_reasons"]["bad word"], 1);
  EXPECT_EQ(manifest["sources"][0]["rows_read"], 7);
  EXPECT_EQ(manifest["sources"][0]["rows_written"], 5);
  EXPECT_FALSE(fs::exists(folder.path / ".work"));
  EXPECT_EQ(finished_manifest(job_of({}, folder.path)), manifest);
}

TEST(Finish, WhatIsUnknownIsWarnedOf) {
  const Folder folder("warnings");
  const auto warnings = finished(folder.path, kWords)["warnings"].get<std::vector<std::string>>();
  EXPECT_THAT(warnings, ::testing::Contains(HasSubstr("its licence is unknown")));
  EXPECT_THAT(read_file(folder.path / "README.md"), HasSubstr("| words | unknown | unknown |"));
  EXPECT_THAT(read_file(folder.path / "report.html"), HasSubstr("its licence is unknown"));
}

TEST(Finish, AFolderIsDataToTheByte) {
  const Folder folder("data");
  (void)finished(folder.path, kWords);
  const auto read = read_prepared(folder.path);
  ASSERT_TRUE(read && read->validation);
  DataConfig config;
  config.dataset = {folder.path.native()};
  LoadedData data = load_dataset(config, 1);
  EXPECT_EQ(data.train.rows.size(), 3U);
  EXPECT_EQ(data.eval.rows.size(), 2U);
  config.eval_dataset = {folder.path.native()};
  EXPECT_EQ(load_dataset(config, 1).eval.rows.size(), 2U);
  write_file_atomically(folder.path / "train.jsonl",
                        "{\"text\":\"z\"}\n{\"text\":\"b\"}\n"
                        "{\"text\":\"c\"}\n");
  EXPECT_THROW((void)read_prepared(folder.path), DataError);
}

TEST(Finish, UnfinishedAndForeignFoldersAreNoData) {
  const Folder folder("unfinished");
  EXPECT_FALSE(read_prepared(folder.path));
  EXPECT_FALSE(read_prepared(folder.path / "none"));
  fs::create_directories(folder.path / ".work");
  EXPECT_THROW((void)read_prepared(folder.path), DataError);
  write_file_atomically(folder.path / "manifest.json", "{\"format\":\"else\"}");
  EXPECT_THROW((void)read_prepared(folder.path), DataError);
  write_file_atomically(folder.path / "manifest.json",
                        R"({"format":"fettle.prepared/1","outputs":[{"part":"train",
                            "file":"../../etc/passwd","bytes":1,"xxh3_128":"0"}]})");
  EXPECT_THROW((void)read_prepared(folder.path), DataError);
}

TEST(Svg, TextOfRowsIsEscapedAndCut) {
  EXPECT_EQ(escape_html("<b>&\"'\x01"), "&lt;b&gt;&amp;&quot;&#39; ");
  const std::string svg = bars_svg({{"<script>" + std::string(100, 'x'), 3, 4, ""}});
  EXPECT_EQ(svg.find("<script>"), std::string::npos);
  EXPECT_LT(svg.size(), 600U);
  EXPECT_EQ(bars_svg({}), "");
  EXPECT_EQ(bars_svg({{"a", 0, 0, ""}}), "");
}

}  // namespace
}  // namespace fettle::data::prepare::testing
