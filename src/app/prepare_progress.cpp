#include "app/prepare_progress.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>

#include "base/format.h"

namespace fettle::app {
namespace {

double now_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

PrepareProgress::PrepareProgress(bool shown)
    : shown_(shown), terminal_(::isatty(STDERR_FILENO) == 1) {}

PrepareProgress::~PrepareProgress() {
  if (open_) std::fputs("\n", stderr);
}

void PrepareProgress::write(const std::string& line, bool last) {
  if (terminal_) {
    std::fprintf(stderr, "\r%-78s%s", line.c_str(), last ? "\n" : "");
    open_ = !last;
  } else {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
  std::fflush(stderr);
}

void PrepareProgress::tell(const data::prepare::Progress& now) {
  if (!shown_) return;
  const double clock = now_seconds();
  const bool fresh = now.pass != pass_ || now.what != what_;
  if (fresh) {
    if (open_) std::fputs("\n", stderr);
    open_ = false;
    pass_ = now.pass;
    what_ = now.what;
    pass_began_ = clock;
    rows_at_begin_ = now.rows;
  }
  // A terminal bears more lines than a log.
  if (!fresh && clock - written_at_ < (terminal_ ? 0.2 : 10)) return;
  written_at_ = clock;
  std::string line = text("[{}/{}] {}: {} rows", now.pass + 1, now.passes + 1, now.what,
                          with_commas(static_cast<std::int64_t>(now.rows)));
  const double seconds = clock - pass_began_;
  if (seconds > 1 && now.rows > rows_at_begin_) {
    const double rate = static_cast<double>(now.rows - rows_at_begin_) / seconds;
    line += text(", {} a second", with_commas(static_cast<std::int64_t>(rate)));
    if (now.total_rows > now.rows) {
      line += text(", {} left", duration(static_cast<double>(now.total_rows - now.rows) / rate));
    }
  }
  write(line, false);
}

}  // namespace fettle::app
