// WordNet's nouns as classification rows: "word: definition" and the category.
#pragma once

#include <memory>

#include "data/collect/reader.h"

namespace fettle::data::collect {

// All nouns in the order of data.noun; `config.path` is "wordnet" or the folder of that file.
[[nodiscard]] std::unique_ptr<PartReader> open_nouns(const SourceConfig& config, const Place& from);

}  // namespace fettle::data::collect
