// The sinks of a training run: log, terminal, TensorBoard, pictures.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/file.h"
#include "monitor/event.h"

namespace fettle::app {

struct SinkOptions {
  fs::path folder;
  std::string title;
  bool quiet = false;
  double unix_time = 0;
  std::int64_t log_every = 1;
  std::optional<std::int64_t> resumed_after;  // step of the checkpoint gone on from
};

// history: what the run had logged up to that checkpoint (empty for a fresh run).
[[nodiscard]] std::unique_ptr<monitor::Monitor> make_sinks(
    const SinkOptions& options, const std::vector<monitor::Event>& history);

// Seconds since 1970.
[[nodiscard]] double unix_now();

[[nodiscard]] std::string host_name();

}  // namespace fettle::app
