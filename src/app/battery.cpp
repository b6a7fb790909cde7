#include "app/battery.h"

#include "app/task_store.h"
#include "evaluate/compare_report.h"
#include "evaluate/task_labels.h"

namespace fettle::app {
namespace {

fs::path folder_of(const BatteryRun& run, const std::string& part) {
  return run.run / "eval" / "battery" / part;
}

TaskArguments arguments_of(const BatteryRun& run, const std::string& part) {
  TaskArguments out;
  out.tasks = run.config.battery;
  out.data_folders = run.config.battery_data_dir;
  if (run.config.battery_limit > 0) out.limit = run.config.battery_limit;
  out.output = folder_of(run, part).string();
  return out;
}

std::string verdict_of(const evaluate::Comparison& one) {
  const std::string verdict = one.verdict();
  if (verdict == "worse") return "forgotten";
  return verdict == "better" ? "better" : "no loss shown";
}

}  // namespace

void check_battery(const evaluate::EvaluateConfig& config, const std::string& model) {
  TaskArguments arguments;
  arguments.tasks = config.battery;
  evaluate::check_heads(tasks_of(arguments), {}, model);
}

void judge_battery(const BatteryRun& run, const std::string& part, const evaluate::Scorer& scorer,
                   const std::string& identity) {
  const evaluate::Asker own = evaluate::asker(scorer);
  evaluate::Asker asker = own;
  asker.ask = [&](const evaluate::TaskFile& task, std::span<const evaluate::Question> questions,
                  const evaluate::ScoreLimits& limits, const evaluate::OnSaid& on_said) {
    own.ask(task, questions, limits, [&](std::size_t at, const evaluate::Said& said) {
      on_said(at, said);
      if (run.signal.load() != 0) {
        throw Interrupted("stopped while judging the battery {} training; go on with --resume",
                          part);
      }
    });
  };
  const TaskArguments arguments = arguments_of(run, part);
  (void)judge_asked(asker, task_options(arguments, identity, run.quiet), {part, std::nullopt},
                    arguments, run.quiet);
}

std::optional<Forgotten> what_was_forgotten(const BatteryRun& run) {
  std::error_code error;
  if (!fs::is_regular_file(folder_of(run, "before") / "results.json", error)) return std::nullopt;
  std::vector<evaluate::TaskFile> tasks;
  std::vector<evaluate::TaskFile> again;
  const std::vector<evaluate::Competitor> sides = {
      {"before", read_results(folder_of(run, "before"), tasks)},
      {"after", read_results(folder_of(run, "after"), again)}};
  const auto comparisons = evaluate::compare(tasks, sides, {});
  Forgotten out;
  for (const evaluate::Comparison& one : comparisons) {
    out.text += text(
        "  {} {}: {:.4g} before, {:.4g} after: {:+.4g} [{:+.4g}, {:+.4g}], p {:.3g} "
        "with Holm, n {}: {}\n",
        one.task, one.metric, one.first, one.second, one.difference, one.interval.low,
        one.interval.high, one.p_holm, one.rows, verdict_of(one));
  }
  out.json = evaluate::compare_json({"before against after", tasks, sides, comparisons});
  return out;
}

}  // namespace fettle::app
