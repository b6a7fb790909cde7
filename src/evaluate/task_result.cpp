#include "evaluate/task_result.h"

#include <algorithm>
#include <cmath>

#include "metric/unicode.h"

namespace fettle::evaluate {
namespace {

Json texts(const std::vector<std::string>& values) {
  Json out = Json::array();
  for (const std::string& value : values) out.push_back(value);
  return out;
}

template <class Value>
std::vector<Value> values(const Json& json, std::string_view key) {
  const Json* list = fettle::find(json, key);
  return list == nullptr ? std::vector<Value>() : list->get<std::vector<Value>>();
}

std::map<std::string, RowScore> scores_of(const Json& json) {
  std::map<std::string, RowScore> out;
  for (const auto& [name, one] : json.items()) {
    const Json& value = one.at("value");
    RowScore& score = out[name];
    if (!value.is_null()) score.value = value.get<double>();
    score.words = one.value("words", "");
  }
  return out;
}

}  // namespace

const TaskFigure* TaskResult::find(const std::string& metric, const std::string& filter) const {
  for (const TaskFigure& figure : figures) {
    if (figure.metric == metric && figure.filter == filter) return &figure;
  }
  return nullptr;
}

std::size_t likeliest(const TaskRow& row, Norm norm) {
  std::size_t best = 0;
  double highest = -INFINITY;
  for (std::size_t i = 0; i < row.said.log_likelihoods.size(); ++i) {
    double value = row.said.log_likelihoods[i];
    const std::string& choice = row.question.choices[i];
    const std::size_t size =
        norm == Norm::kCharacters ? metric::code_points(choice).size() : choice.size();
    // An empty choice has no length to divide by; its likelihood is 0, and so is the quotient.
    if (norm != Norm::kNone && size > 0) value /= static_cast<double>(size);
    if (value > highest) {
      highest = value;
      best = i;
    }
  }
  return best;
}

std::vector<double> probabilities(const TaskRow& row) {
  std::vector<double> out = row.said.log_likelihoods;
  if (out.empty()) return out;
  const double highest = *std::ranges::max_element(out);
  double sum = 0;
  for (double& value : out) sum += value = std::exp(value - highest);
  for (double& value : out) value /= sum;
  return out;
}

bool is_whole(const TaskFile& task, const TaskRow& row) {
  const auto choices = std::ssize(row.question.choices);
  if (task.kind == TaskKind::kGenerate) {
    return !row.said.answers.empty() && !row.question.contexts.empty();
  }
  if (!chooses(task.kind)) return row.said.log_likelihoods.size() == 1;
  const bool continued = task.kind == TaskKind::kChoices;
  return choices > 0 && std::ssize(row.question.continuations) == (continued ? choices : 0) &&
         std::ranges::all_of(row.question.gold, [&](std::int64_t one) { return one < choices; });
}

Json row_json(const TaskFile& task, const TaskRow& row) {
  const Question& question = row.question;
  Json json = {{"doc_id", question.row}, {"hash", row.hash}};
  if (!question.contexts.empty()) json["prompts"] = texts(question.contexts);
  if (!question.continuations.empty()) json["continuations"] = texts(question.continuations);
  if (!question.choices.empty()) json["choices"] = texts(question.choices);
  if (!question.choice_answers.empty()) json["choice_answers"] = texts(question.choice_answers);
  if (chooses(task.kind)) {
    json["gold"] = question.gold;
    json["likeliest"] = likeliest(row, Norm::kNone);
  }
  if (!question.references.empty()) json["references"] = texts(question.references);
  if (question.words > 0) json["words"] = question.words;
  if (question.bytes > 0) json["bytes"] = question.bytes;
  if (!row.said.log_likelihoods.empty()) json["log_likelihoods"] = row.said.log_likelihoods;
  if (!row.said.content_free.empty()) json["content_free"] = row.said.content_free;
  if (row.contaminated) json["contaminated"] = *row.contaminated;
  if (task.kind == TaskKind::kLikelihood) json["greedy"] = row.said.greedy;
  if (!row.said.answers.empty()) json["answers"] = texts(row.said.answers);
  for (const auto& [name, score] : row.scores) {
    Json& one =
        json["scores"][name] = {{"value", score.value ? Json(*score.value) : Json(nullptr)}};
    if (!score.words.empty()) one["words"] = score.words;
  }
  json["tokens"] = row.said.tokens;
  if (row.said.right_tokens) json["right_tokens"] = *row.said.right_tokens;
  if (row.said.seconds > 0) {
    json["prompt_tokens"] = row.said.prompt_tokens;
    json["seconds"] = row.said.seconds;
  }
  json["doc"] = row.doc;
  return json;
}

std::optional<TaskRow> row_of(const Json& json) {
  try {
    TaskRow row;
    row.question.row = json.at("doc_id").get<std::size_t>();
    row.hash = json.at("hash").get<std::string>();
    row.question.contexts = values<std::string>(json, "prompts");
    row.question.continuations = values<std::string>(json, "continuations");
    row.question.choices = values<std::string>(json, "choices");
    row.question.choice_answers = values<std::string>(json, "choice_answers");
    row.question.gold = values<std::int64_t>(json, "gold");
    row.question.references = values<std::string>(json, "references");
    row.question.words = json.value("words", std::int64_t{0});
    row.question.bytes = json.value("bytes", std::int64_t{0});
    row.said.log_likelihoods = values<double>(json, "log_likelihoods");
    row.said.content_free = values<double>(json, "content_free");
    if (const Json* dirty = fettle::find(json, "contaminated"))
      row.contaminated = dirty->get<bool>();
    row.said.greedy = json.value("greedy", false);
    row.said.answers = values<std::string>(json, "answers");
    row.said.tokens = json.value("tokens", std::int64_t{0});
    if (const Json* right = fettle::find(json, "right_tokens")) {
      row.said.right_tokens = right->get<std::int64_t>();
    }
    row.said.prompt_tokens = json.value("prompt_tokens", std::int64_t{0});
    row.said.seconds = json.value("seconds", 0.0);
    if (const Json* scores = fettle::find(json, "scores")) row.scores = scores_of(*scores);
    row.doc = json.at("doc");
    const std::size_t choices = row.question.choices.size();
    if (choices > 0 && row.said.log_likelihoods.size() != choices) return std::nullopt;
    const std::size_t free = row.said.content_free.size();
    if (free > 0 && free != choices) return std::nullopt;
    return row;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

}  // namespace fettle::evaluate
