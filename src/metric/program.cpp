#include "metric/program.h"

#include <cmath>

#include "base/error.h"
#include "metric/rows.h"

namespace fettle::metric {
namespace {

std::string last_words(const std::string& errors) {
  const std::size_t begin = errors.size() > 200 ? errors.size() - 200 : 0;
  std::string out = errors.substr(begin);
  while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.pop_back();
  for (char& c : out) c = c == '\n' ? ' ' : c;
  return out.empty() ? "" : ": " + out;
}

double score_on(std::string_view line, std::size_t row) {
  const Result<Json> parsed = parse_json(line, text("program: line {}", row + 1));
  if (!parsed) throw DataError("{}", parsed.error().message());
  const Json* score = parsed->is_object() ? find(*parsed, "score") : &*parsed;
  if (score != nullptr && score->is_boolean()) return score->get<bool>() ? 1 : 0;
  if (score == nullptr || !score->is_number()) {
    throw DataError("program: line {} is {}; a number or {{\"score\": number}} was expected",
                    row + 1, line.substr(0, 60));
  }
  check_finite("program's scores", row, score->get<double>());
  return score->get<double>();
}

}  // namespace

std::vector<double> program_scores(const SandboxJob& given, std::span<const Json> rows) {
  if (rows.empty()) throw DataError("program: there are no rows; give at least one");
  SandboxJob job = given;
  for (const Json& row : rows) job.input += to_text(row) + "\n";
  const Result<SandboxResult> result = run_sandboxed(job);
  if (!result) throw DataError("program: {}", result.error().message());
  if (!result->succeeded()) {
    throw DataError("program: {} {}{}", job.command[0], result->sentence(job.limits),
                    last_words(result->errors));
  }
  std::vector<double> scores;
  std::string_view left = result->output;
  while (!left.empty()) {
    const std::string_view line = left.substr(0, left.find('\n'));
    left.remove_prefix(std::min(left.size(), line.size() + 1));
    scores.push_back(score_on(line, scores.size()));
  }
  if (scores.size() != rows.size()) {
    throw DataError("program: {} wrote {} lines for {} rows; one a row was expected",
                    job.command[0], scores.size(), rows.size());
  }
  return scores;
}

Prepared program_metric(const SandboxJob& job, std::span<const Json> rows) {
  return mean_of(program_scores(job, rows), "program:" + job.command[0]);
}

}  // namespace fettle::metric
