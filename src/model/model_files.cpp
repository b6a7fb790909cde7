#include "model/model_files.h"

#include <algorithm>

#include "base/error.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/nearest.h"
#include "model/families.h"

namespace fettle::model {
namespace {

std::vector<fs::path> weight_paths(const fs::path& path) {
  if (!fs::is_directory(path)) return {path};
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(path)) {
    if (entry.path().extension() == ".safetensors") out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

bool is_gguf_path(const fs::path& path) { return path.extension() == ".gguf"; }

void throw_no_model(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error)) {
    const fs::path parent = path.has_parent_path() ? path.parent_path() : fs::path(".");
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(parent, error)) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    const std::vector<std::string_view> known(names.begin(), names.end());
    const std::string_view meant = nearest(path.filename().string(), known);
    throw ModelError(
        "{}: there is no such model; a folder with config.json or a .gguf file was "
        "expected{}",
        path, meant.empty() ? "" : text(" (did you mean \"{}\"?)", (parent / meant).string()));
  }
  throw ModelError("{}: is no model; a folder with config.json or a .gguf file was expected", path);
}

ModelFiles::ModelFiles(const fs::path& path) : path_(path) {
  std::error_code error;
  if (is_gguf_path(path) && fs::is_regular_file(path, error)) {
    gguf_ = std::make_shared<const tensor::GgufFile>(path);
    return;
  }
  if (!fs::is_regular_file(path / "config.json", error)) throw_no_model(path);
}

ModelFiles::~ModelFiles() = default;
ModelFiles::ModelFiles(ModelFiles&&) noexcept = default;

DecoderConfig ModelFiles::config() const {
  if (gguf_) return read_config(*gguf_);
  const fs::path path = path_ / "config.json";
  DecoderConfig config = read_config(read_json_file(path), path.string());
  const fs::path generation = path_ / "generation_config.json";
  if (!fs::exists(generation)) return config;
  const Json json = read_json_file(generation);
  if (const Json* eos = find(json, "eos_token_id")) {
    const std::vector<Json> ids =
        eos->is_array() ? eos->get<std::vector<Json>>() : std::vector<Json>{*eos};
    for (const Json& id : ids) {
      if (!id.is_number_integer()) continue;
      const auto value = id.get<std::int64_t>();
      auto& known = config.eos_token_id;
      if (std::find(known.begin(), known.end(), value) == known.end()) known.push_back(value);
    }
  }
  return config;
}

std::unique_ptr<tensor::WeightFile> ModelFiles::weights() const {
  if (gguf_) return tensor::weights_of(gguf_);
  return tensor::weights_of(tensor::open_safetensors_folder(path_, "model"));
}

std::string ModelFiles::fingerprint() const {
  constexpr std::size_t kSample = std::size_t{1} << 20;
  std::string digest;
  for (const fs::path& path : weight_paths(path_)) {
    const MappedFile file(path);
    const std::string_view all = file.view();
    digest += text("{} {} {}\n", all.size(), xxh3_128(all.substr(0, kSample)),
                   xxh3_128(all.substr(all.size() - std::min(kSample, all.size()))));
  }
  return xxh3_128(digest);
}

}  // namespace fettle::model
