#include "monitor/progress.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "base/format.h"

namespace fettle::monitor {
namespace {

constexpr double kSecondsBetweenDrawings = 0.1;
constexpr int kBarWidth = 20;
constexpr int kLeastWidth = 20;

std::optional<double> number(const Event& event, const std::string& name) {
  const Value* value = event.find(name);
  if (value == nullptr) return std::nullopt;
  if (const double* real = std::get_if<double>(value)) return *real;
  if (const auto* whole = std::get_if<std::int64_t>(value)) return static_cast<double>(*whole);
  return std::nullopt;
}

std::string shown_value(const Value& value) {
  if (const double* real = std::get_if<double>(&value)) return text("{:.4g}", *real);
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return with_commas(*whole);
  if (const bool* flag = std::get_if<bool>(&value)) return *flag ? "yes" : "no";
  return printable(std::get<std::string>(value));
}

std::string word(const Event& event, const std::string& name) {
  const Value* value = event.find(name);
  return value == nullptr ? "" : shown_value(*value);
}

std::string position(const Event& event) {
  if (event.total_steps <= 0) return text("{}", event.step);
  return text("{}/{}", event.step, event.total_steps);
}

std::string bar(const Event& event) {
  const double share =
      std::clamp(static_cast<double>(event.step) /
                     static_cast<double>(std::max<std::int64_t>(event.total_steps, 1)),
                 0.0, 1.0);
  const auto full = static_cast<std::size_t>(std::floor(share * kBarWidth));
  return "[" + std::string(full, '#') + std::string(kBarWidth - full, '.') + "]";
}

std::string bytes_text(double bytes) {
  return byte_size(static_cast<std::uint64_t>(std::clamp(bytes, 0.0, 1e18)));
}

std::string rate_text(double tokens) {
  return with_commas(static_cast<std::int64_t>(std::clamp(std::round(tokens), 0.0, 1e15)));
}

// "checkpoint at step 40/75: runs/demo/checkpoint-40, 59 MB in 0.4 s"
std::string checkpoint_line(const Event& event, std::string_view at) {
  std::string line = text("checkpoint{}: {}", at, word(event, "path"));
  if (const auto bytes = number(event, "bytes")) line += ", " + bytes_text(*bytes);
  if (const auto seconds = number(event, "seconds")) line += " in " + duration(*seconds);
  return line;
}

// "evaluation at step 40: eval_loss 1.234, exact_match 0.5"
std::string record_line(const Event& event) {
  const std::string at = event.step > 0 ? text(" at step {}", position(event)) : "";
  std::vector<std::string> parts;
  for (const auto& [name, value] : event.fields) {
    parts.push_back(printable(name) + " " + shown_value(value));
  }
  const std::string all = join(parts, ", ");
  switch (event.kind) {
    case Kind::kEvaluation:
      return text("evaluation{}: {}", at, all);
    case Kind::kCheckpoint:
      return checkpoint_line(event, at);
    case Kind::kWarning:
      return text("warning{}: {}", at, word(event, "message"));
    case Kind::kRunStarted:
      return text("run started: {}", all);
    case Kind::kRunFinished:
      return text("run finished{}: {}", at, all);
    case Kind::kMessage:
    case Kind::kStep:
      break;
  }
  return word(event, "message");
}

}  // namespace

std::string printable(std::string_view words) {
  std::string out(words);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto byte = static_cast<unsigned char>(out[i]);
    // U+0080 to U+009F are control characters too: 0xC2 0x80 to 0xC2 0x9F in UTF-8.
    const bool high =
        byte == 0xC2 && i + 1 < out.size() && static_cast<unsigned char>(out[i + 1]) < 0xA0;
    if (high) out[i + 1] = ' ';
    if (high || byte < 0x20 || byte == 0x7F) out[i] = ' ';
  }
  return out;
}

ProgressSink::ProgressSink(std::ostream& out, const ProgressOptions& options)
    : out_(out), options_(options) {
  options_.width = std::max(options_.width, kLeastWidth);
  options_.log_every = std::max<std::int64_t>(options_.log_every, 1);
}

