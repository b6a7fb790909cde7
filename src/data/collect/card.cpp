#include "data/collect/card.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "data/collect/markdown.h"

namespace fettle::data::collect {
namespace {

constexpr std::uint64_t kMaxCardBytes = std::uint64_t{1} << 20;
constexpr std::size_t kMaxConfigs = 10'000;

struct Sign {
  std::string_view words;
  std::string_view licence;
};
// The first that stands in the text; longer names before those that they begin with.
constexpr std::array kSigns = {
    Sign{"Attribution-NonCommercial-ShareAlike 4.0", "CC-BY-NC-SA-4.0"},
    Sign{"Attribution-NonCommercial-NoDerivatives 4.0", "CC-BY-NC-ND-4.0"},
    Sign{"Attribution-NonCommercial 4.0", "CC-BY-NC-4.0"},
    Sign{"Attribution-ShareAlike 4.0", "CC-BY-SA-4.0"},
    Sign{"Attribution-ShareAlike 3.0", "CC-BY-SA-3.0"},
    Sign{"Attribution 4.0 International", "CC-BY-4.0"},
    Sign{"Attribution 3.0", "CC-BY-3.0"},
    Sign{"CC0 1.0 Universal", "CC0-1.0"},
    Sign{"Apache License", "Apache-2.0"},
    Sign{"GNU AFFERO GENERAL PUBLIC LICENSE", "AGPL-3.0"},
    Sign{"GNU LESSER GENERAL PUBLIC LICENSE", "LGPL"},
    Sign{"GNU GENERAL PUBLIC LICENSE", "GPL"},
    Sign{"Mozilla Public License Version 2.0", "MPL-2.0"},
    Sign{"Permission is hereby granted, free of charge", "MIT"},
    Sign{"Redistribution and use in source and binary forms", "BSD"},
    Sign{"Open Data Commons Attribution License", "ODC-BY-1.0"},
    Sign{"Open Database License", "ODbL-1.0"},
    Sign{"This is free and unencumbered software", "Unlicense"},
};

// White space of any kind and amount as one space, so that line ends do not part a name.
std::string folded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\n' || c == '\r' || c == '\t';
    if (!space) out += c;
    if (space && !out.empty() && out.back() != ' ') out += ' ';
  }
  return out;
}

std::vector<std::string> texts_of(const YAML::Node& node) {
  std::vector<std::string> out;
  if (node.IsScalar()) out.push_back(node.Scalar());
  if (node.IsSequence()) {
    for (const YAML::Node& one : node) {
      if (one.IsScalar()) out.push_back(one.Scalar());
    }
  }
  return out;
}

std::string joined(const std::vector<std::string>& parts) { return join(parts, ", "); }

// data_files: a pattern, patterns, or {split, path} each.
std::vector<DataFiles> data_files_of(const YAML::Node& node) {
  std::vector<DataFiles> out;
  if (!node.IsDefined()) return out;
  if (node.IsSequence() && node.size() > 0 && node[0].IsMap()) {
    for (const YAML::Node& one : node) {
      if (!one.IsMap()) continue;
      const YAML::Node split = one["split"];
      out.push_back({split.IsDefined() && split.IsScalar() ? split.Scalar() : "train",
                     one["path"].IsDefined() ? texts_of(one["path"]) : std::vector<std::string>()});
    }
    return out;
  }
  if (const auto patterns = texts_of(node); !patterns.empty()) out.push_back({"train", patterns});
  return out;
}

void read_configs(const YAML::Node& configs, Card& card) {
  if (!configs.IsDefined() || !configs.IsSequence()) return;
  for (const YAML::Node& one : configs) {
    if (!one.IsMap() || card.configs.size() >= kMaxConfigs) continue;
    CardConfig config;
    const auto text_at = [&](const char* key) {
      const YAML::Node value = one[key];
      return value.IsDefined() && value.IsScalar() ? value.Scalar() : std::string();
    };
    config.name = text_at("config_name");
    config.usual = text_at("default") == "true" || config.name == "default";
    config.folder = text_at("data_dir");
    config.files = data_files_of(one["data_files"]);
    card.configs.push_back(std::move(config));
  }
}

