// `fettle prepare RECIPE`: raw sources to rows that are ready to train on.
#include <chrono>
#include <cmath>
#include <iostream>

#include "app/interrupt.h"
#include "app/model_plan.h"
#include "app/prepare_folder.h"
#include "app/prepare_progress.h"
#include "app/prepare_tables.h"
#include "app/verb.h"
#include "data/prepare/engine.h"
#include "data/prepare/finish.h"

namespace fettle::app {
namespace {

namespace prepare = data::prepare;

constexpr std::uint64_t kPlanRows = 2000;

struct PrepareArguments {
  std::string recipe;
  std::vector<std::string> set;
  bool resume = false;
  bool overwrite = false;
  bool plan = false;
  bool fields = false;
};

std::string count(const Json& object, const char* key) {
  return with_commas(static_cast<std::int64_t>(object.at(key).get<std::uint64_t>()));
}

double clock_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// What each stage took, summed over threads: shown, and not kept, since it differs from run to run.
void add_seconds(Json& manifest, const prepare::Tally& tally) {
  const auto rounded = [](double seconds) { return std::round(seconds * 1e4) / 1e4; };
  Json& stages = manifest.at("stages");
  for (std::size_t i = 0; i < stages.size(); ++i) {
    stages[i]["seconds"] = rounded(tally.stages[i].seconds);
  }
  manifest["own_seconds"] = rounded(tally.own_seconds);
}

void print_stages(const Json& stages) {
  std::cout << text("{:<24} {:>12} {:>12} {:>12} {:>10} {:>9}\n", "stage", "in", "changed",
                    "dropped", "made", "seconds");
  for (const Json& stage : stages) {
    const Json* const seconds = find(stage, "seconds");
    std::cout << text("{:<24} {:>12} {:>12} {:>12} {:>10} {:>9}\n",
                      stage.at("name").get<std::string>(), count(stage, "in"),
                      count(stage, "changed"), count(stage, "dropped"), count(stage, "made"),
                      seconds == nullptr ? "" : text("{:.2f}", seconds->get<double>()));
    for (const auto& [reason, times] : stage.at("drop_reasons").items()) {
      std::cout << text("  dropped: {} ({})\n", reason, with_commas(times.get<std::int64_t>()));
    }
  }
}

void print_manifest(const Json& manifest, const fs::path& folder) {
  print_stages(manifest.at("stages"));
  for (const Json& file : manifest.at("outputs")) {
    std::cout << text("{}: {} rows, {}\n", (folder / file.at("file").get<std::string>()).native(),
                      count(file, "rows"), byte_size(file.at("bytes").get<std::uint64_t>()));
  }
  for (const Json& warning : manifest.at("warnings")) {
    std::cout << text("warning: {}\n", warning.get<std::string>());
  }
  std::cout << text("{}: the report\n", folder / "report.html");
}

// A folder of its own beside the output's, gone when the plan is made.
class PlanFolder {
 public:
  explicit PlanFolder(const fs::path& output) : path_(output.native() + ".plan") {
    fs::remove_all(path_);
    make_folders(path_);
  }
  ~PlanFolder() {
    std::error_code error;
    fs::remove_all(path_, error);
  }
  PlanFolder(const PlanFolder&) = delete;
  PlanFolder& operator=(const PlanFolder&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

ExitCode print_plan_of(const recipe::PrepareRecipe& recipe, const Common& common) {
  prepare::Job job = make_job(recipe);
  ModelPlan models(recipe);
  job.models = models.functions();
  const PlanFolder folder(job.output_dir);
  job.output_dir = folder.path();
  job.sample = kPlanRows;
  job.max_bad_share = 1;
  prepare::Watch watch;
  watch.seconds = clock_seconds;
  const prepare::Prepared prepared = prepare::run_job(job, watch);
  Json manifest = prepare::make_manifest(job, prepared);
  add_seconds(manifest, prepared.tally);
  if (common.json) {
    manifest["models"] = models.json();
    manifest["first_malformed"] = prepared.tally.first_bad;
    std::cout << to_text(manifest) << std::endl;
    return ExitCode::kDone;
  }
  std::cout << text("the first {} rows of each source:\n", with_commas(kPlanRows));
  print_stages(manifest.at("stages"));
  if (!prepared.tally.first_bad.empty()) {
    std::cout << text("the first malformed row: {}\n", prepared.tally.first_bad);
  }
  for (const Json& file : manifest.at("outputs")) {
    std::cout << text("{}: {} rows\n", file.at("part").get<std::string>(), count(file, "rows"));
  }
  std::cout << models.text_lines();
  return ExitCode::kDone;
}

ExitCode run_prepare(const PrepareArguments& arguments, const Common& common) {
  const recipe::PrepareTables tables = prepare_tables();
  if (arguments.fields) {
    std::cout << (common.json ? to_text(recipe::prepare_fields_json(tables)) + "\n"
                              : recipe::prepare_fields_text(tables));
    return ExitCode::kDone;
  }
  if (arguments.recipe.empty()) throw UsageError("name a recipe, or ask with --fields");
  const recipe::PrepareRecipe recipe =
      recipe::load_prepare_recipe(arguments.recipe, tables, arguments.set);
  const prepare::Target target{recipe.output.target,
                               prepare::target_shares(recipe.output.target_shares)};
  if (arguments.plan) return print_plan_of(recipe, common);
  const std::atomic<int>& signal = watch_signals("stopping; press again to leave at once");
  const auto stop = [&] { return signal.load() != 0; };
  prepare::Job job = make_job(recipe);
  const auto lock = take_prepare_folder(job, arguments.resume, arguments.overwrite);
  // What was spent goes with the state by which a run resumes.
  PrepareModels models(recipe, stop, prepare::work_folder(job) / "spent.json");
  job.models = models.functions();
  Json manifest = prepare::finished_manifest(job);
  if (manifest.is_null()) {
    PrepareProgress progress(!common.quiet && !common.json);
    prepare::Watch watch;
    watch.stop = stop;
    watch.tell = [&](const prepare::Progress& now) { progress.tell(now); };
    watch.seconds = clock_seconds;
    const prepare::Prepared prepared = prepare::run_job(job, watch);
    manifest = prepare::finish_job(job, prepared, target);
    add_seconds(manifest, prepared.tally);
  }
  if (common.json) {
    std::cout << to_text(manifest) << std::endl;
  } else if (!common.quiet) {
    print_manifest(manifest, job.output_dir);
    if (const std::string used = models.usage(); !used.empty()) std::cout << used << "\n";
  }
  return ExitCode::kDone;
}

}  // namespace

std::function<ExitCode()> add_prepare(CLI::App& command, const Common& common) {
  const auto arguments = std::make_shared<PrepareArguments>();
  command.add_option("recipe", arguments->recipe,
                     "YAML recipe; fettle prepare --fields lists its keys and stages");
  command.add_option("--set", arguments->set, "key=value over the recipe; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  command.add_flag("--resume", arguments->resume, "go on where an interrupted run stopped");
  command.add_flag("--overwrite", arguments->overwrite, "replace the rows in the same folder");
  command.add_flag("--plan", arguments->plan, "count on the first rows of each source, and stop");
  command.add_flag("--fields", arguments->fields, "list all keys and stages, and stop");
  return [arguments, &common] { return run_prepare(*arguments, common); };
}

}  // namespace fettle::app
