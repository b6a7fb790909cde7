// Rows from WordNet's nouns: "word: definition" with the lexicographer's file (animal, artifact,
// ...) as the class. Text is on every Debian (wordnet-base) and needs no download.
//
// Format: wndb(5WN), lexnames(5WN). Source: Fellbaum (ed.), WordNet, MIT Press 1998.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "data/config.h"
#include "data/row.h"

namespace fettle::data {

// The noun files in the order of their numbers: 03 is Tops, 28 is time.
inline constexpr int kFirstNounFile = 3;
inline constexpr std::array<std::string_view, 26> kNounFiles = {
    "Tops",          "act",    "animal",     "artifact",  "attribute",  "body",     "cognition",
    "communication", "event",  "feeling",    "food",      "group",      "location", "motive",
    "object",        "person", "phenomenon", "plant",     "possession", "process",  "quantity",
    "relation",      "shape",  "state",      "substance", "time"};

struct Noun {
  std::string word;        // the synset's first lemma, underscores as spaces
  std::string definition;  // the gloss without its quoted examples
  int file = 0;            // index in kNounFiles
  std::int64_t line = 0;   // in data.noun, from 1
};

// The folder of data.noun: the stated one, or where the system's packages put it. Throws DataError
// when it is nowhere.
[[nodiscard]] std::filesystem::path find_wordnet(const std::string& stated);

// Every synset of `folder`/data.noun in the order of the file. Throws DataError with file and line.
[[nodiscard]] std::vector<Noun> read_nouns(const std::filesystem::path& folder);

// The gloss up to its first quoted example.
[[nodiscard]] std::string definition_of(std::string_view gloss);

struct WordNetRows {
  std::vector<Row> train;
  std::vector<Row> eval;
};

// wordnet_train_rows_per_class and wordnet_eval_rows_per_class rows of each category, drawn and
// shuffled by `seed`; no word stands in two rows. folder: empty for wordnet_folder, or the
// system's. Throws UsageError for an unknown category and DataError when a category has too few
// words.
[[nodiscard]] WordNetRows wordnet_rows(const DataConfig& config, const std::string& folder,
                                       std::uint64_t seed);

}  // namespace fettle::data
