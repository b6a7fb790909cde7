// Events as JSON, one object a line: {"event", "step", "epoch", "time", ...fields}. The log of a
// run, from which pictures, trainer_state.json and a resumed run's history are made again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "monitor/event.h"

namespace fettle::monitor {

// "run_started", "step", "evaluation", "checkpoint", "warning", "message", "run_finished"
[[nodiscard]] std::string_view kind_name(Kind kind);
[[nodiscard]] std::optional<Kind> kind_named(std::string_view name);

// Numbers that are not finite become null. total_steps stands in run_started alone, as a field.
// Fields named event, step, epoch or time are left out: those are the event's own.
[[nodiscard]] Json event_json(const Event& event);
// The way back; null becomes NaN. where stands in the problem.
[[nodiscard]] Result<Event> event_from_json(const Json& json, std::string_view where);

struct EventLog {
  std::vector<Event> events;
  std::int64_t dropped_lines = 0;  // torn or damaged
};

// The events of a log, in order. A last line without its end and lines that are no events are left
// out and counted. Throws IoError if the file cannot be read.
[[nodiscard]] EventLog read_events(const std::filesystem::path& path);

// The events that a run which goes on from the checkpoint of `step` has behind it: up to that
// checkpoint's own event, or the last event with a step of at most `step` when there is none.
// Leaves out ends of earlier sessions (run_finished) and checkpoints with the field
// scheduled: false, which were made because a run was stopped.
[[nodiscard]] std::vector<Event> events_until(std::span<const Event> events, std::int64_t step);

// Rewrites the log, atomically, to events_until(step), so that the log of a run that was
// interrupted equals an uninterrupted one's apart from times. Returns what was kept; without a log
// there is nothing to do.
EventLog truncate_after(const std::filesystem::path& path, std::int64_t step);

// Entries of trainer_state.json's log_history as Hugging Face's Trainer writes them:
// {epoch, grad_norm, learning_rate, loss, step}, {epoch, eval_loss, ..., step}, {train_loss, ...}.
[[nodiscard]] Json log_history(std::span<const Event> events);

}  // namespace fettle::monitor
