#include "data/prepare/pass.h"

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include "base/error.h"

namespace fettle::data::prepare {
namespace {

// Rows that are read before the share of bad ones says anything.
constexpr std::uint64_t kFewRows = 1000;

fs::path done_path(const fs::path& folder) { return folder / "done"; }

// Chunks 0 to n-1 are there; their number.
std::size_t finished_chunks(const fs::path& folder) {
  std::size_t count = 0;
  while (fs::exists(folder / chunk_name(count))) ++count;
  return count;
}

class Workers {
 public:
  Workers(const PassRun& run, Feed& feed) : run_(run), feed_(feed), progress_(run.progress) {
    tally_ = Tally(run.plan.stage_count);
  }

  void run() {
    std::vector<std::thread> threads;
    for (int i = 1; i < run_.threads; ++i) threads.emplace_back([this] { work(); });
    work();
    for (std::thread& thread : threads) thread.join();
    if (failure_) std::rethrow_exception(failure_);
    if (stopped_) {
      throw Interrupted("stopped in pass {}; what is done is kept: go on with --resume",
                        run_.plan.number + 1);
    }
  }

 private:
  void work() {
    try {
      while (auto work = take()) finish(*work);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
    }
  }

  std::optional<Feed::Work> take() {
    const std::lock_guard lock(mutex_);
    if (failure_ || stopped_) return std::nullopt;
    if (run_.watch.stop()) {
      stopped_ = true;
      return std::nullopt;
    }
    return feed_.next();
  }

  void finish(const Feed::Work& work) {
    const fs::path path = run_.folder / chunk_name(work.chunk);
    // Another thread was ahead of the gap that a kill left.
    if (fs::exists(path)) return;
    ChunkWriter writer(run_.plan, work.chunk);
    work.read(writer);
    ChunkParts parts = writer.finish();
    parts.info["resume"] = work.resume;
    write_chunk(path, parts);
    const std::lock_guard lock(mutex_);
    tell(writer, parts.info.at("bytes").get<std::uint64_t>());
  }

  void tell(ChunkWriter& writer, std::uint64_t bytes) {
    progress_.rows += writer.seen();
    progress_.bytes += bytes;
    run_.watch.tell(progress_);
    if (!run_.plan.first) return;
    const StageTally& reading = writer.tally().stages[0];
    read_ += reading.in;
    bad_ += reading.dropped;
    if (first_bad_.empty()) first_bad_ = writer.tally().first_bad;
    refuse_bad(read_, bad_, run_.max_bad_share, first_bad_, read_ < kFewRows);
  }

 public:
  static void refuse_bad(std::uint64_t read, std::uint64_t bad, double share,
                         std::string_view first, bool few) {
    if (few || static_cast<double>(bad) <= share * static_cast<double>(read)) return;
    throw DataError(
        "{} of the first {} rows cannot be read and output.max_bad_share allows a share of {}: "
        "the sources' formats or columns are probably not as stated. The first: {}",
        bad, read, share, first);
  }

 private:
  const PassRun& run_;
  Feed& feed_;
  std::mutex mutex_;
  std::exception_ptr failure_;
  bool stopped_ = false;
  Progress progress_;
  Tally tally_;
  std::uint64_t read_ = 0;
  std::uint64_t bad_ = 0;
  std::string first_bad_;
};

PassResult gather(const PassRun& run) {
  PassResult result;
  result.tally = Tally(run.plan.stage_count);
  const std::size_t count = finished_chunks(run.folder);
  for (std::size_t i = 0; i < count; ++i) {
    const Json info = chunk_info(run.folder / chunk_name(i));
    result.rows.push_back(info.at("rows").get<std::uint64_t>());
    result.tally.add(Tally::from(info.at("tally")));
  }
  if (run.plan.first) {
    const StageTally& reading = result.tally.stages[0];
    Workers::refuse_bad(reading.in, reading.dropped, run.max_bad_share, result.tally.first_bad,
                        false);
  }
  write_file_atomically(done_path(run.folder),
                        to_text({{"rows", result.rows}, {"tally", result.tally.json()}}));
  return result;
}

}  // namespace

std::optional<PassResult> finished_pass(const fs::path& folder) {
  if (!fs::exists(done_path(folder))) return std::nullopt;
  const Json done = read_json_file(done_path(folder));
  return PassResult{done.at("rows").get<std::vector<std::uint64_t>>(),
                    Tally::from(done.at("tally"))};
}

PassResult run_pass(const PassRun& run, Feed& feed) {
  make_folders(run.folder);
  const std::size_t finished = finished_chunks(run.folder);
  PassRun from = run;
  for (std::size_t i = 0; i < finished; ++i) {
    const Json info = chunk_info(run.folder / chunk_name(i));
    from.progress.rows += info.at("seen").get<std::uint64_t>();
    from.progress.bytes += info.at("bytes").get<std::uint64_t>();
    if (i + 1 == finished) feed.resume_behind(i, info.at("resume"));
  }
  Workers(from, feed).run();
  return gather(run);
}

}  // namespace fettle::data::prepare
