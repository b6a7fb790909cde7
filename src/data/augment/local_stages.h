// noise, synonyms and phrasings: what needs no model.
#pragma once

#include <memory>
#include <vector>

#include "data/stage.h"

namespace fettle::data {

[[nodiscard]] std::vector<Option> noise_options();
[[nodiscard]] std::unique_ptr<RowStage> make_noise(const Json& options, const Bench& bench);
[[nodiscard]] std::vector<Option> synonyms_options();
[[nodiscard]] std::unique_ptr<RowStage> make_synonyms(const Json& options, const Bench& bench);
[[nodiscard]] std::vector<Option> phrasings_options();
[[nodiscard]] std::unique_ptr<RowStage> make_phrasings(const Json& options, const Bench& bench);

}  // namespace fettle::data
