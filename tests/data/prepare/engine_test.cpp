#include "data/prepare/engine.h"

#include "tests/data/prepare/support.h"

namespace fettle::data::prepare::testing {
namespace {

TEST(Prepare, RowsGoThroughStagesAndComeOutInOrder) {
  const Folder folder("order");
  const Prepared done = run_job(
      job_of({"a", "bad", "v1", "a", "!", "who?", "parent b", "twice", "v1"}, folder.path), {});
  const auto files = files_in(folder.path);
  EXPECT_EQ(files.at("train.jsonl"),
            "{\"text\":\"a\"}\n{\"text\":\"who\?\?\"}\n{\"text\":\"parent b\"}\n"
            "{\"text\":\"child of parent b\"}\n{\"text\":\"twice\"}\n{\"text\":\"twice\"}\n");
  EXPECT_EQ(files.at("validation.jsonl"), "{\"text\":\"v1\"}\n");
  ASSERT_EQ(done.outputs.size(), 2U);
  EXPECT_EQ(done.outputs[0].rows, 6U);
  EXPECT_EQ(done.outputs[0].hash, xxh3_128(std::string_view(files.at("train.jsonl"))));
  EXPECT_EQ(done.tally.before.rows, 8U);
  EXPECT_EQ(done.tally.after.rows, 7U);
  EXPECT_EQ(done.tally.stages[0].in, 9U);
  EXPECT_EQ(done.tally.stages[0].drop_reasons.at("malformed"), 1U);
  EXPECT_EQ(done.tally.stages[1].in, 8U);
  EXPECT_EQ(done.tally.stages[1].made, 1U);
  EXPECT_EQ(done.tally.stages[1].change_reasons.at("question marks"), 1U);
  EXPECT_EQ(done.tally.stages[2].in, 8U);
  EXPECT_EQ(done.tally.stages[2].dropped, 2U);
}

TEST(Prepare, EveryDroppedOrChangedRowIsExplained) {
  const Folder folder("why");
  (void)run_job(job_of({"a", "bad", "a", "!", "who?"}, folder.path), {});
  const std::string why = read_file(folder.path / "explained.jsonl");
  EXPECT_EQ(
      why,
      R"({"file":"words","line":2,"source":0,"stage":"words","action":"dropped","reason":"bad word","detail":"bad"})"
      "\n"
      R"({"file":"words","line":3,"source":0,"stage":"first","action":"dropped","reason":"duplicate","detail":"kept: words:1"})"
      "\n"
      R"({"file":"words","line":4,"source":0,"stage":"read","action":"dropped","reason":"malformed","detail":"is no row"})"
      "\n"
      R"({"file":"words","line":5,"source":0,"stage":"words","action":"changed","reason":"question marks"})"
      "\n");
}

// Says of each record with how many others it came.
class Together final : public RowStage {
 public:
  Verdict apply(Record&) const override { return Verdict::kept(); }
  [[nodiscard]] std::size_t at_once() const override { return 2; }
  void apply_all(std::span<Record> records,
                 const std::function<void(std::size_t, Verdict)>& tell) const override {
    for (std::size_t i = 0; i < records.size(); ++i) {
      records[i].fields["with"] = records.size() - 1;
      tell(i, Verdict::kept());
    }
  }
};

TEST(Prepare, AStageWithAModelIsGivenNeighboursOfOnePiece) {
  const Folder folder("together");
  Job job = job_of({"a", "bad", "parent b", "c", "d", "e", "f"}, folder.path);
  job.stages = {
      row_entry(),
      {"together", Json::object(), [](const Bench&) { return std::make_unique<Together>(); }, {}}};
  (void)run_job(job, {});
  // Pieces of three; of the first, one row is dropped and one has a child.
  EXPECT_EQ(files_in(folder.path).at("train.jsonl"),
            "{\"text\":\"a\",\"with\":0}\n"
            "{\"text\":\"parent b\",\"with\":1}\n{\"text\":\"child of parent b\",\"with\":1}\n"
            "{\"text\":\"c\",\"with\":1}\n{\"text\":\"d\",\"with\":1}\n"
            "{\"text\":\"e\",\"with\":0}\n{\"text\":\"f\",\"with\":0}\n");
}

std::vector<std::string> many_words() {
  std::vector<std::string> words;
  for (int i = 0; i < 90; ++i) {
    words.push_back(std::string(i % 7 == 0    ? "v"
                                : i % 11 == 0 ? "parent "
                                              : "w") +
                    std::to_string(i * i % 37));
  }
  return words;
}

TEST(Prepare, ThreadsDoNotChangeABit) {
  const Folder one("one");
  const Folder four("four");
  (void)run_job(job_of(many_words(), one.path, 1), {});
  (void)run_job(job_of(many_words(), four.path, 4), {});
  EXPECT_EQ(files_in(one.path), files_in(four.path));
  EXPECT_GT(files_in(one.path).at("validation.jsonl").size(), 10U);
}

TEST(Prepare, StoppedAnywhereItGoesOnToTheSameBytes) {
  const Folder whole("whole");
  (void)run_job(job_of(many_words(), whole.path), {});
  for (const int after : {0, 1, 13, 30, 31, 32, 45}) {
    const Folder folder("stopped");
    int asked = 0;
    Watch watch;
    watch.stop = [&] { return asked++ == after; };
    bool interrupted = false;
    for (int tries = 0; tries < 50; ++tries) {
      try {
        (void)run_job(job_of(many_words(), folder.path, 2), watch);
        break;
      } catch (const Interrupted&) {
        interrupted = true;
      }
    }
    EXPECT_TRUE(interrupted) << after;
    EXPECT_EQ(files_in(folder.path), files_in(whole.path)) << after;
  }
}

TEST(Prepare, ALostChunkIsMadeAgain) {
  const Folder folder("lost");
  const Folder whole("kept");
  (void)run_job(job_of(many_words(), whole.path), {});
  Watch watch;
  int asked = 0;
  watch.stop = [&] { return asked++ == 20; };
  EXPECT_THROW((void)run_job(job_of(many_words(), folder.path), watch), Interrupted);
  ASSERT_TRUE(fs::remove(folder.path / ".work/pass-0/chunk-000010"));
  (void)run_job(job_of(many_words(), folder.path), {});
  EXPECT_EQ(files_in(folder.path), files_in(whole.path));
}

TEST(Prepare, UnfinishedWorkOfAnotherRecipeIsNotMixedIn) {
  const Folder folder("other");
  Job job = job_of({"a"}, folder.path);
  (void)run_job(job, {});
  job.recipe = "another";
  EXPECT_THROW((void)run_job(job, {}), UsageError);
}

TEST(Prepare, TooManyMalformedRowsEndTheRun) {
  const Folder folder("malformed");
  Job job = job_of({"a", "!", "!"}, folder.path);
  job.max_bad_share = 0.5;
  EXPECT_THROW((void)run_job(job, {}), DataError);
}

TEST(Prepare, ADamagedChunkIsRefused) {
  const Folder folder("damaged");
  Watch watch;
  int asked = 0;
  watch.stop = [&] { return asked++ == 31; };
  EXPECT_THROW((void)run_job(job_of(many_words(), folder.path), watch), Interrupted);
  const fs::path path = folder.path / ".work/pass-0/chunk-000003";
  std::string bytes = read_file(path);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  write_file_atomically(path, bytes);
  EXPECT_THROW((void)run_job(job_of(many_words(), folder.path), {}), DataError);
}

class FailingStage final : public RowStage {
 public:
  Verdict apply(Record&) const override { throw DataError("the stage cannot go on"); }
};

TEST(Prepare, AStageThatThrowsEndsTheRunWithItsSentence) {
  const Folder folder("throws");
  Job job = job_of(many_words(), folder.path, 4);
  job.stages[0].make_row = [](const Bench&) { return std::make_unique<FailingStage>(); };
  EXPECT_THROW((void)run_job(job, {}), DataError);
}

}  // namespace
}  // namespace fettle::data::prepare::testing
