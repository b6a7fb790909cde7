// Checkpoints: what is restored, and that damage is seen, named and got around.
#include "train/checkpoint.h"

#include <gmock/gmock.h>

#include <limits>

#include "tests/train/small_run.h"
#include "train/manifest.h"

namespace fettle::train {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A run after two steps and its checkpoint.
class Checkpoint : public ::testing::Test {
 protected:
  void SetUp() override {
    small.train.max_steps = 2;
    saved = small.go().last_checkpoint;
  }

  [[nodiscard]] static std::string problem_of(const fs::path& checkpoint) {
    const Result<bool> good = verify_checkpoint(checkpoint);
    return good ? "whole" : good.error().message();
  }

  EngineFolder folder;
  SmallRun small{folder / "run"};
  fs::path saved;
};

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(folder)) out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

TEST_F(Checkpoint, RestoresEveryByte) {
  SmallRun fresh(folder / "other");
  ASSERT_GT(largest_change(fresh.parameters, copies(small.parameters)), 0.0);
  const LoadedCheckpoint loaded = load_checkpoint(saved, fresh.parameters, *fresh.optimizer);
  EXPECT_EQ(largest_change(fresh.parameters, copies(small.parameters)), 0.0);
  const auto expected = small.optimizer->state();
  const auto restored = fresh.optimizer->state();
  ASSERT_EQ(restored.size(), expected.size());
  ASSERT_EQ(restored.size(), 2 * small.parameters.size());
  for (const auto& [name, value] : expected) {
    EXPECT_EQ(model::largest_difference(restored.at(name), value), 0.0) << name;
  }
  EXPECT_EQ(fresh.optimizer->steps(), 2);
  EXPECT_EQ(loaded.state.step, 2);
  EXPECT_GT(loaded.state.scored_tokens, 0);
  EXPECT_GT(loaded.state.computed_tokens, loaded.state.scored_tokens);
  EXPECT_EQ(loaded.recipe, "a: recipe\n");
  EXPECT_EQ(loaded.base_fingerprint, "base");
}

TEST_F(Checkpoint, RestoresTheWholeState) {
  RunState state;
  state.step = 9;
  state.skipped_steps = 2;
  state.nonfinite_in_a_row = 1;
  state.scored_tokens = 1234567890123;
  state.computed_tokens = 77;
  state.best_metric = 0.1;  // no exact binary fraction
  state.best_step = 4;
  state.evaluations_without_gain = 3;
  state.stopped_early = true;
  CheckpointParts parts{.state = state,
                        .recipe = "r",
                        .base_fingerprint = "f",
                        .write_model = small.run().write_model};
  const auto nine = save_checkpoint(folder / "run", parts, small.parameters, *small.optimizer);
  EXPECT_EQ(nine.folder.filename(), "checkpoint-9");
  const RunState read = load_checkpoint(nine.folder, small.parameters, *small.optimizer).state;
  EXPECT_EQ(read.step, 9);
  EXPECT_EQ(read.skipped_steps, 2);
  EXPECT_EQ(read.nonfinite_in_a_row, 1);
  EXPECT_EQ(read.scored_tokens, 1234567890123);
  EXPECT_EQ(read.computed_tokens, 77);
  EXPECT_EQ(read.best_metric, 0.1);
  EXPECT_EQ(read.best_step, 4);
  EXPECT_EQ(read.evaluations_without_gain, 3);
  EXPECT_TRUE(read.stopped_early);
}

TEST_F(Checkpoint, SeesEveryFlippedByteAndNamesTheFile) {
  ASSERT_EQ(problem_of(saved), "whole");
  const std::vector<fs::path> files = files_in(saved);
  ASSERT_GE(files.size(), 7U);
  const Random random(1, "flip");
  for (std::uint64_t i = 0; i < 200; ++i) {
    const fs::path& path = files[i % files.size()];
    const std::string bytes = read_file(path);
    const std::size_t at = random.below(2 * i, bytes.size());
    flip_byte(path, at, static_cast<unsigned char>(1U << random.below(2 * i + 1, 8)));
    const std::string said = problem_of(saved);
    EXPECT_NE(said, "whole") << path << " byte " << at;
    // A changed manifest may name a file that is not there.
    const fs::path& named = path.filename() == "manifest.json" ? saved : path;
    EXPECT_THAT(said, HasSubstr(named.string()));
    write_file_atomically(path, bytes);
  }
  EXPECT_EQ(problem_of(saved), "whole");
}

