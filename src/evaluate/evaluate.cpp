#include "evaluate/evaluate.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "base/nearest.h"
#include "evaluate/held_out.h"
#include "generate/answer.h"
#include "metric/text.h"

namespace fettle::evaluate {
namespace {

constexpr std::array<MeasureRow, 4> kMeasures = {{
    {"loss", false, false, false, "mean nats per scored token, and perplexity", "exp of the mean"},
    {"exact_match", true, false, false,
     "share of greedy answers that equal the right one, white space at the ends aside",
     "Wilson 1927 for the interval"},
    {"likelihood_accuracy", false, true, true,
     "share of rows whose right label is the likeliest answer", "Wilson 1927 for the interval"},
    {"macro_f1", true, false, true, "mean F1 of the labels among greedy answers",
     "scikit-learn's f1_score(average=macro, zero_division=0)"},
}};

// Everything that the measures read, gathered once.
struct Evidence {
  std::vector<const data::Row*> rows;
  std::vector<std::string> expected;
  std::vector<std::string> answers;    // greedy; empty when no measure needs them
  std::vector<std::size_t> likeliest;  // index of a label
  HeldOutLoss loss;
};

bool wants(const Task& task, bool MeasureRow::*need) {
  for (const std::string& name : task.config.metrics) {
    const MeasureRow& measure = row_named(kMeasures, "metric", name);
    if (measure.needs_labels && task.data.labels.empty()) continue;
    if (measure.*need) return true;
  }
  return false;
}

bool measures_loss(const Task& task) {
  const auto& names = task.config.metrics;
  return std::find(names.begin(), names.end(), "loss") != names.end();
}

std::string expected_of(const data::Row& row) {
  if (row.form == data::RowForm::kCompletion) return row.completion;
  if (row.form != data::RowForm::kChat || row.messages.empty()) return "";
  const Json* content = find(row.messages.back(), "content");
  return content != nullptr && content->is_string() ? content->get<std::string>() : "";
}

std::string question_of(const data::Row& row) {
  if (row.form == data::RowForm::kCompletion) return row.prompt;
  for (auto message = row.messages.rbegin(); message != row.messages.rend(); ++message) {
    const Json* role = find(*message, "role");
    const Json* content = find(*message, "content");
    if (role != nullptr && *role == "user" && content != nullptr && content->is_string()) {
      return content->get<std::string>();
    }
  }
  return row.text;
}

template <class Value>
Value value_or_throw(Result<Value> result) {
  if (!result) throw DataError("{}", result.error().message());
  return std::move(*result);
}

std::vector<batch::TokenId> stop_ids(const model::Decoder& decoder, const Task& task) {
  std::vector<batch::TokenId> out;
  for (const std::int64_t id : decoder.config.eos_token_id) {
    out.push_back(static_cast<batch::TokenId>(id));
  }
  if (const auto eos = task.text.tokenizer.special().eos) out.push_back(*eos);
  return out;
}

// Greedy answers of the rows [begin, end).
void answer_rows(const model::Decoder& decoder, const Task& task, std::size_t begin,
                 std::size_t end, Evidence& evidence) {
  std::vector<std::vector<batch::TokenId>> prompts;
  for (std::size_t i = begin; i < end; ++i) {
    prompts.push_back(value_or_throw(batch::make_prompt(*evidence.rows[i], task.text)));
  }
  generate::AnswerOptions options;
  options.max_new_tokens = task.config.max_new_tokens;
  options.stop_ids = stop_ids(decoder, task);
  for (const generate::Answer& answer : generate::answer(decoder, prompts, options)) {
    evidence.answers.push_back(task.text.tokenizer.decode(answer.ids, true));
  }
}

// The likeliest label of the rows [begin, end).
void judge_labels(const model::Decoder& decoder, const Task& task, std::size_t begin,
                  std::size_t end, Evidence& evidence) {
  const std::vector<std::string>& labels = task.data.labels;
  std::vector<batch::Example> examples;
  for (std::size_t i = begin; i < end; ++i) {
    for (const std::string& label : labels) {
      examples.push_back(value_or_throw(batch::make_answer(*evidence.rows[i], label, task.text)));
    }
  }
  const std::vector<double> scores =
      log_likelihoods(decoder, examples, static_cast<std::int64_t>(examples.size()));
  for (std::size_t at = 0; at < scores.size(); at += labels.size()) {
    const auto first = scores.begin() + static_cast<std::ptrdiff_t>(at);
    const auto best = std::max_element(first, first + static_cast<std::ptrdiff_t>(labels.size()));
    evidence.likeliest.push_back(static_cast<std::size_t>(best - first));
  }
}

Evidence gather(const model::Decoder& decoder, const Task& task, const OnProgress& on_progress) {
  Evidence evidence;
  for (const data::Row& row : task.data.rows) {
    if (row.form == data::RowForm::kText) continue;
    evidence.rows.push_back(&row);
    evidence.expected.push_back(expected_of(row));
  }
  if (measures_loss(task)) {
    batch::ExampleReport report;
    const auto examples = batch::build_examples(task.data.rows, task.text, task.batch, report);
    evidence.loss = held_out_loss(decoder, examples, task.batch.per_device_eval_batch_size);
  }
  const bool answers = wants(task, &MeasureRow::needs_answers);
  const bool likelihoods = wants(task, &MeasureRow::needs_likelihood);
  if (!answers && !likelihoods) return evidence;
  if (evidence.rows.empty()) {
    throw DataError(
        "{}: holds no row with a question and an answer; exact_match and its kin need "
        "chat, instruction, prompt/completion or classification rows",
        task.data.name);
  }
  const auto step = static_cast<std::size_t>(task.batch.per_device_eval_batch_size);
  for (std::size_t begin = 0; begin < evidence.rows.size(); begin += step) {
    const std::size_t end = std::min(evidence.rows.size(), begin + step);
    if (answers) answer_rows(decoder, task, begin, end, evidence);
    if (likelihoods) judge_labels(decoder, task, begin, end, evidence);
    if (on_progress) {
      on_progress(static_cast<std::int64_t>(end), static_cast<std::int64_t>(evidence.rows.size()));
    }
  }
  return evidence;
}

bool is_exact(const Evidence& evidence, std::size_t row) {
  constexpr auto kStrip = [](std::string_view words) {
    const std::size_t first = words.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return std::string_view();
    return words.substr(first, words.find_last_not_of(" \t\r\n") - first + 1);
  };
  return kStrip(evidence.answers[row]) == kStrip(evidence.expected[row]);
}

int class_of(const std::vector<std::string>& labels, std::string_view words) {
  const std::size_t first = words.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return metric::kNoClass;
  words = words.substr(first, words.find_last_not_of(" \t\r\n") - first + 1);
  const auto found = std::find(labels.begin(), labels.end(), words);
  return found == labels.end() ? metric::kNoClass : static_cast<int>(found - labels.begin());
}

Figure share(const std::string& name, std::int64_t right, std::int64_t rows,
             const std::string& how) {
  return {name, static_cast<double>(right) / static_cast<double>(rows), rows,
          metric::wilson(right, rows), text("{}|wilson95|n:{}", how, rows)};
}

struct Classes {
  std::vector<int> truth;
  std::vector<int> said;
};

double macro_f1(const Classes& classes, std::span<const std::size_t> rows, std::size_t labels) {
  std::vector<int> truth;
  std::vector<int> said;
  for (const std::size_t row : rows) {
    truth.push_back(classes.truth[row]);
    said.push_back(classes.said[row]);
  }
  return metric::class_report(metric::confusion(truth, said, labels)).macro.f1;
}

void add_macro_f1(const Task& task, const Classes& classes, Report& report) {
  const std::size_t labels = task.data.labels.size();
  std::vector<std::size_t> all(classes.truth.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  const auto statistic = [&](std::span<const std::size_t> rows) {
    return macro_f1(classes, rows, labels);
  };
  const metric::BootstrapOptions options{.seed = task.seed};
  report.figures.push_back(
      {"macro_f1", statistic(all), static_cast<std::int64_t>(all.size()),
       metric::bootstrap(all.size(), statistic, options),
       text("greedy|strip|bootstrap95:{}|seed:{}|n:{}", options.resamples, task.seed, all.size())});
}

void add_loss(const Evidence& evidence, Report& report) {
  const double mean = evidence.loss.mean();
  report.figures.push_back({"loss", mean, evidence.loss.tokens, std::nullopt, "nats|token"});
  report.figures.push_back({"perplexity",
                            metric::perplexity(evidence.loss.nll_sum, evidence.loss.tokens),
                            evidence.loss.tokens, std::nullopt, "exp|nats|token"});
}

void add_figure(const std::string& name, const Task& task, const Evidence& evidence,
                const Classes& classes, Report& report) {
  const auto rows = static_cast<std::int64_t>(evidence.rows.size());
  if (name == "loss") add_loss(evidence, report);
  if (name == "exact_match") {
    std::int64_t right = 0;
    for (std::size_t i = 0; i < evidence.rows.size(); ++i) right += is_exact(evidence, i) ? 1 : 0;
    report.figures.push_back(share(name, right, rows, "greedy|strip"));
  }
  if (task.data.labels.empty()) return;
  if (name == "likelihood_accuracy") {
    std::int64_t right = 0;
    for (std::size_t i = 0; i < evidence.rows.size(); ++i) {
      right += static_cast<int>(evidence.likeliest[i]) == classes.truth[i] ? 1 : 0;
    }
    report.figures.push_back(share(name, right, rows, "sum of log-probabilities with end of turn"));
  }
  if (name == "macro_f1") add_macro_f1(task, classes, report);
}

Classes classes_of(const Task& task, const Evidence& evidence) {
  Classes out;
  if (task.data.labels.empty()) return out;
  for (std::size_t i = 0; i < evidence.rows.size(); ++i) {
    out.truth.push_back(class_of(task.data.labels, evidence.expected[i]));
    if (out.truth.back() == metric::kNoClass) {
      throw DataError("{}: the label \"{}\" is not among data.labels",
                      evidence.rows[i]->origin.text(), evidence.expected[i]);
    }
    if (!evidence.answers.empty()) {
      out.said.push_back(class_of(task.data.labels, evidence.answers[i]));
    }
  }
  return out;
}

}  // namespace

std::span<const MeasureRow> measures() { return kMeasures; }

Report evaluate(const model::Decoder& decoder, const Task& task, const OnProgress& on_progress) {
  const Evidence evidence = gather(decoder, task, on_progress);
  const Classes classes = classes_of(task, evidence);
  Report report;
  report.labels = task.data.labels;
  for (const std::string& name : task.config.metrics) {
    add_figure(name, task, evidence, classes, report);
  }
  if (!classes.said.empty()) {
    report.confusion = metric::confusion(classes.truth, classes.said, report.labels.size());
  }
  for (std::size_t i = 0; i < evidence.rows.size(); ++i) {
    RowAnswer row{evidence.rows[i]->origin.text(),
                  question_of(*evidence.rows[i]),
                  evidence.expected[i],
                  "",
                  "",
                  false};
    if (!evidence.answers.empty()) {
      row.answer = evidence.answers[i];
      row.exact = is_exact(evidence, i);
    }
    if (!evidence.likeliest.empty()) row.likeliest = task.data.labels[evidence.likeliest[i]];
    report.rows.push_back(std::move(row));
  }
  return report;
}

}  // namespace fettle::evaluate
