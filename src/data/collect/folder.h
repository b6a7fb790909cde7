// Files of a folder or of a pattern, in the order of their names.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace fettle::data::collect {

inline constexpr std::size_t kMaxFiles = 10'000'000;
inline constexpr std::size_t kMaxFolderDepth = 64;

struct FoundFile {
  std::filesystem::path path;
  std::string relative;  // to the folder, with '/'
};

// All regular files below `folder`, links followed, hidden ones left out, by their relative names
// in byte order. Throws DataError for a link that leads back into its own parents, for more than
// kMaxFiles files or kMaxFolderDepth folders deep, and for a folder that cannot be read.
[[nodiscard]] std::vector<FoundFile> files_below(const std::filesystem::path& folder);

// "*", "?" and "[a-z]" within a name, "**" across folders ("**/x" also matches "x"). Time is the
// product of the lengths.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view name);
[[nodiscard]] bool is_pattern(std::string_view path);

// The files that a pattern matches below the folder that it begins with.
[[nodiscard]] std::vector<FoundFile> files_matching(const std::string& pattern);

// README, LICENSE and the like: they describe the rows and hold none.
[[nodiscard]] bool is_description(const std::filesystem::path& path);

}  // namespace fettle::data::collect