ProgressSink::~ProgressSink() { clear(); }

void ProgressSink::write(const Event& event) {
  measure(event);
  if (options_.style == ProgressStyle::kQuiet) {
    if (event.kind == Kind::kWarning) print(record_line(event));
  } else if (event.kind == Kind::kStep) {
    step(event);
  } else {
    print(record_line(event));
  }
}

void ProgressSink::flush() { out_.flush(); }

void ProgressSink::measure(const Event& event) {
  if (event.kind == Kind::kStep) {
    const double tokens = number(event, "tokens").value_or(0);
    if (started_) rate_.add(event.unix_time - last_time_, event.step - last_step_, tokens);
    last_step_ = event.step;
  } else if (!started_) {
    last_step_ = event.step;
  }
  started_ = true;
  last_time_ = event.unix_time;
}

void ProgressSink::step(const Event& event) {
  const bool last = event.total_steps > 0 && event.step >= event.total_steps;
  if (options_.style == ProgressStyle::kLines) {
    if (last || event.step % options_.log_every == 0) print(log_line(event));
    return;
  }
  const double since = event.unix_time - drawn_at_;
  if (live_.empty() || last || since < 0 || since >= kSecondsBetweenDrawings) draw(event);
}

void ProgressSink::print(std::string_view line) {
  // The live line moves below what is printed.
  const std::string below = live_;
  clear();
  out_ << line << '\n' << below;
  live_ = below;
  out_.flush();
}

void ProgressSink::clear() {
  if (live_.empty()) return;
  out_ << "\r\x1b[K";
  out_.flush();
  live_.clear();
}

void ProgressSink::draw(const Event& event) {
  drawn_at_ = event.unix_time;
  clear();
  live_ = live_line(event);
  out_ << live_;
  out_.flush();
}

std::string ProgressSink::time_left(const Event& event) const {
  const double rate = rate_.steps_per_second();
  if (event.total_steps <= 0 || rate <= 0) return "";
  const auto steps = static_cast<double>(std::max<std::int64_t>(event.total_steps - event.step, 0));
  return duration(steps / rate) + " left";
}

std::string ProgressSink::log_line(const Event& event) const {
  std::vector<std::string> parts = {text("step {}", position(event)),
                                    text("epoch {:.2f}", event.epoch)};
  if (const auto loss = number(event, "loss")) parts.push_back(text("loss {:.4f}", *loss));
  if (const auto rate = number(event, "learning_rate")) parts.push_back(text("lr {:.3g}", *rate));
  if (const auto norm = number(event, "grad_norm"))
    parts.push_back(text("grad_norm {:.3g}", *norm));
  if (const double rate = rate_.tokens_per_second(); rate > 0) {
    parts.push_back(rate_text(rate) + " tokens/s");
  }
  if (const auto bytes = number(event, "memory_bytes")) parts.push_back(bytes_text(*bytes));
  if (std::string left = time_left(event); !left.empty()) parts.push_back(std::move(left));
  return join(parts, "  ");
}

// The parts that people need most come first; what does not fit is left out whole.
std::string ProgressSink::live_line(const Event& event) const {
  std::vector<std::string> parts = {position(event)};
  if (const auto loss = number(event, "loss")) parts.push_back(text("loss {:.4f}", *loss));
  if (std::string left = time_left(event); !left.empty()) parts.push_back(std::move(left));
  if (event.total_steps > 0) parts.push_back(bar(event));
  if (const auto rate = number(event, "learning_rate")) parts.push_back(text("lr {:.2g}", *rate));
  if (const double rate = rate_.tokens_per_second(); rate > 0) {
    parts.push_back(rate_text(rate) + " tok/s");
  }
  if (const auto bytes = number(event, "memory_bytes")) parts.push_back(bytes_text(*bytes));
  // A full last column would make some terminals wrap.
  const auto room = static_cast<std::size_t>(options_.width - 1);
  std::string out = parts.front().substr(0, room);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (out.size() + 2 + parts[i].size() <= room) out += "  " + parts[i];
  }
  return out;
}

}  // namespace fettle::monitor
