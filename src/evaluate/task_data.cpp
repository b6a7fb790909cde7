#include "evaluate/task_data.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "data/collect/table_file.h"
#include "data/source.h"

namespace fettle::evaluate {
namespace {

constexpr std::array<std::string_view, 5> kEndings = {".jsonl", ".json", ".csv", ".tsv",
                                                      ".parquet"};

bool is_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

bool is_file(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    out.push_back(it->path());
  }
  std::ranges::sort(out);
  return out;
}

// Names by which a split goes.
std::vector<std::string> split_names(const std::string& split) {
  if (split == "validation") return {"validation", "dev", "valid", "val"};
  return {split};
}

bool is_of_split(const fs::path& file, const std::string& start) {
  std::string name = file.filename().string();
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  const auto ending = std::ranges::find_if(kEndings, [&](auto end) { return name.ends_with(end); });
  if (ending == kEndings.end() || !name.starts_with(start)) return false;
  name.resize(name.size() - ending->size());
  // train.jsonl, train-00000-of-00002.parquet, but not train_extra.jsonl.
  return name.size() == start.size() ||
         (name[start.size()] == '-' && name.size() > start.size() + 1 &&
          name[start.size() + 1] >= '0' && name[start.size() + 1] <= '9');
}

std::vector<fs::path> files_of(const fs::path& folder, const std::string& start) {
  std::vector<fs::path> out;
  for (const fs::path& file : entries(folder)) {
    if (is_file(file) && is_of_split(file, start)) out.push_back(file);
  }
  return out;
}

std::vector<fs::path> roots_of(const TaskFile& task, const std::vector<fs::path>& folders) {
  std::string joined = task.dataset_path;
  if (const std::size_t slash = joined.find('/'); slash != joined.npos) {
    joined.replace(slash, 1, "--");
  }
  std::vector<fs::path> out;
  for (const fs::path& folder : folders) {
    for (const fs::path& root :
         {folder / task.dataset_path, folder / fs::path(task.dataset_path).filename(),
          folder / joined}) {
      if (is_folder(root)) out.push_back(root);
    }
    for (const fs::path& root : entries(folder / ("datasets--" + joined) / "snapshots")) {
      out.push_back(root);
    }
  }
  return out;
}

std::vector<fs::path> search(const TaskFile& task, const std::string& split,
                             const std::vector<fs::path>& folders) {
  const std::string& config = task.dataset_name;
  for (const fs::path& root : roots_of(task, folders)) {
    for (const std::string& name : split_names(split)) {
      std::vector<std::pair<fs::path, std::string>> places;
      if (!config.empty()) {
        places = {{root / config, name},
                  {root / "data" / config, name},
                  {root, config + "-" + name},
                  {root, config + "_" + name}};
      }
      const bool only = config.empty() || config == "default" || !is_folder(root / config);
      if (only) places.insert(places.end(), {{root / "data", name}, {root, name}});
      for (const auto& [folder, start] : places) {
        if (auto files = files_of(folder, start); !files.empty()) return files;
      }
    }
  }
  return {};
}

fs::path named_file(const TaskFile& task, const std::string& name,
                    const std::vector<fs::path>& folders) {
  std::vector<fs::path> tried = {name, fs::path(task.folder) / name};
  for (const fs::path& folder : folders) tried.push_back(folder / name);
  for (const fs::path& path : tried) {
    if (is_file(path)) return path;
  }
  throw DataError(
      "task {}: {} of data_files was not found, neither in the working folder, nor beside the "
      "task, nor under --data_dir; correct the name or give --data_dir",
      task.name, to_text(Json(name)));
}

std::vector<fs::path> named_files(const TaskFile& task, const std::string& split,
                                  const std::vector<fs::path>& folders) {
  Json names = task.data_files;
  if (names.is_object()) {
    const Json* of_split = find(names, split);
    if (of_split == nullptr) {
      throw DataError("task {}: data_files names no file of the split {}", task.name, split);
    }
    names = *of_split;
  }
  if (names.is_string()) names = Json::array({names});
  std::vector<fs::path> out;
  for (const Json& name : names) {
    if (!name.is_string()) throw DataError("task {}: data_files must hold names", task.name);
    out.push_back(named_file(task, name.get<std::string>(), folders));
  }
  return out;
}

void read_table(const fs::path& file, std::vector<Json>& rows) {
  // Classes stay numbers: tasks count choices.
  const auto table = data::collect::open_table(
      {file, file.string(), /*parquet=*/true, /*skip=*/0, /*name_classes=*/false});
  for (Json row; table->next(row);) rows.push_back(std::move(row));
}

}  // namespace

std::vector<fs::path> find_split(const TaskFile& task, const std::string& split,
                                 const std::vector<fs::path>& folders) {
  if (!task.data_files.is_null()) return named_files(task, split, folders);
  std::vector<fs::path> files = search(task, split, folders);
  if (!files.empty()) return files;
  std::vector<std::string> where;
  for (const fs::path& folder : folders) where.push_back(folder.string());
  const std::string config =
      task.dataset_name.empty() ? "" : text(" (configuration {})", task.dataset_name);
  throw DataError(
      "task {}: found no file of the split {} of the data set {}{} under {}; get it with "
      "`hf download --repo-type dataset {} --local-dir DIR/{}` and give --data_dir DIR (or the "
      "variable FETTLE_DATA)",
      task.name, split, task.dataset_path, config, where.empty() ? "any folder" : join(where, ", "),
      task.dataset_path, task.dataset_path);
}

std::vector<Json> read_split(const TaskFile& task, const std::string& split,
                             const std::vector<fs::path>& folders) {
  std::vector<Json> rows;
  for (const fs::path& file : find_split(task, split, folders)) {
    if (file.extension() == ".parquet") {
      read_table(file, rows);
      continue;
    }
    data::read_records(file, data::DataConfig{}, [&](Result<Json> row, const data::Origin&) {
      if (!row) throw DataError("{}", row.error().message());
      rows.push_back(std::move(*row));
    });
  }
  if (rows.empty()) throw DataError("task {}: the split {} has no rows", task.name, split);
  return rows;
}

}  // namespace fettle::evaluate
