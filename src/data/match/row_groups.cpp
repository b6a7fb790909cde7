#include "data/match/row_groups.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/file.h"
#include "data/match/duplicates.h"
#include "data/match/parallel.h"
#include "data/match/words.h"

namespace fettle::data {
namespace {

constexpr std::size_t kTextsAtOnce = 256;  // rows a thread takes at once

class WorkFolder {
 public:
  WorkFolder() : path_((fs::temp_directory_path() / "fettle-XXXXXX").native()) {
    if (::mkdtemp(path_.data()) == nullptr) {
      throw IoError("{}: cannot be created; name another folder by TMPDIR", path_);
    }
  }
  ~WorkFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  [[nodiscard]] fs::path path() const { return path_; }

 private:
  std::string path_;
};

std::string content_of(const Row& row) {
  if (row.form == RowForm::kText) return row.text;
  if (row.form == RowForm::kCompletion) return row.prompt + "\n" + row.completion;
  std::string out;
  const std::size_t count = row.messages.size() - (row.label.empty() ? 0 : 1);
  for (std::size_t i = 0; i < count; ++i) {
    const Json* const role = find(row.messages[i], "role");
    const Json* const content = find(row.messages[i], "content");
    if (role == nullptr || *role == "system" || *role == "developer" || content == nullptr)
      continue;
    out += (content->is_string() ? content->get<std::string>() : to_text(*content)) + "\n";
  }
  return out;
}

// Bytes, up to the end of a word, with which all texts begin.
std::size_t common_start(const std::vector<std::string>& texts) {
  std::string_view start = texts.front();
  for (const std::string& text : texts) {
    const auto parted = std::mismatch(start.begin(), start.end(), text.begin(), text.end());
    start = start.substr(0, static_cast<std::size_t>(parted.first - start.begin()));
  }
  const std::size_t space = start.rfind(' ');
  return space == std::string_view::npos ? 0 : space + 1;
}

std::size_t common_end(const std::vector<std::string>& texts, std::size_t start) {
  std::string_view end = std::string_view(texts.front()).substr(start);
  for (const std::string& text : texts) {
    const std::string_view rest = std::string_view(text).substr(start);
    const auto parted = std::mismatch(end.rbegin(), end.rend(), rest.rbegin(), rest.rend());
    end = end.substr(end.size() - static_cast<std::size_t>(parted.first - end.rbegin()));
  }
  const std::size_t space = end.find(' ');
  return space == std::string_view::npos ? 0 : end.size() - space;
}

std::vector<std::string> normal_texts(std::span<const Row> rows, int threads) {
  std::vector<std::string> texts(rows.size());
  for_each_piece((rows.size() + kTextsAtOnce - 1) / kTextsAtOnce, threads, [&](std::size_t piece) {
    const std::size_t end = std::min(rows.size(), (piece + 1) * kTextsAtOnce);
    for (std::size_t i = piece * kTextsAtOnce; i < end; ++i)
      texts[i] = normal_text(content_of(rows[i]));
  });
  const std::size_t start = common_start(texts);
  const std::size_t end = common_end(texts, start);
  for (std::string& text : texts) text = text.substr(start, text.size() - start - end);
  return texts;
}

}  // namespace

std::vector<std::uint32_t> near_groups(std::span<const Row> rows, int threads) {
  std::vector<std::uint32_t> groups(rows.size());
  std::iota(groups.begin(), groups.end(), 0U);
  if (rows.size() < 2) return groups;
  const std::vector<std::string> texts = normal_texts(rows, threads);
  const Fingerprinter fingerprints(NearOptions{}, 0);
  std::vector<std::string> prints(rows.size());
  for_each_piece((rows.size() + kTextsAtOnce - 1) / kTextsAtOnce, threads, [&](std::size_t piece) {
    const std::size_t end = std::min(rows.size(), (piece + 1) * kTextsAtOnce);
    for (std::size_t i = piece * kTextsAtOnce; i < end; ++i) {
      fingerprints.print(texts[i], {}, prints[i]);
    }
  });
  const PrintSource source = [&](const PrintVisit& visit) {
    for (std::size_t i = 0; i < prints.size(); ++i) visit(i, prints[i]);
  };
  const WorkFolder folder;
  find_duplicates(fingerprints, source, rows.size(), {.folder = folder.path(), .threads = threads},
                  [&](const ClusterRow& one) { groups[one.row] = one.cluster; });
  return groups;
}

}  // namespace fettle::data
