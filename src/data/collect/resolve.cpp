#include "data/collect/resolve.h"

#include <algorithm>

#include "base/error.h"
#include "base/format.h"
#include "data/collect/dataset_info.h"
#include "data/collect/http.h"
#include "data/collect/hub.h"
#include "data/collect/packed.h"
#include "data/collect/postgres.h"
#include "data/collect/reader.h"
#include "data/text_file.h"
#include "data/wordnet.h"

namespace fettle::data::collect {
namespace {

namespace fs = std::filesystem;

std::string known_endings() {
  std::string out;
  for (const FormatRow& row : formats()) out += (out.empty() ? "" : " ") + std::string(row.endings);
  return out + " (each also .gz .zst .xz .bz2), .zip, .tar";
}

bool is_readable(const SourceConfig& config, std::string_view name) {
  return config.format != "auto" || is_archive(name) || format_of_name(name) >= 0;
}

// Of a folder's files those that hold rows.
std::vector<FoundFile> files_with_rows(const SourceConfig& config, std::vector<FoundFile> files) {
  std::erase_if(files, [&](const FoundFile& file) {
    if (!config.files.empty()) {
      return std::none_of(config.files.begin(), config.files.end(),
                          [&](const std::string& one) { return matches(one, file.relative); });
    }
    if (is_description(file.path) || !is_readable(config, file.relative)) return true;
    const bool stated = config.format != "auto" && !is_archive(file.relative);
    return stated && format_of_name(file.relative) >= 0 &&
           format_of_name(file.relative) != format_named(config.format);
  });
  return files;
}

// Splits that the names of files tell are obeyed without being asked for only when they tell of
// each file, so that a file called test-report.txt does not hide the others.
bool has_splits(const std::vector<FoundFile>& files) {
  const std::vector<Split> splits = splits_by_name(files);
  std::size_t claimed = 0;
  bool train = false;
  for (const Split& split : splits) {
    claimed += split.files.size();
    train = train || split.name == "train";
  }
  return train && splits.size() > 1 && claimed >= files.size();
}

void read_folder(Resolved& out, const Card& card) {
  const SourceConfig& config = out.config;
  out.folder = true;
  out.files = files_with_rows(config, files_below(config.path));
  if (config.files.empty() && (!config.split.empty() || !config.subset.empty() ||
                               !card.configs.empty() || has_splits(out.files))) {
    out.files = files_of_split(config.path, out.files, card, config.subset, config.split);
  }
  if (!out.files.empty()) return;
  if (!config.files.empty()) {
    throw DataError(
        "{}: no file of a known ending matches `files` ({}); * stays within a folder, "
        "**/* goes below it",
        config.path, join(config.files, ", "));
  }
  throw DataError("{}: the folder holds no file of a known ending: {}", config.path,
                  known_endings());
}

void check_sha256(const SourceConfig& config, const fs::path& path) {
  if (config.sha256.empty()) return;
  const std::string digest = sha256_of_file(path);
  if (lower_ascii(config.sha256) == digest) return;
  throw DataError("{}: has the SHA-256 {} and {} was stated; the file is another one or damaged",
                  path, digest, config.sha256.substr(0, 80));
}

void read_file_entry(Resolved& out) {
  const SourceConfig& config = out.config;
  require_file(config.path);
  if (!is_readable(config, config.path)) {
    throw DataError(
        "{}: the format of a file named so is not known; known endings: {}; rename it "
        "or state `format`",
        config.path, known_endings());
  }
  check_sha256(config, config.path);
  out.files = {{config.path, fs::path(config.path).filename().native()}};
}

void take_card(Resolved& out, const Card& card) {
  SourceConfig& config = out.config;
  if (!card.licence.empty()) out.licence = card.licence;
  if (!card.origin.empty()) out.origin = card.origin;
  std::string column = "label";
  for (const std::string& one : config.columns) {
    if (one.starts_with("label=")) column = one.substr(6);
  }
  const auto labels = card.labels.find(column);
  if (config.labels.empty() && labels != card.labels.end()) config.labels = labels->second;
}

// NAME@FOLDER of LLaMA-Factory's dataset_info.json.
bool take_entry(SourceConfig& config) {
  const std::size_t at = config.path.find('@');
  if (at == std::string::npos || fs::exists(config.path)) return false;
  const fs::path folder = config.path.substr(at + 1);
  const fs::path info = fs::is_directory(folder) ? folder / "dataset_info.json" : folder;
  if (!fs::is_regular_file(info)) {
    throw DataError("{}: {} is no dataset_info.json", config.path, info);
  }
  config = source_of_entry(info, config.path.substr(0, at), config);
  return true;
}

void take_address(Resolved& out) {
  const std::string address = out.config.path;
  out.config.path = fetch(out.config).path.native();
  out.config.sha256.clear();
  out.origin = address.substr(0, address.find('?'));
  read_file_entry(out);
}

void look_at_files(Resolved& out) {
  SourceConfig& config = out.config;
  if (is_pattern(config.path) && !fs::exists(config.path)) {
    out.files = files_with_rows(config, files_matching(config.path));
    if (out.files.empty()) {
      throw DataError("{}: no file of a known ending matches: {}", config.path, known_endings());
    }
    return take_card(out, read_card(out.files[0].path.parent_path()));
  }
  const bool folder = fs::is_directory(config.path);
  const fs::path parent = fs::path(config.path).parent_path();
  const fs::path beside = folder ? fs::path(config.path) : parent.empty() ? fs::path(".") : parent;
  const Card card = fs::is_directory(beside) ? read_card(beside) : Card();
  folder ? read_folder(out, card) : read_file_entry(out);
  take_card(out, card);
}

}  // namespace

Resolved resolve(const SourceConfig& config) {
  if (config.path.empty()) throw UsageError("a source has no path; state where its rows are");
  Resolved out;
  out.config = config;
  if (config.path == "wordnet" || config.format == "wordnet") {
    out.kind = Resolved::Kind::kWordNet;
    out.licence = "WordNet";
    out.origin = "Princeton WordNet 3.0";
  } else if (is_postgres(config.path)) {
    out.kind = Resolved::Kind::kPostgres;
  } else {
    if (!is_address(config.path)) static_cast<void>(take_entry(out.config));
    if (out.config.format != "auto") static_cast<void>(format_named(out.config.format));
    is_address(out.config.path) ? take_address(out) : look_at_files(out);
  }
  if (!config.licence.empty()) out.licence = config.licence;
  if (!config.origin.empty()) out.origin = config.origin;
  if (out.licence.empty()) out.licence = "unknown";
  if (out.origin.empty()) out.origin = "unknown";
  return out;
}

}  // namespace fettle::data::collect
