#include <algorithm>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "tensor/safetensors.h"
#include "tensor/safetensors_header.h"
#include "tensor/shown.h"

namespace fettle::tensor {
namespace {

// Tensor name -> plain name of the shard that holds it.
using WeightMap = std::map<std::string, std::string, std::less<>>;

bool is_plain_file_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(std::string_view("/\\\0", 3)) == std::string_view::npos;
}

WeightMap read_index(const fs::path& path) {
  const Result<Json> json = parse_json(read_file(path, kMaxSafetensorsHeader), path.native());
  if (!json) throw ModelError("{}", json.error().message());
  const Json* map = find(*json, "weight_map");
  if (map == nullptr || !map->is_object() || map->empty()) {
    throw ModelError(
        "{}: \"weight_map\" is missing or empty; it names the shard of every tensor: "
        "download or save the index again",
        path);
  }
  WeightMap shards;
  for (const auto& [name, file] : map->items()) {
    if (!file.is_string() || !is_plain_file_name(file.get_ref<const std::string&>())) {
      throw ModelError(
          "{}: tensor \"{}\" is mapped to {}; a plain file name in the same folder "
          "was expected",
          path, shown(name), shown(to_text(file)));
    }
    shards.emplace(name, file.get<std::string>());
  }
  return shards;
}

// Each tensor of the index stands in its shard, and each tensor of a shard in the index.
void check_shards(const std::vector<SafetensorsFile>& files, const WeightMap& shards,
                  const fs::path& index) {
  std::size_t found = 0;
  for (const SafetensorsFile& file : files) {
    for (const TensorEntry& entry : file.entries()) {
      const auto mapped = shards.find(entry.name);
      if (mapped == shards.end()) {
        throw ModelError(
            "{}: holds the tensor \"{}\", which {} does not name; download or save "
            "the model again",
            file.path(), shown(entry.name), index);
      }
      if (mapped->second != file.path().filename().native()) {
        throw ModelError(
            "{}: holds the tensor \"{}\", which belongs into {}; each tensor stands "
            "in exactly one shard: download or save the model again",
            file.path(), shown(entry.name), shown(mapped->second));
      }
      ++found;
    }
  }
  if (found == shards.size()) return;
  for (const auto& [name, shard] : shards) {
    for (const SafetensorsFile& file : files) {
      if (file.path().filename().native() == shard && file.find(name) == nullptr) {
        throw ModelError(
            "{}: lacks the tensor \"{}\" that {} says it holds; download or save the "
            "model again",
            file.path(), shown(name), index);
      }
    }
  }
}

std::vector<SafetensorsFile> open_shards(const fs::path& folder, const fs::path& index) {
  const WeightMap shards = read_index(index);
  std::set<std::string> names;
  for (const auto& [tensor, shard] : shards) names.insert(shard);
  std::vector<SafetensorsFile> files;
  for (const std::string& name : names) {
    if (!fs::exists(folder / name)) {
      throw ModelError(
          "{}: names the shard {}, which is not in the folder; download the model "
          "again",
          index, shown(name));
    }
    files.emplace_back(folder / name);
  }
  check_shards(files, shards, index);
  return files;
}

[[noreturn]] void refuse_folder(const fs::path& folder, std::string_view basename) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    throw ModelError("{}: is no folder of a model; give the folder that holds {}.safetensors",
                     folder, basename);
  }
  for (const fs::directory_entry& item : fs::directory_iterator(folder, error)) {
    const fs::path end = item.path().extension();
    if (end == ".bin" || end == ".pt" || end == ".pth" || end == ".ckpt") {
      throw ModelError(
          "{}: holds weights only as pickle ({}), which can run code when it is read; convert them "
          "once, in Python: AutoModelForCausalLM.from_pretrained(folder).save_pretrained(folder, "
          "safe_serialization=True)",
          folder, item.path().filename());
    }
  }
  throw ModelError(
      "{}: holds neither {}.safetensors nor {}.safetensors.index.json; download the "
      "model's weights into it",
      folder, basename, basename);
}

}  // namespace

SafetensorsFile::SafetensorsFile(const fs::path& path)
    : file_(std::make_shared<const MappedFile>(path)) {
  SafetensorsContents contents = parse_safetensors(file_->bytes(), path.native());
  entries_ = std::move(contents.entries);
  metadata_ = std::move(contents.metadata);
}

const TensorEntry* SafetensorsFile::find(std::string_view name) const {
  const auto found = std::lower_bound(entries_.begin(), entries_.end(), name,
                                      [](const TensorEntry& entry, std::string_view wanted) {
                                        return std::string_view(entry.name) < wanted;
                                      });
  return found != entries_.end() && found->name == name ? &*found : nullptr;
}

std::vector<SafetensorsFile> open_safetensors_folder(const fs::path& folder,
                                                     std::string_view basename) {
  const fs::path single = folder / text("{}.safetensors", basename);
  std::vector<SafetensorsFile> files;
  if (fs::exists(single)) {
    files.emplace_back(single);
    return files;
  }
  const fs::path index = folder / text("{}.safetensors.index.json", basename);
  if (fs::exists(index)) return open_shards(folder, index);
  refuse_folder(folder, basename);
}

}  // namespace fettle::tensor
