#include "data/augment/word_forms.h"

#include <algorithm>
#include <charconv>
#include <span>

#include "base/error.h"
#include "data/text_file.h"

namespace fettle::data {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 4> kFiles = {"noun", "verb", "adj", "adv"};
constexpr std::array kSystemFolders = {"/usr/share/wordnet", "/usr/local/share/wordnet",
                                       "/usr/share/wordnet-3.0/dict"};
constexpr std::size_t kLineBytes = std::size_t{1} << 20;

fs::path wordnet_folder(const fs::path& given) {
  if (!given.empty()) return given;
  for (const char* const known : kSystemFolders) {
    if (fs::exists(fs::path(known) / "index.noun")) return known;
  }
  throw DataError("WordNet is not in {}; install the package wordnet-base or state wordnet_folder",
                  kSystemFolders[0]);
}

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t end = std::min(line.find(' ', at), line.size());
    if (end > at) fields.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return fields;
}

template <class Number>
bool read_number(std::string_view written, int base, Number& out) {
  const auto read = std::from_chars(written.data(), written.data() + written.size(), out, base);
  return read.ec == std::errc() && read.ptr == written.data() + written.size();
}

[[noreturn]] void refuse(const fs::path& path, std::int64_t line) {
  throw DataError("{}:{}: is no line of WordNet's; install wordnet-base again", path, line);
}

struct Rule {
  PartOfSpeech part;
  Inflection inflection;
  std::string_view ending;
  std::string_view lemma;
};
// morphy(7WN), without the comparison of adjectives: those forms are left alone.
constexpr std::array kRules = {Rule{PartOfSpeech::kNoun, Inflection::kPlural, "s", ""},
                               Rule{PartOfSpeech::kNoun, Inflection::kPlural, "ses", "s"},
                               Rule{PartOfSpeech::kNoun, Inflection::kPlural, "xes", "x"},
                               Rule{PartOfSpeech::kNoun, Inflection::kPlural, "zes", "z"},
                               Rule{PartOfSpeech::kNoun, Inflection::kPlural, "ches", "ch"},
                               Rule{PartOfSpeech::kNoun, Inflection::kPlural, "shes", "sh"},
                               Rule{PartOfSpeech::kNoun, Inflection::kPlural, "men", "man"},
                               Rule{PartOfSpeech::kNoun, Inflection::kPlural, "ies", "y"},
                               Rule{PartOfSpeech::kVerb, Inflection::kThirdPerson, "s", ""},
                               Rule{PartOfSpeech::kVerb, Inflection::kThirdPerson, "ies", "y"},
                               Rule{PartOfSpeech::kVerb, Inflection::kThirdPerson, "es", "e"},
                               Rule{PartOfSpeech::kVerb, Inflection::kThirdPerson, "es", ""},
                               Rule{PartOfSpeech::kVerb, Inflection::kPast, "ed", "e"},
                               Rule{PartOfSpeech::kVerb, Inflection::kPast, "ed", ""},
                               Rule{PartOfSpeech::kVerb, Inflection::kPast, "ied", "y"},
                               Rule{PartOfSpeech::kVerb, Inflection::kGerund, "ing", "e"},
                               Rule{PartOfSpeech::kVerb, Inflection::kGerund, "ing", ""}};

bool is_vowel(char c) { return std::string_view("aeiou").find(c) != std::string_view::npos; }

bool ends_with_any(std::string_view word, std::span<const std::string_view> endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view ending) { return word.ends_with(ending); });
}

std::string with_s(const std::string& lemma) {
  static constexpr std::array<std::string_view, 5> kHissing = {"s", "x", "z", "ch", "sh"};
  if (ends_with_any(lemma, kHissing)) return lemma + "es";
  const bool y = lemma.size() > 1 && lemma.back() == 'y' && !is_vowel(lemma[lemma.size() - 2]);
  return y ? lemma.substr(0, lemma.size() - 1) + "ies" : lemma + "s";
}

std::string regular(const std::string& lemma, Inflection inflection) {
  const bool e = lemma.ends_with('e');
  const bool y = lemma.size() > 1 && lemma.back() == 'y' && !is_vowel(lemma[lemma.size() - 2]);
  const std::string stem = lemma.substr(0, lemma.size() - 1);
  switch (inflection) {
    case Inflection::kBase:
      return lemma;
    case Inflection::kPlural:
    case Inflection::kThirdPerson:
      return with_s(lemma);
    case Inflection::kPast:
      return e ? lemma + "d" : y ? stem + "ied" : lemma + "ed";
    case Inflection::kGerund: {
      static constexpr std::array<std::string_view, 3> kKeepE = {"ee", "oe", "ye"};
      return e && !ends_with_any(lemma, kKeepE) ? stem + "ing" : lemma + "ing";
    }
  }
  throw InternalError("no such inflection");
}

// What an irregular form of a verb is, by its ending; of a noun, the plural.
Inflection inflection_of(std::string_view form, std::string_view lemma, PartOfSpeech part) {
  if (part == PartOfSpeech::kNoun) return Inflection::kPlural;
  if (form.ends_with("ing") && !lemma.ends_with("ing")) return Inflection::kGerund;
  if (form.ends_with("s") && !lemma.ends_with("s")) return Inflection::kThirdPerson;
  return Inflection::kPast;
}

bool is_plain(std::string_view word) {
  return !word.empty() &&
         std::all_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

}  // namespace

