#include "data/prepare/engine.h"

#include <algorithm>

#include "base/error.h"
#include "base/hash.h"
#include "data/prepare/deciding.h"
#include "data/prepare/outputs.h"
#include "data/prepare/pass.h"

namespace fettle::data::prepare {
namespace {

// A piece, its chunk and its reasons are in memory at once for each thread.
constexpr std::uint64_t kBytesPerThread = std::uint64_t{64} << 20;

fs::path pass_folder(const Job& job, std::size_t pass) {
  return work_folder(job) / text("pass-{}", pass);
}

// The stages in passes: rows, then sets, then rows again begins another; the last has no sets.
std::vector<PassPlan> plan_passes(const Job& job, const Watch& watch) {
  std::vector<PassPlan> passes(1);
  for (std::size_t i = 0; i < job.stages.size(); ++i) {
    const StageEntry& stage = job.stages[i];
    const Bench bench{.models = &job.models,
                      .seed = job.seed,
                      .folder = work_folder(job) / text("stage-{}", i + 1),
                      .memory = job.memory * 3 / 8,
                      .threads = job.threads};
    if (stage.make_set) {
      passes.back().sets.push_back({i + 1, stage.name, stage.make_set(bench)});
    } else {
      if (!passes.back().sets.empty()) passes.emplace_back();
      passes.back().rows.push_back({i + 1, stage.name, stage.make_row(bench)});
    }
  }
  if (!passes.back().sets.empty()) passes.emplace_back();
  for (std::size_t i = 0; i < passes.size(); ++i) {
    passes[i].number = i;
    passes[i].stage_count = job.stages.size() + 1;
    passes[i].explain_changes = job.explain_changes;
    passes[i].keep_notes = job.keep_notes;
    passes[i].seconds = watch.seconds;
    passes[i].date_column = job.date_column;
  }
  passes.front().first = true;
  passes.back().last = true;
  return passes;
}

// What a killed write left behind.
void sweep(const fs::path& folder) {
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    if (it->path().filename().native().find(".tmp-") != std::string::npos) {
      std::error_code ignored;
      fs::remove(it->path(), ignored);
    }
  }
}

void claim_folder(const Job& job) {
  const fs::path work = work_folder(job);
  make_folders(work);
  sweep(job.output_dir);
  const fs::path mark = work / "recipe";
  const std::string sum = xxh3_128(std::string_view(job.recipe));
  if (!fs::exists(mark)) {
    write_file_atomically(mark, sum);
  } else if (read_file(mark, 1024) != sum) {
    throw UsageError(
        "{}: holds unfinished work of another recipe; go on with that one, or start anew with "
        "--overwrite",
        work);
  }
}

std::vector<std::string> stage_names(const Job& job) {
  std::vector<std::string> names = {"read"};
  for (const StageEntry& stage : job.stages) names.push_back(stage.name);
  return names;
}

class Engine {
 public:
  Engine(const Job& job, const Watch& watch)
      : job_(job), watch_(watch), passes_(plan_passes(job, watch)) {}

  Prepared run() {
    claim_folder(job_);
    Tally total(job_.stages.size() + 1);
    std::optional<ChunkList> before;
    for (const PassPlan& plan : passes_) {
      PassResult result = do_pass(plan, before);
      total.add(result.tally);
      before.emplace(pass_folder(job_, plan.number), std::move(result.rows));
      if (plan.number > 0) forget(plan.number - 1);
      if (!plan.sets.empty()) add_decided(decide(plan, *before), total);
    }
    watch_.tell(
        {passes_.size(), passes_.size(), total.after.rows, total.after.bytes, 0, "writing"});
    Prepared out = write_outputs(job_, *before, watch_);
    out.tally = std::move(total);
    return out;
  }

 private:
  [[nodiscard]] int threads() const {
    const auto fit = std::max<std::uint64_t>(1, job_.memory / 2 / kBytesPerThread);
    return static_cast<int>(std::min<std::uint64_t>(static_cast<std::uint64_t>(job_.threads), fit));
  }

  PassResult do_pass(const PassPlan& plan, const std::optional<ChunkList>& before) {
    const fs::path folder = pass_folder(job_, plan.number);
    if (auto done = finished_pass(folder)) return std::move(*done);
    const PassRun run{plan,
                      folder,
                      threads(),
                      job_.max_bad_share,
                      watch_,
                      {plan.number, passes_.size(), 0, 0, before ? before->rows() : 0,
                       plan.first ? "reading" : "filtering"}};
    if (!before) {
      SourceFeed feed(job_);
      return run_pass(run, feed);
    }
    std::optional<DecisionReader> decisions;
    if (has_decisions(before->folder())) decisions.emplace(before->folder());
    ChunkFeed feed(*before, decisions ? &*decisions : nullptr, stage_names(job_));
    return run_pass(run, feed);
  }

  // Rows that each set stage of the pass saw, and how long it took to decide.
  Json decide(const PassPlan& plan, const ChunkList& chunks) {
    const fs::path counts = chunks.folder() / "decided";
    if (fs::exists(counts)) return read_json_file(counts);
    Deciding deciding(chunks, job_.memory / 16);
    Json out = Json::array();
    for (const SetStep& step : plan.sets) {
      if (watch_.stop()) throw Interrupted("stopped before {}; go on with --resume", step.name);
      watch_.tell({plan.number, passes_.size(), chunks.rows(), 0, 0, step.name});
      const std::uint64_t seen = deciding.alive_count();
      const double began = watch_.seconds();
      const fs::path folder = work_folder(job_) / text("stage-{}", step.number);
      fs::remove_all(folder);
      make_folders(folder);
      deciding.run(step);
      fs::remove_all(folder);
      out.push_back({{"stage", step.number}, {"in", seen}, {"seconds", watch_.seconds() - began}});
    }
    deciding.finish();
    write_file_atomically(counts, to_text(out));
    return out;
  }

  static void add_decided(const Json& decided, Tally& total) {
    for (const Json& one : decided) {
      StageTally& stage = total.stages[one.at("stage").get<std::size_t>()];
      stage.in = one.at("in").get<std::uint64_t>();
      stage.seconds += one.at("seconds").get<double>();
    }
  }

  // A pass whose successor is done is not needed again; its mark stays.
  void forget(std::size_t pass) const {
    for (std::size_t i = 0;; ++i) {
      const fs::path path = pass_folder(job_, pass) / chunk_name(i);
      std::error_code error;
      if (!fs::remove(path, error)) return;
    }
  }

  const Job& job_;
  const Watch& watch_;
  std::vector<PassPlan> passes_;
};

}  // namespace

fs::path work_folder(const Job& job) { return job.output_dir / ".work"; }

Prepared run_job(const Job& job, const Watch& watch) { return Engine(job, watch).run(); }

}  // namespace fettle::data::prepare
