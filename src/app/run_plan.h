// `fettle train --plan`: what a run will take, before anything is loaded whole.
#pragma once

#include <vector>

#include "app/verb.h"
#include "batch/example.h"
#include "data/dataset.h"
#include "recipe/recipe.h"

namespace fettle::app {

void print_plan(const recipe::Recipe& recipe, const std::vector<batch::Example>& examples,
                const data::LoadReport& data, const Common& common);

}  // namespace fettle::app
