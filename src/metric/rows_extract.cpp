// Numbers, JSON and calls of tools in answers, as rows of the table.
#include "metric/extract.h"
#include "metric/json_schema.h"
#include "metric/rows.h"

namespace fettle::metric {
namespace {

void check_answers(const Columns& columns) {
  if (columns.answers.empty()) throw DataError("answers: there are no rows; give at least one");
}

void check_columns(const Columns& columns) {
  check_rows("answers and references", columns.answers.size(), columns.references.size());
}

bool number_right(const std::string& answer, const std::vector<std::string>& references) {
  const auto given = gsm8k_answer(answer);
  for (const std::string& reference : references) {
    const auto right = gsm8k_answer(reference);
    if (given && right && same_number(*given, *right)) return true;
  }
  return false;
}

}  // namespace

Prepared prepare_number_match(const Columns& columns, Options&) {
  check_columns(columns);
  std::vector<double> values;
  for (std::size_t i = 0; i < columns.answers.size(); ++i) {
    values.push_back(number_right(columns.answers[i], columns.references[i]) ? 1 : 0);
  }
  return mean_of(std::move(values), "rule:gsm8k");
}

Prepared prepare_json_valid(const Columns& columns, Options&) {
  check_answers(columns);
  std::vector<double> values;
  for (const std::string& answer : columns.answers) {
    values.push_back(parse_json(answer, "answer") ? 1 : 0);
  }
  return mean_of(std::move(values), "rfc8259");
}

Prepared prepare_json_schema(const Columns& columns, Options& options) {
  check_answers(columns);
  const std::string source = options.line("schema", "");
  const Result<Json> schema = parse_json(source, "schema");
  if (!schema) throw UsageError("metric json_schema: {}", schema.error().message());
  std::vector<double> values;
  for (const std::string& answer : columns.answers) {
    const Result<Json> parsed = parse_json(answer, "answer");
    values.push_back(parsed && !schema_violation(*schema, *parsed) ? 1 : 0);
  }
  return mean_of(std::move(values), "drafts:7,2020-12");
}

Prepared prepare_tool_call(const Columns& columns, Options& options) {
  check_columns(columns);
  const bool ordered = options.flag("ordered", false);
  std::vector<double> values;
  for (std::size_t i = 0; i < columns.answers.size(); ++i) {
    const Result<Json> given = tool_calls(columns.answers[i]);
    bool right = false;
    for (const std::string& reference : columns.references[i]) {
      const Result<Json> expected = tool_calls(reference);
      if (!expected) {
        throw DataError("references: row {}: {}", i + 1, expected.error().message());
      }
      right = right || (given && same_calls(*given, *expected, ordered));
    }
    values.push_back(right ? 1 : 0);
  }
  return mean_of(std::move(values), text("ordered:{}", ordered ? "yes" : "no"));
}

}  // namespace fettle::metric
