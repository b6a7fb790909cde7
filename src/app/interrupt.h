// Ctrl-C and SIGTERM: the first asks the run to finish its step and save, the second leaves at
// once.
#pragma once

#include <atomic>

namespace fettle::app {

// 0, or the signal received; `note`, a literal, is what the first one is answered with. The
// handlers live as long as the process.
[[nodiscard]] const std::atomic<int>& watch_signals(
    const char* note = "finishing the step and saving; press again to leave at once");

// Throws Interrupted when a signal was received.
void throw_if_interrupted(const std::atomic<int>& signal);

}  // namespace fettle::app
