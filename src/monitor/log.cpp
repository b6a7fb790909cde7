#include "monitor/log.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <utility>

#include "base/file.h"
#include "base/format.h"

namespace fettle::monitor {
namespace {

constexpr std::array<std::pair<Kind, std::string_view>, 7> kKinds = {{
    {Kind::kRunStarted, "run_started"},
    {Kind::kStep, "step"},
    {Kind::kEvaluation, "evaluation"},
    {Kind::kCheckpoint, "checkpoint"},
    {Kind::kWarning, "warning"},
    {Kind::kMessage, "message"},
    {Kind::kRunFinished, "run_finished"},
}};
constexpr std::array<std::string_view, 4> kOwnNames = {"event", "step", "epoch", "time"};

bool is_own_name(std::string_view name) {
  return std::find(kOwnNames.begin(), kOwnNames.end(), name) != kOwnNames.end();
}

std::optional<Value> value_of(const Json& json) {
  if (json.is_null()) return std::numeric_limits<double>::quiet_NaN();
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_unsigned() && json.get<std::uint64_t>() > (std::uint64_t{1} << 62)) {
    return json.get<double>();
  }
  if (json.is_number_integer()) return json.get<std::int64_t>();
  if (json.is_number_float()) return json.get<double>();
  if (json.is_string()) return json.get<std::string>();
  return std::nullopt;
}

double number_or_zero(const Json& json) { return json.is_number() ? json.get<double>() : 0; }

bool is_number(const Value& value) {
  return std::holds_alternative<double>(value) || std::holds_alternative<std::int64_t>(value);
}

void put(Json& entry, const std::string& name, const Value& value) {
  std::visit([&](const auto& held) { entry[name] = held; }, value);
}

std::string log_text(std::span<const Event> events) {
  std::string out;
  for (const Event& event : events) out += to_text(event_json(event)) + "\n";
  return out;
}

}  // namespace

std::string_view kind_name(Kind kind) {
  for (const auto& [known, name] : kKinds) {
    if (known == kind) return name;
  }
  return "message";
}

std::optional<Kind> kind_named(std::string_view name) {
  for (const auto& [kind, known] : kKinds) {
    if (known == name) return kind;
  }
  return std::nullopt;
}

Json event_json(const Event& event) {
  Json out = {{"event", kind_name(event.kind)},
              {"step", event.step},
              {"epoch", event.epoch},
              {"time", event.unix_time}};
  if (event.kind == Kind::kRunStarted && event.total_steps > 0) {
    out["total_steps"] = event.total_steps;
  }
  for (const auto& [name, value] : event.fields) {
    if (!is_own_name(name)) put(out, name, value);
  }
  return out;
}

Result<Event> event_from_json(const Json& json, std::string_view where) {
  const auto bad = [&](std::string_view what) {
    return problem(std::string(where), std::string(what));
  };
  if (!json.is_object()) return bad("is no event: an event is a JSON object");
  Event out;
  bool named = false;
  for (const auto& [key, member] : json.items()) {
    if (key == "event") {
      const auto kind = member.is_string() ? kind_named(member.get<std::string>()) : std::nullopt;
      if (!kind) return bad("is no event: its \"event\" is not known");
      out.kind = *kind;
      named = true;
    } else if (key == "step") {
      if (!member.is_number_integer()) return bad("is no event: its \"step\" is no whole number");
      out.step = member.get<std::int64_t>();
    } else if (key == "epoch") {
      out.epoch = number_or_zero(member);
    } else if (key == "time") {
      out.unix_time = number_or_zero(member);
    } else if (key == "total_steps" && member.is_number_integer()) {
      out.total_steps = member.get<std::int64_t>();
    } else if (auto value = value_of(member)) {
      out.fields.emplace_back(key, std::move(*value));
    }
  }
  if (!named) return bad("is no event: it has no \"event\"");
  return out;
}

EventLog read_events(const std::filesystem::path& path) {
  const std::string source = read_file(path);
  EventLog out;
  std::string_view rest = source;
  for (std::int64_t line = 1; !rest.empty(); ++line) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) {
      ++out.dropped_lines;
      break;
    }
    const std::string where = text("{}:{}", path, line);
    const Result<Json> json = parse_json(rest.substr(0, end), where);
    rest.remove_prefix(end + 1);
    Result<Event> event = json ? event_from_json(*json, where) : tl::unexpected(json.error());
    if (event) {
      out.events.push_back(std::move(*event));
    } else {
      ++out.dropped_lines;
    }
  }
  return out;
}

std::vector<Event> events_until(std::span<const Event> events, std::int64_t step) {
  std::vector<Event> out;
  for (const Event& event : events) {
    if (event.step > step) break;
    if (event.kind == Kind::kRunFinished) continue;
    if (event.kind == Kind::kCheckpoint) {
      const Value* scheduled = event.find("scheduled");
      const bool kept = scheduled == nullptr || *scheduled != Value(false);
      if (kept) out.push_back(event);
      if (event.step == step) break;
      continue;
    }
    out.push_back(event);
  }
  return out;
}

EventLog truncate_after(const std::filesystem::path& path, std::int64_t step) {
  if (!std::filesystem::exists(path)) return {};
  EventLog log = read_events(path);
  log.events = events_until(log.events, step);
  write_file_atomically(path, log_text(log.events));
  return log;
}

Json log_history(std::span<const Event> events) {
  Json out = Json::array();
  for (const Event& event : events) {
    Json entry = {{"epoch", event.epoch}};
    const std::size_t empty = entry.size();
    if (event.kind == Kind::kStep) {
      for (const std::string name : {"grad_norm", "learning_rate", "loss"}) {
        if (const Value* value = event.find(name); value && is_number(*value))
          put(entry, name, *value);
      }
    } else if (event.kind == Kind::kEvaluation || event.kind == Kind::kRunFinished) {
      const bool eval = event.kind == Kind::kEvaluation;
      for (const auto& [name, value] : event.fields) {
        if (!is_number(value)) continue;
        if (eval) put(entry, name.starts_with("eval_") ? name : "eval_" + name, value);
        if (!eval && name.starts_with("train_")) put(entry, name, value);
      }
    }
    if (entry.size() == empty) continue;
    entry["step"] = event.step;
    out.push_back(std::move(entry));
  }
  return out;
}

}  // namespace fettle::monitor
