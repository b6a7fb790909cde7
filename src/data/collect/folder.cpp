#include "data/collect/folder.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "base/format.h"

namespace fettle::data::collect {
namespace {

namespace fs = std::filesystem;

using Identity = std::pair<dev_t, ino_t>;

class Walker {
 public:
  std::vector<FoundFile> walk(const fs::path& folder) {
    enter(folder, "");
    std::sort(files_.begin(), files_.end(),
              [](const FoundFile& a, const FoundFile& b) { return a.relative < b.relative; });
    return std::move(files_);
  }

 private:
  void enter(const fs::path& folder, const std::string& prefix) {
    struct stat status {};
    if (::stat(folder.c_str(), &status) != 0) return;
    const Identity identity{status.st_dev, status.st_ino};
    if (std::find(parents_.begin(), parents_.end(), identity) != parents_.end()) {
      throw DataError(
          "{}: is a link that leads back to a folder above it; remove the link, or "
          "name the files",
          folder);
    }
    if (parents_.size() >= kMaxFolderDepth) {
      throw DataError("{}: stands more than {} folders deep; name a folder below", folder,
                      kMaxFolderDepth);
    }
    parents_.push_back(identity);
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
      add(*it, prefix);
    }
    if (error) throw DataError("{}: the folder cannot be read: {}", folder, error.message());
    parents_.pop_back();
  }

  void add(const fs::directory_entry& entry, const std::string& prefix) {
    const std::string name = entry.path().filename().native();
    if (name.starts_with('.')) return;
    std::error_code error;
    const fs::file_status status = fs::status(entry.path(), error);
    if (fs::is_directory(status)) return enter(entry.path(), prefix + name + "/");
    if (error == std::errc::too_many_symbolic_link_levels) {
      throw DataError("{}: is a link that leads to itself; remove it", entry.path());
    }
    if (!fs::is_regular_file(status)) return;
    if (files_.size() >= kMaxFiles) {
      throw DataError("{}: is one of more than {} files; name a folder below", entry.path(),
                      kMaxFiles);
    }
    files_.push_back({entry.path(), prefix + name});
  }

  std::vector<Identity> parents_;
  std::vector<FoundFile> files_;
};

// Whether `c` is in the class that begins at pattern[at] == '['; `end` is set behind its ']'. A '['
// that is never closed stands for itself.
bool in_class(std::string_view pattern, std::size_t at, char c, std::size_t& end) {
  const std::size_t close = pattern.find(']', at + 2);
  if (close == std::string_view::npos) {
    end = at + 1;
    return c == '[';
  }
  end = close + 1;
  std::string_view set = pattern.substr(at + 1, close - at - 1);
  const bool negated = set.front() == '!' || set.front() == '^';
  if (negated) set.remove_prefix(1);
  bool in = false;
  for (std::size_t i = 0; i < set.size(); ++i) {
    if (i + 2 < set.size() && set[i + 1] == '-') {
      in = in || (set[i] <= c && c <= set[i + 2]);
      i += 2;
    } else {
      in = in || set[i] == c;
    }
  }
  return in != negated && c != '/';
}

}  // namespace

std::vector<FoundFile> files_below(const fs::path& folder) { return Walker().walk(folder); }

bool is_pattern(std::string_view path) {
  return path.find_first_of("*?[") != std::string_view::npos;
}

bool matches(std::string_view pattern, std::string_view name) {
  // at[i]: whether the pattern so far matches the first i characters.
  std::vector<char> at(name.size() + 1, 0);
  std::vector<char> next(name.size() + 1, 0);
  at[0] = 1;
  for (std::size_t p = 0; p < pattern.size();) {
    std::fill(next.begin(), next.end(), 0);
    std::size_t step = 1;
    if (pattern.substr(p, 2) == "**") {
      step = pattern.substr(p, 3) == "**/" ? 3 : 2;
      bool open = false;
      for (std::size_t i = 0; i <= name.size(); ++i) {
        // "**/" ends before a name: at the start or behind a slash.
        const bool may = step == 2 || i == 0 || name[i - 1] == '/';
        if (at[i] != 0 && step == 3) next[i] = 1;
        open = open || at[i] != 0;
        if (open && may) next[i] = 1;
      }
    } else if (pattern[p] == '*') {
      for (std::size_t i = 0; i <= name.size(); ++i) {
        next[i] =
            static_cast<char>(at[i] != 0 || (i > 0 && next[i - 1] != 0 && name[i - 1] != '/'));
      }
    } else {
      for (std::size_t i = 0; i < name.size(); ++i) {
        if (at[i] == 0 && i > 0) continue;
        std::size_t end = p + 1;
        bool same = pattern[p] == name[i] || (pattern[p] == '?' && name[i] != '/');
        if (pattern[p] == '[') same = in_class(pattern, p, name[i], end);
        step = end - p;
        next[i + 1] = static_cast<char>(at[i] != 0 && same);
      }
      if (name.empty() && pattern[p] == '[') step = pattern.size() - p;
    }
    p += step;
    at.swap(next);
  }
  return at[name.size()] != 0;
}

std::vector<FoundFile> files_matching(const std::string& pattern) {
  const std::size_t special = pattern.find_first_of("*?[");
  const std::size_t slash = pattern.rfind('/', special);
  const fs::path folder =
      slash == std::string::npos ? "." : pattern.substr(0, std::max<size_t>(slash, 1));
  const std::string rest = slash == std::string::npos ? pattern : pattern.substr(slash + 1);
  if (!fs::is_directory(folder)) {
    throw DataError("{}: the folder {} does not exist", pattern, folder);
  }
  std::vector<FoundFile> files = files_below(folder);
  std::erase_if(files, [&](const FoundFile& file) { return !matches(rest, file.relative); });
  if (files.empty()) throw DataError("{}: no file matches the pattern", pattern);
  return files;
}

bool is_description(const fs::path& path) {
  const std::string name = lower_ascii(path.filename().native());
  constexpr std::array<std::string_view, 9> kBeginnings = {
      "readme",    "license",  "licence",      "copying",     "notice",
      "changelog", "citation", "data_license", "dataset_info"};
  return std::any_of(kBeginnings.begin(), kBeginnings.end(),
                     [&](std::string_view beginning) { return name.starts_with(beginning); });
}

}  // namespace fettle::data::collect
