// What a run reports: plain records that sinks write down (events.jsonl, the terminal, TensorBoard,
// curve pictures). Knows no tensor and no trainer.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace fettle::monitor {

using Value = std::variant<std::int64_t, double, bool, std::string>;

enum class Kind {
  kRunStarted,   // fields: everything the plan says
  kStep,         // loss, learning_rate, grad_norm, tokens (since the step event before),
                 // memory_bytes, ...
  kEvaluation,   // eval_loss, eval_perplexity, and the metrics' names
  kCheckpoint,   // path, bytes, seconds; scheduled: false when made because a run was stopped
  kWarning,      // message
  kMessage,      // message: one line for people
  kRunFinished,  // state: done, interrupted, failed; totals
};

struct Event {
  Kind kind = Kind::kMessage;
  std::int64_t step = 0;         // optimizer step
  std::int64_t total_steps = 0;  // 0 when not known
  double epoch = 0;
  double unix_time = 0;  // seconds; passed in by whoever makes the event
  std::vector<std::pair<std::string, Value>> fields;

  [[nodiscard]] const Value* find(const std::string& name) const {
    for (const auto& [key, value] : fields) {
      if (key == name) return &value;
    }
    return nullptr;
  }
};

class Sink {
 public:
  virtual ~Sink() = default;
  virtual void write(const Event& event) = 0;
  // Called before a checkpoint is recorded and at the end: what was written must be on disk.
  virtual void flush() {}
};

// Hands every event to all sinks, in order.
class Monitor final : public Sink {
 public:
  void add(std::unique_ptr<Sink> sink) { sinks_.push_back(std::move(sink)); }
  void write(const Event& event) override {
    for (const auto& sink : sinks_) sink->write(event);
  }
  void flush() override {
    for (const auto& sink : sinks_) sink->flush();
  }

 private:
  std::vector<std::unique_ptr<Sink>> sinks_;
};

}  // namespace fettle::monitor
