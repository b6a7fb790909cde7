#include <algorithm>
#include <array>
#include <map>

#include "base/error.h"
#include "base/nearest.h"
#include "evaluate/task_result.h"
#include "metric/pattern.h"
#include "metric/unicode.h"

namespace fettle::evaluate {
namespace {

using Answers = std::vector<std::string>;

std::string stripped(const std::string& value) {
  std::vector<std::int32_t> points = metric::code_points(value);
  while (!points.empty() && metric::is_space(points.back())) points.pop_back();
  const auto first = std::ranges::find_if_not(points, metric::is_space);
  points.erase(points.begin(), first);
  return metric::utf8(points);
}

void regex(const Json& step, Answers& answers) {
  const std::string expression = step.value("regex_pattern", R"(#### (\-?[0-9\.\,]+))");
  const std::int64_t select = step.value("group_select", std::int64_t{0});
  const std::string otherwise = step.value("fallback", "[invalid]");
  const Result<metric::Pattern> pattern = metric::Pattern::compile(expression);
  if (!pattern) throw DataError("{}", pattern.error().message());
  for (std::string& answer : answers) {
    // An answer on which the expression takes too long gives nothing.
    answer = metric::regex_filter(*pattern, answer, select, otherwise).value_or(otherwise);
  }
}

void strip(const Json&, Answers& answers) {
  for (std::string& answer : answers) answer = stripped(answer);
}

void lowercase(const Json&, Answers& answers) {
  for (std::string& answer : answers) {
    answer = metric::utf8(metric::lower(metric::code_points(answer)));
  }
}

void take_first(const Json&, Answers& answers) {
  answers.resize(std::min<std::size_t>(answers.size(), 1));
}

void take_first_k(const Json& step, Answers& answers) {
  const std::int64_t k = std::max<std::int64_t>(1, step.value("k", std::int64_t{1}));
  answers.resize(std::min(answers.size(), static_cast<std::size_t>(k)));
}

// The commonest answer, the earliest among equals.
void majority_vote(const Json&, Answers& answers) {
  std::map<std::string, int> count;
  for (const std::string& answer : answers) ++count[answer];
  const auto best = std::ranges::max_element(
      answers, [&](const auto& a, const auto& b) { return count[a] < count[b]; });
  if (best != answers.end()) answers = {*best};
}

struct StepRow {
  std::string_view name;
  void (*run)(const Json&, Answers&);
};
constexpr std::array<StepRow, 6> kSteps = {{
    {"regex", regex},
    {"remove_whitespace", strip},
    {"lowercase", lowercase},
    {"take_first", take_first},
    {"take_first_k", take_first_k},
    {"majority_vote", majority_vote},
}};

}  // namespace

std::vector<std::string> filtered(const TaskFilter& filter, std::vector<std::string> answers) {
  for (const Json& step : filter.steps) {
    const Json* function = find(step, "function");
    if (function == nullptr || !function->is_string()) {
      throw DataError("filter {}: a step must name its function", filter.name);
    }
    row_named(kSteps, "filter function", function->get<std::string>()).run(step, answers);
  }
  return answers;
}

}  // namespace fettle::evaluate
