// The checkpoint folders of a run: found, pointed at, rotated, swept.
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "train/checkpoint.h"

namespace fettle::train {
namespace {

constexpr std::string_view kPrefix = "checkpoint-";

std::optional<std::int64_t> step_of(const fs::path& folder) {
  const std::string name = folder.filename().string();
  if (!name.starts_with(kPrefix)) return std::nullopt;
  std::int64_t step = 0;
  const char* const end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data() + kPrefix.size(), end, step);
  if (error != std::errc() || stop != end) return std::nullopt;
  return step;
}

// <anything>.tmp-<digits>. The digits may be this very process's: containers number alike.
bool is_temporary(const std::string& name) {
  const std::size_t at = name.rfind(".tmp-");
  if (at == std::string::npos || at + 5 == name.size()) return false;
  const std::string_view digits = std::string_view(name).substr(at + 5);
  return std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::vector<std::pair<std::int64_t, fs::path>> list_checkpoints(const fs::path& run) {
  std::vector<std::pair<std::int64_t, fs::path>> out;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(run, error)) {
    const auto step = step_of(entry.path());
    if (step && entry.is_directory() && !entry.is_symlink()) out.emplace_back(*step, entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::optional<fs::path> latest_checkpoint(const fs::path& run,
                                          std::vector<std::string>& passed_over) {
  auto all = list_checkpoints(run);
  std::reverse(all.begin(), all.end());
  for (const auto& [step, folder] : all) {
    const Result<bool> good = verify_checkpoint(folder);
    if (good) return folder;
    passed_over.push_back(good.error().message());
  }
  return std::nullopt;
}

void sweep_temporaries(const fs::path& run) {
  std::error_code error;
  std::vector<fs::path> abandoned;
  for (const fs::path& folder : {run, run / "eval"}) {
    for (const auto& entry : fs::directory_iterator(folder, error)) {
      if (is_temporary(entry.path().filename().string())) abandoned.push_back(entry.path());
    }
  }
  for (const fs::path& path : abandoned) fs::remove_all(path, error);
}

void rotate_checkpoints(const fs::path& run, std::int64_t limit, const RunState& state) {
  if (limit <= 0) return;
  auto all = list_checkpoints(run);
  std::erase_if(all, [&](const auto& item) { return item.first > state.step; });
  const auto keep_from = all.size() - std::min(all.size(), static_cast<std::size_t>(limit));
  for (std::size_t i = 0; i < keep_from; ++i) {
    const auto& [step, folder] = all[i];
    if (step == state.best_step || fs::exists(folder / "pinned")) continue;
    // Renamed first, so that a kill in the middle leaves no half checkpoint under its name.
    const fs::path doomed = text("{}.tmp-{}", folder.string(), ::getpid());
    rename_folder(folder, doomed);
    std::error_code ignored;
    fs::remove_all(doomed, ignored);
  }
}

void point_at(const fs::path& run, const std::string& name, const fs::path& checkpoint) {
  const fs::path temporary = run / text("{}.tmp-{}", name, ::getpid());
  std::error_code error;
  fs::remove(temporary, error);
  fs::create_directory_symlink(checkpoint.filename(), temporary, error);
  if (!error) fs::rename(temporary, run / name, error);
  if (error) throw IoError("{}: cannot point at {}: {}", run / name, checkpoint, error.message());
  sync_folder(run);
}

void settle_checkpoints(const fs::path& run, std::int64_t limit, const RunState& state) {
  const fs::path newest = run / text("{}{}", kPrefix, state.step);
  point_at(run, "last", newest);
  // Without a figure to judge by, the newest is the best known.
  const fs::path best = run / text("{}{}", kPrefix, state.best_step);
  if (!state.best_metric) {
    point_at(run, "best", newest);
  } else if (fs::exists(best)) {
    point_at(run, "best", best);
  }
  rotate_checkpoints(run, limit, state);
}

}  // namespace fettle::train
