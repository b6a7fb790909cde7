#include "app/sinks.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <iostream>

#include "monitor/curves.h"
#include "monitor/jsonl.h"
#include "monitor/progress.h"
#include "monitor/tensorboard.h"

namespace fettle::app {
namespace {

monitor::ProgressOptions progress_options(const SinkOptions& options) {
  monitor::ProgressOptions out;
  out.log_every = options.log_every;
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  out.style = options.quiet ? monitor::ProgressStyle::kQuiet
              : terminal    ? monitor::ProgressStyle::kLive
                            : monitor::ProgressStyle::kLines;
  struct winsize size {};
  if (terminal && ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    out.width = size.ws_col;
  }
  return out;
}

}  // namespace

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "localhost";
}

double unix_now() {
  using Seconds = std::chrono::duration<double>;
  return Seconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::unique_ptr<monitor::Monitor> make_sinks(const SinkOptions& options,
                                             const std::vector<monitor::Event>& history) {
  auto monitor = std::make_unique<monitor::Monitor>();
  using Start = monitor::JsonlSink::Start;
  monitor->add(std::make_unique<monitor::JsonlSink>(
      options.folder / "events.jsonl", options.resumed_after ? Start::kContinue : Start::kNew));
  monitor->add(std::make_unique<monitor::ProgressSink>(std::cerr, progress_options(options)));
  monitor->add(std::make_unique<monitor::TensorBoardSink>(
      options.folder / "tb",
      monitor::TensorBoardRun{options.unix_time, host_name(), options.resumed_after}));
  auto curves = std::make_unique<monitor::CurveSink>(options.folder, options.title);
  curves->remember(history);
  monitor->add(std::move(curves));
  return monitor;
}

}  // namespace fettle::app
