#include "data/annotate/task.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/format.h"
#include "base/nearest.h"
#include "data/annotate/item.h"
#include "data/annotate/spans.h"

namespace fettle::data {
namespace {

tl::unexpected<Problem> wrong(std::string what) { return problem("", std::move(what)); }

std::string shown_value(const Json& value) { return to_text(value).substr(0, 100); }

std::optional<Problem> unknown_label(const ProjectConfig& config, const Json& value) {
  if (!value.is_string()) {
    return Problem{"", text("the label {} is no text", shown_value(value))};
  }
  const auto& name = value.get_ref<const std::string&>();
  if (std::find(config.labels.begin(), config.labels.end(), name) != config.labels.end()) {
    return std::nullopt;
  }
  const std::vector<std::string_view> known(config.labels.begin(), config.labels.end());
  return Problem{"", unknown_name("label", name.substr(0, 100), known)};
}

Result<Json> check_label(const ProjectConfig& config, const Json&, const Json& value) {
  if (const auto bad = unknown_label(config, value)) return tl::unexpected(*bad);
  return value;
}

Result<Json> check_labels(const ProjectConfig& config, const Json&, const Json& value) {
  if (!value.is_array() || value.size() > config.labels.size()) {
    return wrong(text("{} is no list of labels", shown_value(value)));
  }
  for (const Json& label : value) {
    if (const auto bad = unknown_label(config, label)) return tl::unexpected(*bad);
  }
  Json out = Json::array();
  for (const std::string& label : config.labels) {
    const auto count = std::count(value.begin(), value.end(), Json(label));
    if (count > 1) return wrong(text("the label \"{}\" stands twice", label));
    if (count == 1) out.push_back(label);
  }
  return out;
}

Result<Json> check_spans(const ProjectConfig& config, const Json& shown, const Json& value) {
  if (!value.is_array() || value.size() > kMostSpans) {
    return wrong(text("spans are a list of at most {}", kMostSpans));
  }
  const std::size_t length = code_points(shown.at("text").get_ref<const std::string&>());
  std::set<Span> spans;
  for (const Json& item : value) {
    const Json* const label = find(item, "label");
    const Json* const begin = find(item, "begin");
    const Json* const end = find(item, "end");
    if (label == nullptr || begin == nullptr || end == nullptr || !begin->is_number_unsigned() ||
        !end->is_number_unsigned()) {
      return wrong(text("the span {} is not {{begin, end, label}}", shown_value(item)));
    }
    if (const auto bad = unknown_label(config, *label)) return tl::unexpected(*bad);
    const Span span{begin->get<std::uint64_t>(), end->get<std::uint64_t>(),
                    label->get<std::string>()};
    if (span.begin >= span.end || span.end > length) {
      return wrong(text("the span {} to {} is empty or leaves the text of {} characters",
                        span.begin, span.end, length));
    }
    spans.insert(span);
  }
  return spans_json(spans);
}

Result<Json> check_preference(const ProjectConfig& config, const Json&, const Json& value) {
  if (value == "a" || value == "b" || (value == "tie" && config.allow_ties)) return value;
  return wrong(text("{} is no choice; known: a, b{}", shown_value(value),
                    config.allow_ties ? ", tie" : " (allow_ties is false)"));
}

Result<Json> check_writing(const ProjectConfig&, const Json&, const Json& value) {
  if (!value.is_string()) return wrong(text("{} is no text", shown_value(value)));
  const auto& words = value.get_ref<const std::string&>();
  if (words.find_first_not_of(" \t\r\n") == std::string::npos) return wrong("the answer is empty");
  if (words.size() > kMostAnswerBytes) {
    return wrong(text("the answer has {}; it may have {}", byte_size(words.size()),
                      byte_size(kMostAnswerBytes)));
  }
  return value;
}

Result<Json> check_rating(const ProjectConfig& config, const Json&, const Json& value) {
  if (value.is_number_integer()) {
    const auto rating = value.get<std::int64_t>();
    if (rating >= config.scale_min && rating <= config.scale_max) return Json(rating);
  }
  return wrong(text("the rating {} is no whole number from {} to {}", shown_value(value),
                    config.scale_min, config.scale_max));
}

std::optional<Json> most_said(const ProjectConfig&, std::span<const Json> values) {
  std::map<std::string, std::size_t> counts;
  for (const Json& value : values) {
    if (2 * ++counts[to_text(value)] > values.size()) return value;
  }
  return std::nullopt;
}

std::optional<Json> labels_most_said(const ProjectConfig& config, std::span<const Json> values) {
  Json out = Json::array();
  for (const std::string& label : config.labels) {
    const auto count = std::count_if(values.begin(), values.end(), [&](const Json& value) {
      return std::find(value.begin(), value.end(), Json(label)) != value.end();
    });
    if (2 * static_cast<std::size_t>(count) == values.size()) return std::nullopt;
    if (2 * static_cast<std::size_t>(count) > values.size()) out.push_back(label);
  }
  return out;
}

std::optional<Json> spans_most_said(const ProjectConfig&, std::span<const Json> values) {
  std::map<Span, std::size_t> counts;
  for (const Json& value : values) {
    for (const Span& span : read_spans(value)) ++counts[span];
  }
  std::set<Span> out;
  for (const auto& [span, count] : counts) {
    if (2 * count == values.size()) return std::nullopt;
    if (2 * count > values.size()) out.insert(span);
  }
  return spans_json(out);
}

std::optional<Json> median(const ProjectConfig&, std::span<const Json> values) {
  if (values.empty()) return std::nullopt;
  std::vector<std::int64_t> ratings;
  for (const Json& value : values) ratings.push_back(value.get<std::int64_t>());
  std::sort(ratings.begin(), ratings.end());
  const std::int64_t low = ratings[(ratings.size() - 1) / 2];
  if (ratings[ratings.size() / 2] - low > 1) return std::nullopt;
  return Json(low);
}

// A chat goes out as its text; classification rows have one text.
void write_label(const ProjectConfig&, const Json& shown, const Json& gold, Json& out) {
  out["text"] = item_text(shown);
  out["label"] = gold.is_string() ? gold : Json(to_text(gold));
}

void write_instruction(const ProjectConfig& config, const Json& shown, std::string output,
                       Json& out) {
  out["instruction"] = config.instruction;
  out["input"] = item_text(shown);
  out["output"] = std::move(output);
}

void write_labels(const ProjectConfig& config, const Json& shown, const Json& gold, Json& out) {
  const auto names = gold.get<std::vector<std::string>>();
  write_instruction(config, shown, names.empty() ? config.no_label : join(names, ", "), out);
  out["labels"] = gold;
}

void write_spans(const ProjectConfig& config, const Json& shown, const Json& gold, Json& out) {
  const auto& words = shown.at("text").get_ref<const std::string&>();
  Json quoted = Json::array();
  Json spans = gold;
  for (Json& span : spans) {
    span["text"] = code_point_part(words, span.at("begin").get<std::size_t>(),
                                   span.at("end").get<std::size_t>());
    quoted.push_back({{"text", span["text"]}, {"label", span["label"]}});
  }
  write_instruction(config, shown, to_text(quoted), out);
  out["spans"] = std::move(spans);
}

void write_preference(const ProjectConfig&, const Json& shown, const Json& gold, Json& out) {
  out["prompt"] = shown.at("prompt");
  out["chosen"] = shown.at(gold == "b" ? "b" : "a");
  out["rejected"] = shown.at(gold == "b" ? "a" : "b");
}

void write_answer(const ProjectConfig& config, const Json& shown, const Json& gold, Json& out) {
  const Json* const messages = find(shown, "messages");
  if (messages == nullptr) {
    out["instruction"] = config.instruction.empty() ? item_text(shown) : config.instruction;
    if (!config.instruction.empty()) out["input"] = item_text(shown);
    out["output"] = gold;
    return;
  }
  out["messages"] = *messages;
  out["messages"].push_back({{"role", "assistant"}, {"content", gold}});
}

std::vector<Json> label_choices(const ProjectConfig& config) {
  return {config.labels.begin(), config.labels.end()};
}
std::vector<Json> no_choices(const ProjectConfig&) { return {}; }
std::vector<Json> pair_choices(const ProjectConfig&) { return {Json("a"), Json("b")}; }
std::vector<Json> rating_choices(const ProjectConfig& config) {
  std::vector<Json> out;
  for (std::int64_t i = config.scale_min; i <= config.scale_max; ++i) out.emplace_back(i);
  return out;
}

constexpr std::array<TaskKind, 6> kKinds = {{
    {"classification", check_label, most_said, write_label, label_choices, "one label of a list",
     "classification rows: text, label"},
    {"multi_label", check_labels, labels_most_said, write_labels, label_choices,
     "any number of labels of a list", "instruction rows: the output names the labels"},
    {"spans", check_spans, spans_most_said, write_spans, no_choices, "labels on parts of the text",
     "instruction rows: the output is JSON of the parts and their labels"},
    {"preference", check_preference, most_said, write_preference, pair_choices,
     "the better of two answers", "preference rows: prompt, chosen, rejected"},
    {"writing", check_writing, most_said, write_answer, no_choices, "an answer to write",
     "chat rows for chats, instruction rows for texts"},
    {"rating", check_rating, median, write_label, rating_choices, "a number on a scale",
     "classification rows: text, label (the number)"},
}};

}  // namespace

std::span<const TaskKind> task_kinds() { return kKinds; }

const TaskKind& task_kind(std::string_view name) { return row_named(kKinds, "task", name); }

}  // namespace fettle::data
