// A training run from its recipe to its result: folder, data, model, loop, judgement.
#pragma once

#include <optional>
#include <string>

#include "app/verb.h"
#include "recipe/load.h"

namespace fettle::app {

struct TrainOptions {
  bool resume = false;
  bool overwrite = false;
  bool plan_only = false;
  std::string store;  // --store
};

[[nodiscard]] ExitCode run_training(const recipe::Loaded& loaded, const TrainOptions& options,
                                    const Common& common);

}  // namespace fettle::app