// features: - name: label, dtype: {class_label: {names: {'0': neg, '1': pos}}}
void read_features(const YAML::Node& info, Card& card) {
  if (!info.IsDefined()) return;
  if (info.IsSequence()) {
    for (const YAML::Node& one : info) {
      if (one.IsMap()) read_features(one, card);
    }
    return;
  }
  if (!info.IsMap() || !info["features"].IsDefined() || !info["features"].IsSequence()) return;
  for (const YAML::Node& feature : info["features"]) {
    if (!feature.IsMap() || !feature["name"].IsDefined() || !feature["dtype"].IsDefined()) continue;
    const YAML::Node dtype = feature["dtype"];
    if (!dtype.IsMap() || !dtype["class_label"].IsDefined()) continue;
    const YAML::Node names = dtype["class_label"]["names"];
    if (!names.IsDefined() || !feature["name"].IsScalar()) continue;
    std::vector<std::string>& out = card.labels[feature["name"].Scalar()];
    out = names.IsSequence() ? texts_of(names) : std::vector<std::string>();
    for (std::size_t i = 0; names.IsMap() && names[std::to_string(i)].IsDefined(); ++i) {
      out.push_back(names[std::to_string(i)].as<std::string>());
    }
  }
}

void read_readme(const fs::path& path, Card& card) {
  const std::string text = read_file(path, std::uint64_t{64} << 20);
  const std::string_view front = front_matter(std::string_view(text).substr(0, kMaxCardBytes));
  if (front.empty()) return;
  try {
    const YAML::Node root = YAML::Load(std::string(front));
    if (!root.IsMap()) return;
    if (root["license"].IsDefined()) card.licence = joined(texts_of(root["license"]));
    if (root["homepage"].IsDefined()) card.origin = joined(texts_of(root["homepage"]));
    read_configs(root["configs"], card);
    read_features(root["dataset_info"], card);
  } catch (const YAML::Exception& error) {
    throw DataError("{}: the YAML at its start is broken: {}; mend it, or state the files", path,
                    std::string_view(error.what()));
  }
}

// {"default": {"homepage": ..., "license": ..., "features": {"label": {"names": [...]}}}}
void read_infos(const fs::path& path, Card& card) {
  const Json infos = read_json_file(path);
  if (!infos.is_object()) return;
  for (const auto& [name, info] : infos.items()) {
    const auto text_at = [&, &info = info](const char* key) {
      const Json* const value = find(info, key);
      return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
    };
    if (card.licence.empty()) card.licence = text_at("license");
    if (card.origin.empty()) card.origin = text_at("homepage");
    const Json* const features = find(info, "features");
    if (features == nullptr || !features->is_object()) continue;
    for (const auto& [column, feature] : features->items()) {
      const Json* const names = find(feature, "names");
      if (names == nullptr || !names->is_array() || card.labels.contains(column)) continue;
      for (const Json& label : *names) {
        if (label.is_string()) card.labels[column].push_back(label.get<std::string>());
      }
    }
  }
}

}  // namespace

std::string licence_of_text(std::string_view text) {
  const std::string words = folded(text.substr(0, kMaxCardBytes));
  for (const Sign& sign : kSigns) {
    if (words.find(sign.words) != std::string::npos) return std::string(sign.licence);
  }
  return {};
}

Card read_card(const fs::path& folder) {
  Card card;
  if (fs::is_regular_file(folder / "README.md")) read_readme(folder / "README.md", card);
  if (fs::is_regular_file(folder / "dataset_infos.json")) {
    read_infos(folder / "dataset_infos.json", card);
  }
  if (!card.licence.empty()) return card;
  std::vector<fs::path> texts;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().native();
    const bool licence = name.starts_with("LICEN") || name.starts_with("COPYING") ||
                         name.starts_with("DATA_LICEN") || name.starts_with("license");
    if (licence && entry.is_regular_file()) texts.push_back(entry.path());
  }
  std::sort(texts.begin(), texts.end());
  for (const fs::path& path : texts) {
    const std::string found = licence_of_text(read_file(path, std::uint64_t{64} << 20));
    if (found.empty()) continue;
    card.licence +=
        (card.licence.empty() ? "" : ", ") + found + " (" + path.filename().native() + ")";
  }
  return card;
}

}  // namespace fettle::data::collect