WordForms::WordForms(const fs::path& folder) {
  const fs::path root = wordnet_folder(folder);
  for (std::size_t i = 0; i < kFiles.size(); ++i) {
    std::unordered_map<std::string, std::uint32_t> offsets;  // synset's offset to its number
    read_index(root / text("index.{}", kFiles[i]), lexicons_[i], offsets);
    read_synsets(root / text("data.{}", kFiles[i]), lexicons_[i], offsets);
    read_exceptions(root / text("{}.exc", kFiles[i]), lexicons_[i]);
  }
}

// lemma pos synset_cnt p_cnt [symbol...] sense_cnt tagsense_cnt offset [offset...]
void WordForms::read_index(const fs::path& path, Lexicon& lexicon,
                           std::unordered_map<std::string, std::uint32_t>& offsets) const {
  Lines lines(path, kLineBytes);
  std::string line;
  while (lines.next(line)) {
    if (line.empty() || line[0] == ' ') continue;  // the licence
    const auto fields = fields_of(line);
    std::size_t pointers = 0;
    const bool counted = fields.size() > 6 && read_number(fields[3], 10, pointers) &&
                         pointers < 1000 && fields.size() > 6 + pointers;
    if (!counted || fields[6 + pointers].size() != 8) refuse(path, lines.number());
    if (!is_plain(fields[0])) continue;
    const auto number = static_cast<std::uint32_t>(offsets.size());
    const auto at = offsets.try_emplace(std::string(fields[6 + pointers]), number).first;
    lexicon.first_synset.emplace(fields[0], at->second);
  }
  lexicon.synsets.resize(offsets.size());
}

// offset lex_filenum ss_type w_cnt word lex_id [word lex_id...] ...
void WordForms::read_synsets(const fs::path& path, Lexicon& lexicon,
                             const std::unordered_map<std::string, std::uint32_t>& offsets) const {
  Lines lines(path, kLineBytes);
  std::string line;
  while (lines.next(line)) {
    if (line.empty() || line[0] == ' ') continue;
    const auto fields = fields_of(line);
    std::size_t words = 0;
    const bool counted =
        fields.size() > 4 && read_number(fields[3], 16, words) && fields.size() > 4 + 2 * words;
    if (!counted) refuse(path, lines.number());
    const auto at = offsets.find(std::string(fields[0]));
    if (at == offsets.end()) continue;
    for (std::size_t i = 0; i < words; ++i) {
      std::string_view word = fields[4 + 2 * i];
      word = word.substr(0, word.find('('));  // an adjective's place: "ready(p)"
      if (is_plain(word)) lexicon.synsets[at->second].emplace_back(word);
    }
  }
}

// form lemma [lemma...]
void WordForms::read_exceptions(const fs::path& path, Lexicon& lexicon) const {
  Lines lines(path, kLineBytes);
  std::string line;
  while (lines.next(line)) {
    const auto fields = fields_of(line);
    if (fields.size() == 1) refuse(path, lines.number());
    for (std::size_t i = 1; i < fields.size(); ++i) {
      if (!is_plain(fields[0]) || !is_plain(fields[i])) continue;
      lexicon.lemmas[std::string(fields[0])].emplace_back(fields[i]);
      lexicon.forms[std::string(fields[i])].emplace_back(fields[0]);
    }
  }
}

std::vector<Reading> WordForms::readings(std::string_view word) const {
  std::vector<Reading> out;
  const auto add = [&](std::string lemma, PartOfSpeech part, Inflection inflection) {
    if (!of(part).first_synset.contains(lemma)) return;
    Reading reading{std::move(lemma), part, inflection};
    if (std::find(out.begin(), out.end(), reading) == out.end()) out.push_back(std::move(reading));
  };
  for (const auto part : {PartOfSpeech::kNoun, PartOfSpeech::kVerb, PartOfSpeech::kAdjective,
                          PartOfSpeech::kAdverb}) {
    add(std::string(word), part, Inflection::kBase);
    const auto irregular = of(part).lemmas.find(std::string(word));
    if (irregular == of(part).lemmas.end() || part >= PartOfSpeech::kAdjective) continue;
    for (const std::string& lemma : irregular->second) {
      add(lemma, part, inflection_of(word, lemma, part));
    }
  }
  for (const Rule& rule : kRules) {
    if (!word.ends_with(rule.ending) || word.size() < rule.ending.size() + 2) continue;
    std::string lemma(word.substr(0, word.size() - rule.ending.size()));
    lemma += rule.lemma;
    // Only what the rules would write themselves: "bused" is no form of "buse".
    if (regular(lemma, rule.inflection) == word) add(lemma, rule.part, rule.inflection);
  }
  return out;
}

std::optional<std::string> WordForms::inflect(const std::string& lemma, PartOfSpeech part,
                                              Inflection inflection) const {
  if (inflection == Inflection::kBase) return lemma;
  const auto irregular = of(part).forms.find(lemma);
  std::optional<std::string> found;
  if (irregular != of(part).forms.end()) {
    for (const std::string& form : irregular->second) {
      if (inflection_of(form, lemma, part) != inflection) continue;
      if (found) return std::nullopt;
      found = form;
    }
  }
  return found ? found : regular(lemma, inflection);
}

std::vector<std::string> WordForms::synonyms(const Reading& reading) const {
  const Lexicon& lexicon = of(reading.part);
  const auto at = lexicon.first_synset.find(reading.lemma);
  if (at == lexicon.first_synset.end()) return {};
  std::vector<std::string> out;
  for (const std::string& word : lexicon.synsets[at->second]) {
    if (word != reading.lemma) out.push_back(word);
  }
  return out;
}

}  // namespace fettle::data
