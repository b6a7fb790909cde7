#include "data/balance/stages.h"

#include <array>

#include "data/balance/resample_stages.h"
#include "data/balance/split_stages.h"

namespace fettle::data {
namespace {

constexpr std::array kStages = {
    SetStageRow{"split", "gives each row a part: at random, stratified, by group or by time",
                "scikit-learn's StratifiedShuffleSplit", split_options, make_split},
    SetStageRow{"folds", "gives each row a fold: plain, stratified, grouped",
                "scikit-learn's StratifiedGroupKFold", folds_options, make_folds},
    SetStageRow{"resample",
                "repeats or drops rows until classes or groups have the counts asked for",
                "imbalanced-learn's RandomOverSampler and RandomUnderSampler", resample_options,
                make_resample},
    SetStageRow{"mix", "draws rows of sources or tasks in proportion to size^(1/temperature)",
                "Raffel et al. 2020, arxiv.org/abs/1910.10683, section 3.5.2", mix_options,
                make_mix},
    SetStageRow{"class_weights", "notes each row's class weight and writes them for a recipe",
                "scikit-learn's compute_class_weight; Kamiran and Calders 2012", weights_options,
                make_weights},
};

}  // namespace

std::span<const SetStageRow> balance_stages() { return kStages; }

}  // namespace fettle::data
