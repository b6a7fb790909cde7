#include "train/manifest.h"

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "base/json.h"

namespace fettle::train {
namespace {

constexpr const char* kManifest = "manifest.json";

std::vector<fs::path> files_of(const fs::path& folder) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file() && entry.path().filename() != kManifest) {
      out.push_back(entry.path());
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

Result<bool> verify_file(const fs::path& folder, const Json& item) {
  const Json* name = find(item, "name");
  const Json* bytes = find(item, "bytes");
  const Json* sum = find(item, "xxh3_128");
  if (name == nullptr || !name->is_string() || bytes == nullptr || !bytes->is_number_unsigned() ||
      sum == nullptr || !sum->is_string()) {
    return problem((folder / kManifest).string(), "an entry lacks name, bytes or xxh3_128");
  }
  const auto file_name = name->get<std::string>();
  const fs::path path = folder / file_name;
  if (file_name.empty() || fs::path(file_name).filename() != fs::path(file_name) ||
      file_name == "." || file_name == "..") {
    return problem((folder / kManifest).string(), text("\"{}\" is no plain file name", file_name));
  }
  std::error_code error;
  const std::uint64_t size = fs::file_size(path, error);
  if (error) return problem(path.string(), "is missing");
  if (size != bytes->get<std::uint64_t>()) {
    return problem(path.string(),
                   text("has {} bytes; the manifest says {}", size, bytes->get<std::uint64_t>()));
  }
  if (xxh3_128(MappedFile(path).bytes()) != sum->get<std::string>()) {
    return problem(path.string(), "does not have the sum that the manifest says");
  }
  return true;
}

}  // namespace

std::uint64_t write_manifest(const fs::path& folder) {
  Json files = Json::array();
  std::uint64_t total = 0;
  for (const fs::path& path : files_of(folder)) {
    const MappedFile file(path);
    files.push_back({{"name", path.filename().string()},
                     {"bytes", file.bytes().size()},
                     {"xxh3_128", xxh3_128(file.bytes())}});
    total += file.bytes().size();
  }
  write_file_atomically(folder / kManifest, to_text({{"version", 1}, {"files", files}}, 2) + "\n");
  return total;
}

std::uint64_t listed_bytes(const fs::path& folder) {
  const Json manifest = read_json_file(folder / kManifest);
  std::uint64_t total = 0;
  for (const Json& item : *find(manifest, "files"))
    total += find(item, "bytes")->get<std::uint64_t>();
  return total;
}

Result<bool> verify_manifest(const fs::path& folder) {
  const fs::path path = folder / kManifest;
  if (!fs::exists(path)) return problem(folder.string(), "has no manifest.json: it is incomplete");
  try {
    const Result<Json> json = parse_json(read_file(path), path.string());
    if (!json) return tl::unexpected<Problem>(json.error());
    const Json* version = find(*json, "version");
    if (version == nullptr || *version != 1) {
      return problem(path.string(), text("version is {}; this fettle reads version 1",
                                         version == nullptr ? "missing" : to_text(*version)));
    }
    const Json* files = find(*json, "files");
    if (files == nullptr || !files->is_array() || files->empty()) {
      return problem(path.string(), "lists no files");
    }
    for (const Json& item : *files) {
      if (Result<bool> good = verify_file(folder, item); !good) return good;
    }
  } catch (const IoError& error) {
    return problem("", error.what());
  }
  return true;
}

}  // namespace fettle::train
