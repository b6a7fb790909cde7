#include "data/augment/stages.h"

#include <array>

#include "data/augment/local_stages.h"
#include "data/augment/model_stages.h"

namespace fettle::data {
namespace {

constexpr std::array kStages = {
    RowStageRow{"noise",
                "copies with spelling mistakes: swaps, gaps, neighbouring keys, misreadings",
                "Belinkov and Bisk 2018, arxiv.org/abs/1711.02173", noise_options, make_noise},
    RowStageRow{"synonyms", "copies with words replaced by WordNet's synonyms, inflected alike",
                "Wei and Zou 2019, arxiv.org/abs/1901.11196", synonyms_options, make_synonyms},
    RowStageRow{"phrasings", "copies with the instruction phrased by other templates",
                "Wei et al. 2022, arxiv.org/abs/2109.01652", phrasings_options, make_phrasings},
    RowStageRow{"paraphrase", "copies that a model says in other words", "", paraphrase_options,
                make_paraphrase, Need::kAnswers},
    RowStageRow{"back_translation", "copies translated to another language and back by a model",
                "Sennrich et al. 2016, arxiv.org/abs/1511.06709", back_translation_options,
                make_back_translation, Need::kAnswers},
};

}  // namespace

std::span<const RowStageRow> augment_stages() { return kStages; }

}  // namespace fettle::data
