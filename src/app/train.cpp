#include "app/run_index.h"
#include "app/train_run.h"
#include "app/verb.h"

namespace fettle::app {
namespace {

struct TrainArguments {
  std::string recipe;
  std::vector<std::string> set;
  TrainOptions options;
};

}  // namespace

std::function<ExitCode()> add_train(CLI::App& command, const Common& common) {
  const auto arguments = std::make_shared<TrainArguments>();
  command.add_option("recipe", arguments->recipe, "YAML recipe; fettle show fields lists its keys")
      ->required();
  command.add_option("--set", arguments->set, "key=value over the recipe; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  command.add_flag("--resume", arguments->options.resume,
                   "go on from the newest whole checkpoint of the run's folder");
  command.add_flag("--overwrite", arguments->options.overwrite,
                   "replace an earlier run in the same folder");
  command.add_flag("--plan", arguments->options.plan_only,
                   "say parameters, steps, memory and time, and stop");
  add_store_option(command, arguments->options.store);
  return [arguments, &common] {
    return run_training(recipe::load_recipe(arguments->recipe, arguments->set), arguments->options,
                        common);
  };
}

}  // namespace fettle::app