TEST_F(Checkpoint, SeesEveryTruncation) {
  for (const fs::path& path : files_in(saved)) {
    const std::string bytes = read_file(path);
    for (const std::size_t keep :
         {std::size_t{0}, std::size_t{1}, bytes.size() / 2, bytes.size() - 1}) {
      write_file_atomically(path, bytes.substr(0, keep));
      // The newline that ends the manifest carries nothing.
      if (path.filename() == "manifest.json" && keep == bytes.size() - 1) continue;
      EXPECT_THAT(problem_of(saved), HasSubstr(path.string())) << keep;
    }
    write_file_atomically(path, bytes);
  }
  EXPECT_EQ(problem_of(saved), "whole");
}

TEST_F(Checkpoint, LoadsNothingOfADamagedOne) {
  SmallRun fresh(folder / "other");
  const auto before = copies(fresh.parameters);
  const fs::path weights = saved / "adapter_model.safetensors";
  flip_byte(weights, fs::file_size(weights) - 1, 4);
  EXPECT_THAT(message_of<ModelError>(
                  [&] { (void)load_checkpoint(saved, fresh.parameters, *fresh.optimizer); }),
              AllOf(HasSubstr(weights.string()), HasSubstr("choose another checkpoint")));
  EXPECT_EQ(largest_change(fresh.parameters, before), 0.0);
  EXPECT_EQ(fresh.optimizer->steps(), 0);
}

TEST_F(Checkpoint, RefusesOneOfAnotherRank) {
  SmallRun other(folder / "other");
  adapt::MethodConfig method = small_method();
  method.lora_rank = 5;
  adapt::add_lora(other.decoder, method, 1);
  const auto parameters = adapt::make_trainable(other.decoder, method);
  EXPECT_THAT(
      message_of<ModelError>([&] { (void)load_checkpoint(saved, parameters, *other.optimizer); }),
      AllOf(HasSubstr("q_proj.lora_A.weight"), HasSubstr("[4, 32]"), HasSubstr("[5, 32]")));
}

TEST_F(Checkpoint, BelievesNoFolderWithoutItsManifest) {
  fs::remove(saved / "manifest.json");
  EXPECT_THAT(problem_of(saved), AllOf(HasSubstr(saved.string()), HasSubstr("incomplete")));
  const auto with = [&](const char* json) {
    write_file_atomically(saved / "manifest.json", json);
    return problem_of(saved);
  };
  EXPECT_THAT(with("[]"), HasSubstr("version is missing"));
  EXPECT_THAT(with("{"), HasSubstr("manifest.json"));
  EXPECT_THAT(with(R"({"version": 1, "files": []})"), HasSubstr("lists no files"));
  EXPECT_THAT(with(R"({"version": 1, "files": [{"name": "recipe.yaml"}]})"), HasSubstr("lacks"));
  for (const char* name : {"../x", "/etc/passwd", "..", ".", "", "a/b"}) {
    const std::string json =
        text(R"({{"version": 1, "files": [{{"name": "{}", "bytes": 1, "xxh3_128": "0"}}]}})", name);
    EXPECT_THAT(with(json.c_str()), HasSubstr("is no plain file name")) << name;
  }
  EXPECT_THAT(with(R"({"version": 2, "files": [{"name": "a", "bytes": 1, "xxh3_128": "0"}]})"),
              HasSubstr("version is 2; this fettle reads version 1"));
}

