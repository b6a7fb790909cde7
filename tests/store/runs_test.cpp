#include "store/runs.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "base/error.h"

namespace fettle::store {
namespace {

using Mode = Database::Mode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class RunStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / text("fettle-store-{}", ::getpid());
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  [[nodiscard]] fs::path path() const { return folder_ / "data" / "runs.db"; }

  fs::path folder_;
};

Run run_of(const std::string& name, const std::string& folder) {
  Run run{.name = name, .kind = "train", .folder = folder, .recipe = "r", .model = "m"};
  run.seed = 7;
  run.started = 1000.5;
  run.seconds = 2.25;
  run.state = "done";
  run.scores = {{"after", "exact_match", "none", 0.75, 0.7, 0.8, 240, "greedy|n:240"},
                {"after", "loss", "none", std::nullopt, std::nullopt, std::nullopt, 3, "nats"}};
  return run;
}

TEST_F(RunStoreTest, ComesBackAsItWent) {
  EXPECT_EQ(RunStore(path(), Mode::kCreate).record(run_of("a", "/r/a")), "a");
  RunStore store(path(), Mode::kRead);
  const std::optional<store::Run> run = store.find("a");
  ASSERT_TRUE(run);
  EXPECT_EQ(to_json(*run), to_json(run_of("a", "/r/a")));
  EXPECT_FALSE(store.find("b"));
}

TEST_F(RunStoreTest, AFolderIsOneRunWhoseScoresAreReplaced) {
  RunStore store(path(), Mode::kCreate);
  (void)store.record(run_of("a", "/r/a"));
  store::Run later = run_of("another wish", "/r/a");
  later.state = "interrupted";
  later.scores.resize(1);
  EXPECT_EQ(store.record(later), "a");
  ASSERT_EQ(store.list().size(), 1U);
  EXPECT_EQ(store.list()[0].state, "interrupted");
  EXPECT_EQ(store.list()[0].scores.size(), 1U);
  store::Run judged = run_of("a", "/r/a");
  judged.kind = "evaluate";
  EXPECT_EQ(store.record(judged), "a-2");
  EXPECT_EQ(store.list("evaluate").size(), 1U);
}

TEST_F(RunStoreTest, NamesAreUniqueAndRunsWithoutAFolderAllKept) {
  RunStore store(path(), Mode::kCreate);
  for (int i = 0; i < 3; ++i) (void)store.record(run_of("eval", ""));
  (void)store.record(run_of("", ""));
  EXPECT_THAT(store.names(), ElementsAre("eval", "eval-2", "eval-3", "run"));
}

constexpr int kProcesses = 6;

// Every process records `each` runs, and opens the store anew for each.
void record_side_by_side(const fs::path& path, int each) {
  // The children wait for the other end of the pipe to be closed, so that all begin at once.
  std::array<int, 2> gate{};
  ASSERT_EQ(::pipe(gate.data()), 0);
  std::vector<pid_t> children;
  for (int child = 0; child < kProcesses; ++child) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::close(gate[1]);
      char none = 0;
      if (::read(gate[0], &none, 1) != 0) ::_exit(1);
      try {
        for (int i = 0; i < each; ++i) {
          (void)RunStore(path, Mode::kCreate).record(run_of("same", text("/{}/{}", child, i)));
        }
        ::_exit(0);
      } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        ::_exit(1);
      }
    }
    children.push_back(pid);
  }
  ::close(gate[0]);
  ::close(gate[1]);
  for (const pid_t pid : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(pid, &status, 0), pid);
    EXPECT_EQ(status, 0);
  }
  const std::vector<store::Run> runs = RunStore(path, Mode::kRead).list();
  ASSERT_EQ(runs.size(), static_cast<std::size_t>(kProcesses * each));
  for (const store::Run& run : runs) EXPECT_EQ(run.scores.size(), 2U);
}

TEST_F(RunStoreTest, SeveralProcessesLoseNothing) { record_side_by_side(path(), 20); }

// The moment when nobody has made the file yet is over quickly: many tries meet it.
TEST_F(RunStoreTest, SeveralProcessesMakeTheStoreAtOnce) {
  for (int turn = 0; turn < 30; ++turn) {
    record_side_by_side(folder_ / text("{}.db", turn), 1);
  }
}

std::string reason(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST_F(RunStoreTest, ForeignBrokenAndNewerFilesAreRefusedInASentence) {
  fs::create_directories(path().parent_path());
  std::ofstream(path()) << "this is a letter, and long enough to be read as the header of a file";
  const auto open = [&] { RunStore store(path(), Mode::kCreate); };
  EXPECT_THAT(reason(open), HasSubstr("is no database, or is damaged"));
  fs::remove(path());
  Database(path(), Mode::kCreate).execute("CREATE TABLE other (x)");
  EXPECT_THAT(reason(open), HasSubstr("of another program; name another store"));
  fs::remove(path());
  (void)RunStore(path(), Mode::kCreate).record(run_of("a", ""));
  Database(path(), Mode::kOpen).execute("PRAGMA user_version=99");
  EXPECT_THAT(reason(open), HasSubstr("of a newer fettle"));
  EXPECT_THAT(reason([] { RunStore store("/proc/none/runs.db", Mode::kCreate); }),
              HasSubstr("/proc/none"));
  EXPECT_THAT(reason([&] { RunStore store(folder_, Mode::kCreate); }), HasSubstr(folder_.string()));
  EXPECT_THAT(reason([&] { RunStore store(folder_ / "missing.db", Mode::kRead); }),
              HasSubstr("missing.db"));
}

}  // namespace
}  // namespace fettle::store
