#include "data/prepared.h"

#include <array>
#include <fstream>
#include <string>

#include "base/error.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/nearest.h"

namespace fettle::data {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPartBytes = std::size_t{1} << 20;

template <class T>
T value(const Json& object, const char* key, const fs::path& manifest) {
  const Json* const found = find(object, key);
  if (found != nullptr) {
    if constexpr (std::is_same_v<T, std::string>) {
      if (found->is_string()) return found->get<T>();
    } else {
      if (found->is_number_unsigned()) return found->get<T>();
    }
  }
  throw DataError("{}: an output lacks \"{}\"; prepare the rows again", manifest,
                  std::string_view(key));
}

fs::path checked_file(const fs::path& folder, const Json& output) {
  const fs::path manifest = folder / "manifest.json";
  const auto name = value<std::string>(output, "file", manifest);
  if (name.empty() || name.find('/') != std::string::npos || name.starts_with('.')) {
    throw DataError("{}: names the output \"{}\"; an output is a file of the folder", manifest,
                    name.substr(0, 80));
  }
  const fs::path path = folder / name;
  const auto bytes = value<std::uint64_t>(output, "bytes", manifest);
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error) throw DataError("{}: {}; prepare the rows again", path, error.message());
  if (size != bytes || file_sum(path) != value<std::string>(output, "xxh3_128", manifest)) {
    throw DataError(
        "{}: is not the file that {} describes (it was changed afterwards); prepare the rows "
        "again, or name the file itself",
        path, manifest);
  }
  return path;
}

}  // namespace

std::string file_sum(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw DataError("{}: cannot open", path);
  Hasher hasher;
  std::string part(kPartBytes, '\0');
  while (file) {
    file.read(part.data(), static_cast<std::streamsize>(part.size()));
    hasher.add(std::string_view(part).substr(0, static_cast<std::size_t>(file.gcount())));
  }
  if (file.bad()) throw DataError("{}: cannot read", path);
  return hasher.xxh3_128();
}

std::optional<PreparedFolder> read_prepared(const fs::path& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return std::nullopt;
  if (!fs::exists(path / "manifest.json", error)) {
    if (!fs::exists(path / ".work", error)) return std::nullopt;
    throw DataError("{}: its preparation is unfinished; run fettle prepare with --resume", path);
  }
  const Json manifest = read_json_file(path / "manifest.json");
  const Json* const format = find(manifest, "format");
  const Json* const outputs = find(manifest, "outputs");
  if (format == nullptr || *format != "fettle.prepared/1" || outputs == nullptr ||
      !outputs->is_array()) {
    throw DataError("{}: is no manifest of prepared rows (format fettle.prepared/1)",
                    path / "manifest.json");
  }
  PreparedFolder out;
  for (const Json& output : *outputs) {
    const auto part = value<std::string>(output, "part", path / "manifest.json");
    if (part == "train") out.train = checked_file(path, output);
    if (part == "validation") out.validation = checked_file(path, output);
  }
  if (out.train.empty()) throw DataError("{}: holds no rows to train on (no part \"train\")", path);
  return out;
}

}  // namespace fettle::data