TEST_F(Checkpoint, LatestFallsBackAndSaysWhy) {
  const fs::path run = folder / "run";
  CheckpointParts parts;
  parts.write_model = small.run().write_model;
  for (const std::int64_t step : {9, 10, 100}) {
    parts.state.step = step;
    (void)save_checkpoint(run, parts, small.parameters, *small.optimizer);
  }
  make_folders(run / "checkpoint-x");
  make_folders(run / "checkpoint-101");  // a folder that a killed copy left
  std::vector<std::string> passed_over;
  EXPECT_EQ(latest_checkpoint(run, passed_over), run / "checkpoint-100");
  EXPECT_THAT(passed_over, ElementsAre(HasSubstr("checkpoint-101")));
  flip_byte(run / "checkpoint-100/optimizer.safetensors", 30, 1);
  passed_over.clear();
  EXPECT_EQ(latest_checkpoint(run, passed_over), run / "checkpoint-10");
  EXPECT_THAT(passed_over, ElementsAre(HasSubstr("checkpoint-101"),
                                       HasSubstr("checkpoint-100/optimizer.safetensors")));
  EXPECT_EQ(latest_checkpoint(folder / "none", passed_over), std::nullopt);
}

// Empty checkpoint folders of these steps; those that are left after rotating.
std::vector<std::int64_t> rotated(const std::vector<std::int64_t>& steps, std::int64_t limit,
                                  std::int64_t best, std::int64_t pinned = -1) {
  const EngineFolder run;
  for (const std::int64_t step : steps) make_folders(run / text("checkpoint-{}", step));
  if (pinned >= 0) write_file_atomically(run / text("checkpoint-{}/pinned", pinned), "");
  RunState state;
  state.step = steps.back();
  state.best_step = best;
  rotate_checkpoints(run.path(), limit, state);
  std::vector<std::int64_t> left;
  for (const auto& [step, path] : list_checkpoints(run.path())) left.push_back(step);
  EXPECT_EQ(run.entries(), std::ssize(left)) << "something else was left behind";
  return left;
}

TEST(Rotation, KeepsNewestBestAndPinnedByNumber) {
  EXPECT_THAT(rotated({8, 9, 10, 100}, 2, 0), ElementsAre(10, 100));
  EXPECT_THAT(rotated({8, 9, 10, 100}, 1, 9), ElementsAre(9, 100));
  EXPECT_THAT(rotated({8, 9, 10, 100}, 1, 100), ElementsAre(100));
  EXPECT_THAT(rotated({8, 9, 10, 100}, 1, 9, 8), ElementsAre(8, 9, 100));
  EXPECT_THAT(rotated({8, 9, 10, 100}, 0, 0), ElementsAre(8, 9, 10, 100));
  EXPECT_THAT(rotated({8, 9}, 5, 0), ElementsAre(8, 9));
  // A later one is of a run that fell back; it is not this rotation's to judge.
  EXPECT_THAT(rotated({8, 100, 9, 10}, 1, 0), ElementsAre(10, 100));
}

TEST(Temporaries, AreSweptAndNothingElse) {
  const EngineFolder run;
  const std::string own = text("checkpoint-3.tmp-{}", ::getpid());
  for (const std::string& name :
       {own, std::string("checkpoint-2.tmp-123456"), std::string("checkpoint-1"),
        std::string("notes.tmp-old"), std::string("x.tmp-")}) {
    make_folders(run / name);
  }
  write_file_atomically(run / "checkpoint-1/a", "a");
  write_file_atomically(run / "checkpoint-2.tmp-123456/a", "a");
  sweep_temporaries(run.path());
  EXPECT_FALSE(fs::exists(run / "checkpoint-2.tmp-123456"));
  EXPECT_FALSE(fs::exists(run / own));
  EXPECT_TRUE(fs::exists(run / "checkpoint-1/a"));
  EXPECT_EQ(run.entries(), 3);
}

TEST_F(Checkpoint, AFailedSaveLeavesNothingBehind) {
  const std::ptrdiff_t before = std::distance(fs::directory_iterator(folder / "run"), {});
  CheckpointParts parts;
  parts.write_model = [](const fs::path& into) {
    write_file_atomically(into / "half", "half");
    throw IoError("no space left on device");
  };
  parts.state.step = 3;
  EXPECT_THROW((void)save_checkpoint(folder / "run", parts, small.parameters, *small.optimizer),
               IoError);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder / "run"), {}), before);
  EXPECT_EQ(problem_of(saved), "whole");
}

}  // namespace
}  // namespace fettle::train
