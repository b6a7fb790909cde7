#include "data/wordnet.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_set>
#include <utility>

#include "base/error.h"
#include "base/format.h"
#include "base/nearest.h"
#include "base/random.h"
#include "data/form.h"
#include "data/text_file.h"

namespace fettle::data {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 3> kSystemFolders = {
    "/usr/share/wordnet", "/usr/local/share/wordnet", "/usr/share/wordnet-3.0/dict"};

fs::path wordnet_path(const DataConfig& config, const std::string& folder) {
  return find_wordnet(folder.empty() ? config.wordnet_folder : folder);
}

// synset_offset lex_filenum ss_type w_cnt word ... | gloss
std::optional<Noun> parse_noun(std::string_view line) {
  const std::size_t bar = line.find(" | ");
  if (bar == std::string_view::npos || bar < 18) return std::nullopt;
  if (line[8] != ' ' || line.substr(11, 3) != " n " || line[16] != ' ') return std::nullopt;
  Noun noun;
  const std::string_view number = line.substr(9, 2);
  const auto parsed = std::from_chars(number.begin(), number.end(), noun.file);
  if (parsed.ec != std::errc() || parsed.ptr != number.end()) return std::nullopt;
  noun.file -= kFirstNounFile;
  if (noun.file < 0 || noun.file >= static_cast<int>(kNounFiles.size())) return std::nullopt;
  const std::string_view words = line.substr(17);
  noun.word = words.substr(0, words.find(' '));
  std::replace(noun.word.begin(), noun.word.end(), '_', ' ');
  noun.definition = definition_of(line.substr(bar + 3));
  if (noun.word.empty() || noun.definition.empty()) return std::nullopt;
  return noun;
}

std::vector<int> category_files(const DataConfig& config) {
  if (config.wordnet_categories.size() < 2) {
    throw UsageError("wordnet_categories names {} categories; name at least 2",
                     config.wordnet_categories.size());
  }
  std::vector<int> files;
  for (const std::string& name : config.wordnet_categories) {
    const auto found = std::find(kNounFiles.begin(), kNounFiles.end(), name);
    if (found == kNounFiles.end()) {
      throw UsageError("wordnet_categories: {}", unknown_name("category", name, kNounFiles));
    }
    const int file = static_cast<int>(found - kNounFiles.begin());
    if (std::find(files.begin(), files.end(), file) != files.end()) {
      throw UsageError("wordnet_categories names \"{}\" twice", name);
    }
    files.push_back(file);
  }
  return files;
}

// Draws nouns of each category in an order that depends on the seed alone, no word twice.
class Drawer {
 public:
  Drawer(const std::vector<Noun>& nouns, const std::vector<int>& files, std::uint64_t seed)
      : order_(files.size()), next_(files.size(), 0) {
    for (std::size_t i = 0; i < files.size(); ++i) {
      std::vector<const Noun*> of_file;
      for (const Noun& noun : nouns) {
        if (noun.file == files[i]) of_file.push_back(&noun);
      }
      const std::string stream = text("wordnet {}", kNounFiles[static_cast<size_t>(files[i])]);
      const Permutation place(of_file.size(), seed, stream);
      for (std::size_t k = 0; k < of_file.size(); ++k) order_[i].push_back(of_file[place(k)]);
    }
  }

  // Nothing when the category has no further word.
  const Noun* draw(std::size_t category) {
    std::size_t& at = next_[category];
    while (at < order_[category].size()) {
      const Noun* noun = order_[category][at++];
      if (used_.insert(lower_ascii(noun->word)).second) return noun;
    }
    return nullptr;
  }

