#include "app/interrupt.h"

#include <unistd.h>

#include <csignal>
#include <cstring>

#include "base/error.h"

namespace fettle::app {
namespace {

// Signal handlers can reach nothing but globals.
std::atomic<int> received_signal = 0;
std::atomic<const char*> said = "";

void on_signal(int signal) {
  if (received_signal.exchange(signal) != 0) ::_exit(static_cast<int>(ExitCode::kInterrupted));
  for (const char* const part : {"\n", said.load(), "\n"}) {
    // Nothing can be done about a failed write here.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, part, std::strlen(part));
  }
}

}  // namespace

const std::atomic<int>& watch_signals(const char* note) {
  said = note;
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGUSR1, &action, nullptr);
  return received_signal;
}

void throw_if_interrupted(const std::atomic<int>& signal) {
  if (signal.load() != 0) {
    throw Interrupted("stopped before the first step; go on with --resume");
  }
}

}  // namespace fettle::app
