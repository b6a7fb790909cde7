// Synonyms from a WordNet 3 database (WordNet's wndb(5) files), looked up where they stand.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/file.h"

namespace fettle::metric {

class Synonyms {
 public:
  // A folder with index.noun, data.noun, noun.exc, and so on for verb, adj and adv, as Debian's
  // wordnet-base installs it. Throws IoError for a missing file, DataError for a malformed one.
  explicit Synonyms(const std::filesystem::path& folder);

  // The words of all synsets of `word` (lower case) and of its base forms, as NLTK's
  // wordnet.synsets finds them; without those of several words. Kept after the first time.
  [[nodiscard]] const std::vector<std::string>& of(const std::string& word);

 private:
  struct Part {
    explicit Part(const std::filesystem::path& folder, std::string_view name);
    MappedFile index;
    MappedFile data;
    std::unordered_map<std::string, std::vector<std::string>> exceptions;
  };

  void add(const Part& part, std::string_view form, std::vector<std::string>& out) const;

  std::array<Part, 4> parts_;
  std::unordered_map<std::string, std::vector<std::string>> known_;
};

}  // namespace fettle::metric