 private:
  std::vector<std::vector<const Noun*>> order_;
  std::vector<std::size_t> next_;
  std::unordered_set<std::string> used_;
};

struct Draw {
  std::int64_t rows_per_class = 0;
  const char* stream = "";
};

std::vector<Row> draw_rows(Drawer& drawer, const DataConfig& config, const std::string& file,
                           const Draw& draw, std::uint64_t seed) {
  const std::string instruction =
      config.instruction.empty()
          ? "Say which of these a definition describes: " + join(config.wordnet_categories, ", ")
          : config.instruction;
  std::vector<Row> ordered;
  for (std::size_t i = 0; i < config.wordnet_categories.size(); ++i) {
    for (std::int64_t k = 0; k < draw.rows_per_class; ++k) {
      const Noun* const noun = drawer.draw(i);
      if (noun == nullptr) {
        throw DataError(
            "{}: the category \"{}\" has too few words for {} training and {} "
            "evaluation rows of each; ask for fewer or leave the category out",
            file, config.wordnet_categories[i], config.wordnet_train_rows_per_class,
            config.wordnet_eval_rows_per_class);
      }
      ordered.push_back(classification_row(
          config, instruction, noun->word + ": " + noun->definition, config.wordnet_categories[i]));
      ordered.back().origin = Origin{file, noun->line};
    }
  }
  std::vector<Row> rows(ordered.size());
  const Permutation place(ordered.size(), seed, draw.stream);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = std::move(ordered[place(i)]);
  return rows;
}

}  // namespace

fs::path find_wordnet(const std::string& stated) {
  if (!stated.empty()) return stated;
  for (const char* const known : kSystemFolders) {
    if (fs::exists(fs::path(known) / "data.noun")) return known;
  }
  throw DataError("WordNet is not in {}; install the package wordnet-base or state wordnet_folder",
                  kSystemFolders[0]);
}

std::string definition_of(std::string_view gloss) {
  std::size_t end = gloss.size();
  for (std::size_t quote = gloss.find('"'); quote != std::string_view::npos;
       quote = gloss.find('"', quote + 1)) {
    std::size_t before = quote;
    while (before > 0 && gloss[before - 1] == ' ') --before;
    if (before > 0 && (gloss[before - 1] == ';' || gloss[before - 1] == ':')) {
      end = before - 1;
      break;
    }
  }
  while (end > 0 && (gloss[end - 1] == ' ' || gloss[end - 1] == ';' || gloss[end - 1] == ':')) {
    --end;
  }
  const std::size_t begin = std::min(gloss.find_first_not_of(' '), end);
  return std::string(gloss.substr(begin, end - begin));
}

std::vector<Noun> read_nouns(const fs::path& folder) {
  const fs::path path = folder / "data.noun";
  Lines lines(path, std::size_t{1} << 20);
  std::vector<Noun> nouns;
  std::string line;
  while (lines.next(line)) {
    // The licence stands first, each line after two spaces.
    if (line.empty() || line.starts_with("  ")) continue;
    const std::string where = text("{}:{}", path, lines.number());
    if (auto bad = check_text(line, where)) throw DataError("{}", bad->message());
    std::optional<Noun> noun = parse_noun(line);
    if (!noun) {
      throw DataError(
          "{}: is no noun of WordNet (offset, file number, n, count, word, ..., gloss): "
          "\"{}\"; install wordnet-base again",
          where, line.substr(0, 60));
    }
    noun->line = lines.number();
    nouns.push_back(std::move(*noun));
  }
  return nouns;
}

WordNetRows wordnet_rows(const DataConfig& config, const std::string& folder, std::uint64_t seed) {
  const std::vector<int> files = category_files(config);
  const fs::path path = wordnet_path(config, folder);
  const std::vector<Noun> nouns = read_nouns(path);
  const std::string file = (path / "data.noun").native();
  Drawer drawer(nouns, files, seed);
  // Evaluation rows are drawn first: they stay the same when more training rows are asked for.
  WordNetRows rows;
  rows.eval = draw_rows(drawer, config, file,
                        {config.wordnet_eval_rows_per_class, "wordnet eval order"}, seed);
  rows.train = draw_rows(drawer, config, file,
                         {config.wordnet_train_rows_per_class, "wordnet train order"}, seed);
  return rows;
}

}  // namespace fettle::data
