// project.yaml of `fettle annotate`: read with every problem at once, written with every key.
#pragma once

#include <span>
#include <string>

#include "base/file.h"
#include "data/annotate/config.h"

namespace fettle::app {

// Throws UsageError with all problems, one a line, with file, line and the nearest known key.
[[nodiscard]] data::ProjectConfig read_project(const fs::path& file);

// The config that `--set key=value` arguments make of the defaults; the same errors.
[[nodiscard]] data::ProjectConfig project_of(std::span<const std::string> arguments);

// Every key with its value and what it means, read back by read_project to the same config.
[[nodiscard]] std::string project_yaml(const data::ProjectConfig& config);

// The keys as a Markdown table: docs/annotate.md holds it.
[[nodiscard]] std::string project_keys();

}  // namespace fettle::app
