#include "data/collect/hub.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/error.h"

namespace fettle::data::collect {
namespace {

namespace fs = std::filesystem;

struct Keyword {
  std::string_view word;
  std::string_view split;
};
// data_files.py of `datasets`: SPLIT_KEYWORDS.
constexpr std::array kKeywords = {Keyword{"train", "train"},
                                  Keyword{"training", "train"},
                                  Keyword{"validation", "validation"},
                                  Keyword{"valid", "validation"},
                                  Keyword{"dev", "validation"},
                                  Keyword{"val", "validation"},
                                  Keyword{"test", "test"},
                                  Keyword{"testing", "test"},
                                  Keyword{"eval", "test"},
                                  Keyword{"evaluation", "test"}};
constexpr std::array<std::string_view, 3> kOrder = {"train", "validation", "test"};

// What may stand beside a keyword: the edge of the path, a slash, or one of "-._ 0123456789".
bool is_separator(std::string_view path, std::size_t at) {
  if (at >= path.size()) return true;
  const char c = path[at];
  return c == '/' || c == '-' || c == '.' || c == '_' || c == ' ' || (c >= '0' && c <= '9');
}

bool stands_in(std::string_view path, std::string_view word) {
  for (std::size_t at = path.find(word); at != std::string_view::npos;
       at = path.find(word, at + 1)) {
    const bool begins = at == 0 || is_separator(path, at - 1);
    if (begins && is_separator(path, at + word.size())) return true;
  }
  return false;
}

// "data/NAME-00000-of-00002.parquet": the name; empty for other paths.
std::string sharded_split(std::string_view path) {
  constexpr std::string_view kShard = "-[0-9][0-9][0-9][0-9][0-9]-of-[0-9][0-9][0-9][0-9][0-9]*.*";
  if (!path.starts_with("data/")) return {};
  path.remove_prefix(5);
  for (std::size_t dash = path.find('-'); dash != std::string_view::npos;
       dash = path.find('-', dash + 1)) {
    const std::string_view name = path.substr(0, dash);
    const bool word = std::all_of(name.begin(), name.end(), [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '_' || c == '.';
    });
    if (dash > 0 && word && matches(kShard, path.substr(dash))) return std::string(name);
  }
  return {};
}

Split& split_of(std::vector<Split>& splits, std::string_view name) {
  for (Split& split : splits) {
    if (split.name == name) return split;
  }
  return splits.emplace_back(Split{std::string(name), {}});
}

void sort_splits(std::vector<Split>& splits) {
  const auto rank = [](const Split& split) {
    return std::find(kOrder.begin(), kOrder.end(), split.name) - kOrder.begin();
  };
  std::sort(splits.begin(), splits.end(), [&](const Split& a, const Split& b) {
    return rank(a) != rank(b) ? rank(a) < rank(b) : a.name < b.name;
  });
}

std::string split_names(const std::vector<Split>& splits) {
  std::vector<std::string> names;
  for (const Split& split : splits) names.push_back(split.name);
  return join(names, ", ");
}

const CardConfig& choose_config(const fs::path& folder, const Card& card,
                                const std::string& subset) {
  std::vector<std::string> names;
  for (const CardConfig& config : card.configs) {
    if (!subset.empty() ? config.name == subset : config.usual) return config;
    names.push_back(config.name);
  }
  if (subset.empty() && card.configs.size() == 1) return card.configs[0];
  throw UsageError("{}: {}; its configurations are {}", folder,
                   subset.empty() ? std::string("state one by `subset`")
                                  : "it has no configuration \"" + subset + "\"",
                   join(names, ", "));
}

std::vector<FoundFile> below(const std::vector<FoundFile>& files, const std::string& folder) {
  std::vector<FoundFile> out;
  const std::string prefix = folder + (folder.ends_with('/') ? "" : "/");
  for (const FoundFile& file : files) {
    if (file.relative.starts_with(prefix)) {
      out.push_back({file.path, file.relative.substr(prefix.size())});
    }
  }
  return out;
}

std::vector<Split> splits_of_config(const fs::path& folder, const std::vector<FoundFile>& files,
                                    const CardConfig& config) {
  std::vector<Split> splits;
  for (const DataFiles& entry : config.files) {
    Split& split = split_of(splits, entry.split);
    for (const std::string& pattern : entry.patterns) {
      const std::size_t before = split.files.size();
      const std::string_view own =
          std::string_view(pattern).substr(pattern.starts_with("./") ? 2 : 0);
      for (const FoundFile& file : files) {
        // A folder's name stands for what is below it.
        if (matches(own, file.relative) || file.relative.starts_with(std::string(own) + "/")) {
          split.files.push_back(file);
        }
      }
      if (split.files.size() == before) {
        throw DataError("{}: README.md names {} for the split {}, and there is no such file",
                        folder, pattern, entry.split);
      }
    }
  }
  return splits;
}

}  // namespace

std::vector<Split> splits_by_name(const std::vector<FoundFile>& files) {
  std::vector<Split> splits;
  for (const FoundFile& file : files) {
    if (const std::string name = sharded_split(file.relative); !name.empty()) {
      split_of(splits, name).files.push_back(file);
    }
  }
  if (splits.empty()) {
    for (const std::string_view name : kOrder) {
      for (const FoundFile& file : files) {
        const bool claimed =
            std::any_of(kKeywords.begin(), kKeywords.end(), [&](const Keyword& one) {
              return one.split == name && stands_in(file.relative, one.word);
            });
        if (claimed) split_of(splits, name).files.push_back(file);
      }
    }
  }
  if (splits.empty()) splits.push_back({"train", files});
  sort_splits(splits);
  return splits;
}

std::vector<FoundFile> files_of_split(const fs::path& folder, const std::vector<FoundFile>& files,
                                      const Card& card, const std::string& subset,
                                      const std::string& split) {
  std::vector<Split> splits;
  if (!card.configs.empty()) {
    const CardConfig& config = choose_config(folder, card, subset);
    const auto own = config.folder.empty() ? files : below(files, config.folder);
    splits = config.files.empty() ? splits_by_name(own) : splits_of_config(folder, own, config);
  } else {
    splits = splits_by_name(subset.empty() ? files : below(files, subset));
  }
  for (Split& one : splits) {
    const bool only = split.empty() && splits.size() == 1;
    if (only || one.name == (split.empty() ? "train" : split)) {
      if (one.files.empty()) break;
      return std::move(one.files);
    }
  }
  if (!split.empty()) {
    throw UsageError("{}: there is no split \"{}\"; there are: {}", folder, split,
                     split_names(splits));
  }
  throw UsageError("{}: state the split; there are: {}", folder, split_names(splits));
}

}  // namespace fettle::data::collect
