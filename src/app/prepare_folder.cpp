#include "app/prepare_folder.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "data/prepare/engine.h"
#include "data/prepare/finish.h"

namespace fettle::app {
namespace {

namespace prepare = data::prepare;

// The manifest goes first: without it, what is left is no complete folder.
constexpr std::array<std::string_view, 6> kOwn = {"manifest.json", "README.md",       "report.html",
                                                  "recipe.yaml",   "explained.jsonl", ".work"};

bool is_own(const std::string& name) {
  return name == ".lock" || name.ends_with(".jsonl") || name.find(".tmp-") != std::string::npos ||
         std::find(kOwn.begin(), kOwn.end(), name) != kOwn.end();
}

void refuse_strange_files(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (is_own(name)) continue;
    throw UsageError(
        "{}: holds {}, which is no part of prepared rows; set another output.output_dir", folder,
        name);
  }
}

void clear(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) throw IoError("{}: cannot remove: {}", path, error.message());
}

void clear_prepared(const fs::path& folder) {
  for (const std::string_view name : kOwn) clear(folder / name);
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename() != ".lock") clear(entry.path());
  }
}

bool holds_nothing(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename() != ".lock") return false;
  }
  return true;
}

}  // namespace

std::unique_ptr<FolderLock> take_prepare_folder(const prepare::Job& job, bool resume,
                                                bool overwrite) {
  if (resume && overwrite) throw UsageError("--resume and --overwrite contradict each other");
  const fs::path& folder = job.output_dir;
  make_folders(folder);
  auto lock = std::make_unique<FolderLock>(folder);
  refuse_strange_files(folder);
  if (overwrite) clear_prepared(folder);
  if (holds_nothing(folder)) return lock;
  const bool whole = fs::exists(folder / prepare::kManifestName);
  if (resume && whole && prepare::finished_manifest(job).is_null()) {
    throw UsageError(
        "{}: holds rows of another recipe; there is nothing to resume: replace them with "
        "--overwrite, or set another output.output_dir",
        folder);
  }
  if (resume) return lock;
  if (fs::exists(prepare::work_folder(job))) {
    throw UsageError(
        "{}: holds unfinished work; go on with --resume, start anew with --overwrite, or set "
        "another output.output_dir",
        folder);
  }
  throw UsageError(
      "{}: holds prepared rows already; replace them with --overwrite, or set another "
      "output.output_dir",
      folder);
}

}  // namespace fettle::app
