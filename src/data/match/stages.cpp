#include "data/match/stages.h"

#include <array>

#include "data/match/benchmark_stage.h"
#include "data/match/duplicate_stages.h"
#include "data/match/span_stages.h"

namespace fettle::data {
namespace {

constexpr std::array kSetStages = {
    SetStageRow{"exact_duplicates", "drops rows that are equal after normalisation", "",
                exact_options, make_exact_duplicates},
    SetStageRow{"near_duplicates",
                "drops (or groups) rows whose shingles' Jaccard similarity reaches a threshold",
                "Broder 1997; Lee et al. 2022, arxiv.org/abs/2107.06499", near_options,
                make_near_duplicates},
    SetStageRow{"shared_spans", "finds long spans that rows share word for word",
                "Lee et al. 2022, arxiv.org/abs/2107.06499; Schleimer et al. 2003",
                shared_spans_options, make_shared_spans},
};

constexpr std::array kRowStages = {
    RowStageRow{"cut_shared_spans", "cuts out what the stage shared_spans noted", "",
                options_of<NoOptions>, make_cut_shared_spans},
    RowStageRow{"decontaminate", "drops or cuts rows that overlap with evaluation sets",
                "Brown et al. 2020, arxiv.org/abs/2005.14165, appendix C", decontaminate_options,
                make_decontaminate},
};

}  // namespace

std::span<const SetStageRow> match_stages() { return kSetStages; }
std::span<const RowStageRow> match_row_stages() { return kRowStages; }

}  // namespace fettle::data
