// paraphrase and back_translation: what asks a model.
#pragma once

#include <memory>
#include <vector>

#include "data/stage.h"

namespace fettle::data {

[[nodiscard]] std::vector<Option> paraphrase_options();
[[nodiscard]] std::unique_ptr<RowStage> make_paraphrase(const Json& options, const Bench& bench);
[[nodiscard]] std::vector<Option> back_translation_options();
[[nodiscard]] std::unique_ptr<RowStage> make_back_translation(const Json& options,
                                                              const Bench& bench);

}  // namespace fettle::data
