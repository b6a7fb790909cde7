// English words, their lemmas and inflections, and their synonyms, from WordNet's files: index.*,
// data.* and *.exc. Format: wndb(5WN), morphy(7WN). Fellbaum (ed.), WordNet, MIT Press 1998.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fettle::data {

enum class PartOfSpeech { kNoun, kVerb, kAdjective, kAdverb };
enum class Inflection { kBase, kPlural, kThirdPerson, kPast, kGerund };

struct Reading {
  std::string lemma;
  PartOfSpeech part = PartOfSpeech::kNoun;
  Inflection inflection = Inflection::kBase;
  bool operator==(const Reading&) const = default;
};

class WordForms {
 public:
  // folder: empty for where the system's packages put WordNet. Throws DataError when a file is not
  // there, or naming file and line where it is not WordNet's.
  explicit WordForms(const std::filesystem::path& folder);

  // Every way to read a word in lower case: exceptions first, then morphy's rules.
  [[nodiscard]] std::vector<Reading> readings(std::string_view word) const;

  // The inflected lemma; nothing where the exceptions give several forms (went, gone) and so leave
  // it open.
  [[nodiscard]] std::optional<std::string> inflect(const std::string& lemma, PartOfSpeech part,
                                                   Inflection inflection) const;

  // Single lower-case words of the lemma's most frequent synset, without the lemma.
  [[nodiscard]] std::vector<std::string> synonyms(const Reading& reading) const;

 private:
  struct Lexicon {
    std::unordered_map<std::string, std::uint32_t> first_synset;  // lemma to `synsets`
    std::vector<std::vector<std::string>> synsets;
    std::unordered_map<std::string, std::vector<std::string>> lemmas;  // exception to lemmas
    std::unordered_map<std::string, std::vector<std::string>> forms;   // lemma to exceptions
  };

  void read_index(const std::filesystem::path& path, Lexicon& lexicon,
                  std::unordered_map<std::string, std::uint32_t>& offsets) const;
  void read_synsets(const std::filesystem::path& path, Lexicon& lexicon,
                    const std::unordered_map<std::string, std::uint32_t>& offsets) const;
  void read_exceptions(const std::filesystem::path& path, Lexicon& lexicon) const;
  [[nodiscard]] const Lexicon& of(PartOfSpeech part) const {
    return lexicons_[static_cast<std::size_t>(part)];
  }

  std::array<Lexicon, 4> lexicons_;
};

}  // namespace fettle::data
