// The files of a split in a folder laid out as Hugging Face's `datasets` reads it: by README.md's
// configs, else by names (data/train-00000-of-00002.parquet, test.csv, train/a.jsonl, ...).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/collect/card.h"
#include "data/collect/folder.h"

namespace fettle::data::collect {

struct Split {
  std::string name;
  std::vector<FoundFile> files;
};

// Splits in the order train, validation, test, then by name. A file that no split claims is left
// out when another is claimed; where none is, all are "train". `files` are those that hold rows.
[[nodiscard]] std::vector<Split> splits_by_name(const std::vector<FoundFile>& files);

// The files of `split` of the configuration `subset`. Empty names: the default configuration (or
// the only one), and train (or the only split). Throws UsageError naming those that there are.
[[nodiscard]] std::vector<FoundFile> files_of_split(const std::filesystem::path& folder,
                                                    const std::vector<FoundFile>& files,
                                                    const Card& card, const std::string& subset,
                                                    const std::string& split);

}  // namespace fettle::data::collect
