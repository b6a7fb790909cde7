#include "data/prepare/finish.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "data/dataset.h"
#include "data/prepare/svg.h"
#include "data/prepared.h"
#include "tests/data/prepare/support.h"

namespace fettle::data::prepare::testing {
namespace {

using ::testing::HasSubstr;

Json finished(const fs::path& folder, const std::vector<std::string>& words,
              const Target& target = {}) {
  const Job job = job_of(words, folder);
  const Prepared prepared = run_job(job, {});
  return finish_job(job, prepared, target);
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

TEST(Finish, WhatADescribedTargetHasMoreOfIsThin) {
  const Folder folder("thin");
  const Target target{{}, target_shares({"form text=0.6", "form kto=0.4", "language de=0.5"})};
  const auto warnings =
      finished(folder.path, kWords, target)["warnings"].get<std::vector<std::string>>();
  EXPECT_THAT(warnings, ::testing::Contains("thin: form kto is 0.0% of the rows and 40.0% of the "
                                            "target"));
  EXPECT_THAT(warnings, ::testing::Contains(HasSubstr("add the stage language")));
  EXPECT_THAT(warnings, ::testing::Not(::testing::Contains(HasSubstr("form text"))));
}

TEST(Finish, TargetSharesAreChecked) {
  const std::vector<TargetShare> shares = target_shares({"label very = good=0.5", "source a=1"});
  EXPECT_EQ(shares[0].name, "very = good");
  EXPECT_EQ(shares[0].share, 0.5);
  for (const char* const bad : {"label", "label a", "label =0.5", "label a=0", "label a=1.1",
                                "label a=x", "label a=nan", "lable a=0.5"}) {
    EXPECT_THROW((void)target_shares({bad}), UsageError) << bad;
  }
  EXPECT_THROW((void)target_shares({"label a=0.1", "label a=0.2"}), UsageError);
  EXPECT_THROW((void)target_shares({"label a=0.6", "label b=0.6"}), UsageError);
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
