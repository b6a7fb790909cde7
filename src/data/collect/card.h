// What a folder says of its data: README.md's YAML (Hugging Face's dataset card),
// dataset_infos.json and LICENSE files.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace fettle::data::collect {

struct DataFiles {
  std::string split;
  std::vector<std::string> patterns;
};

struct CardConfig {
  std::string name;
  bool usual = false;  // default: true
  std::string folder;  // data_dir
  std::vector<DataFiles> files;
};

struct Card {
  std::string licence;  // as the card writes it: "apache-2.0"; empty: unknown
  std::string origin;   // homepage, or the address of the source; empty: unknown
  std::vector<CardConfig> configs;
  // Names of classes by column, from dataset_info's features.
  std::map<std::string, std::vector<std::string>> labels;
};

// Reads README.md, dataset_infos.json and LICENSE* of the folder, each where it is there and at
// most 1 MB of it. Throws DataError for YAML or JSON that is broken.
[[nodiscard]] Card read_card(const std::filesystem::path& folder);

// The licence that a text is of ("Apache-2.0", "MIT", "CC-BY-4.0", ...); empty where it is none of
// the usual.
[[nodiscard]] std::string licence_of_text(std::string_view text);

}  // namespace fettle::data::collect
