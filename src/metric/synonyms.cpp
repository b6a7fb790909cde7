#include "metric/synonyms.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/error.h"

namespace fettle::metric {
namespace {

using Ending = std::pair<std::string_view, std::string_view>;

// Morphy's endings of nouns, verbs, adjectives and adverbs (WordNet's morphy(7)).
const std::array<std::vector<Ending>, 4> kEndings = {
    {{{"s", ""},
      {"ses", "s"},
      {"ves", "f"},
      {"xes", "x"},
      {"zes", "z"},
      {"ches", "ch"},
      {"shes", "sh"},
      {"men", "man"},
      {"ies", "y"}},
     {{"s", ""},
      {"ies", "y"},
      {"es", "e"},
      {"es", ""},
      {"ed", "e"},
      {"ed", ""},
      {"ing", "e"},
      {"ing", ""}},
     {{"er", ""}, {"est", ""}, {"er", "e"}, {"est", "e"}},
     {}}};

std::string_view line_at(std::string_view file, std::size_t at) {
  return file.substr(at, file.find('\n', at) - at);
}

// The fields of a line, one after another; empty at its end.
class Fields {
 public:
  explicit Fields(std::string_view line) : left_(line) {}

  std::string_view next() {
    left_.remove_prefix(std::min(left_.find_first_not_of(' '), left_.size()));
    const std::string_view field = left_.substr(0, left_.find(' '));
    left_.remove_prefix(field.size());
    return field;
  }

  std::size_t number(int base, const std::filesystem::path& file) {
    const std::string_view field = next();
    std::size_t value = 0;
    const auto [end, error] =
        std::from_chars(field.data(), field.data() + field.size(), value, base);
    if (field.empty() || error != std::errc() || end != field.data() + field.size()) {
      throw DataError(
          "{}: \"{}\" stands where a number was expected; install WordNet's database "
          "anew",
          file, field);
    }
    return value;
  }

 private:
  std::string_view left_;
};

// The line of an index file whose first field is `word`; its lines are sorted by it.
std::string_view find_line(std::string_view file, std::string_view word) {
  std::size_t low = 0;
  std::size_t high = file.size();
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    const std::size_t before = file.rfind('\n', middle == 0 ? 0 : middle - 1);
    const std::size_t begin = middle == 0 || before == std::string_view::npos ? 0 : before + 1;
    const std::string_view line = line_at(file, begin);
    const std::string_view key = line.substr(0, line.find(' '));
    if (key == word) return line;
    if (key < word) {
      low = begin + line.size() + 1;
    } else {
      high = begin;
    }
  }
  return {};
}

}  // namespace

Synonyms::Part::Part(const std::filesystem::path& folder, std::string_view name)
    : index(folder / text("index.{}", name)), data(folder / text("data.{}", name)) {
  const std::string file = read_file(folder / text("{}.exc", name));
  for (std::size_t at = 0; at < file.size();) {
    const std::string_view line = line_at(file, at);
    Fields fields(line);
    const std::string form(fields.next());
    std::vector<std::string> bases;
    for (std::string_view base = fields.next(); !base.empty(); base = fields.next()) {
      bases.emplace_back(base);
    }
    exceptions[form] = std::move(bases);
    at += line.size() + 1;
  }
}

Synonyms::Synonyms(const std::filesystem::path& folder)
    : parts_{Part(folder, "noun"), Part(folder, "verb"), Part(folder, "adj"), Part(folder, "adv")} {
}

void Synonyms::add(const Part& part, std::string_view form, std::vector<std::string>& out) const {
  if (form.empty()) return;
  const std::string_view line = find_line(part.index.view(), form);
  if (line.empty()) return;
  // lemma, part of speech, synsets, pointers, ..., senses, tagged senses, offsets
  Fields fields(line);
  fields.next();
  fields.next();
  const std::size_t synsets = fields.number(10, part.index.path());
  const std::size_t pointers = fields.number(10, part.index.path());
  for (std::size_t i = 0; i < pointers && i < line.size(); ++i) fields.next();
  fields.next();
  fields.next();
  for (std::size_t i = 0; i < synsets && i < line.size(); ++i) {
    const std::size_t offset = fields.number(10, part.index.path());
    if (offset >= part.data.view().size()) {
      throw DataError("{}: offset {} lies behind the end of {}; install WordNet's database anew",
                      part.index.path(), offset, part.data.path());
    }
    const std::string_view synset = line_at(part.data.view(), offset);
    Fields words(synset);
    for (int skipped = 0; skipped < 3; ++skipped) words.next();
    const std::size_t count = words.number(16, part.data.path());
    for (std::size_t k = 0; k < count && k < synset.size(); ++k) {
      const std::string_view word = words.next();
      words.next();
      if (word.find('_') == std::string_view::npos) {
        // An adjective's place is marked behind it: "alive(p)".
        out.emplace_back(word.substr(0, word.find('(')));
      }
    }
  }
}

const std::vector<std::string>& Synonyms::of(const std::string& word) {
  const auto [found, added] = known_.try_emplace(word);
  std::vector<std::string>& out = found->second;
  if (!added) return out;
  for (std::size_t k = 0; k < parts_.size(); ++k) {
    add(parts_[k], word, out);
    const auto exception = parts_[k].exceptions.find(word);
    if (exception != parts_[k].exceptions.end()) {
      for (const std::string& base : exception->second) add(parts_[k], base, out);
      continue;
    }
    for (const auto& [ending, instead] : kEndings[k]) {
      if (!word.ends_with(ending)) continue;
      add(parts_[k], word.substr(0, word.size() - ending.size()).append(instead), out);
    }
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace fettle::metric
