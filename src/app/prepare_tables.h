// Every source option and stage that a recipe of `fettle prepare` can name, and how they are made.
#pragma once

#include "data/prepare/job.h"
#include "recipe/prepare.h"

namespace fettle::app {

[[nodiscard]] recipe::PrepareTables prepare_tables();

// Sources and stages of a checked recipe as the engine takes them.
[[nodiscard]] data::prepare::Job make_job(const recipe::PrepareRecipe& recipe);

}  // namespace fettle::app
