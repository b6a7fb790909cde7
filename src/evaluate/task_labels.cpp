#include "evaluate/task_labels.h"

#include <algorithm>

#include "base/error.h"
#include "batch/pack.h"
#include "evaluate/prompter.h"
#include "model/label_head.h"

namespace fettle::evaluate {
namespace {

// The names that transformers gives labels which nobody named.
bool are_unnamed(std::span<const std::string> labels) {
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] != text("LABEL_{}", i)) return false;
  }
  return true;
}

// Some of the names, as a message shows them.
std::string some_of(std::span<const std::string> names) {
  constexpr std::size_t kShown = 8;
  const std::string shown = join(names.first(std::min(kShown, names.size())), ", ");
  return names.size() > kShown ? text("{} and {} more", shown, names.size() - kShown) : shown;
}

// Rows that are asked together, and what the head says of each.
class LabelBatch {
 public:
  LabelBatch(const Scorer& scorer, std::vector<std::size_t> rows_of_head, const OnSaid& on_said)
      : scorer_(scorer), rows_of_head_(std::move(rows_of_head)), on_said_(on_said) {}

  void add(std::size_t question, const std::string& context, std::int64_t budget) {
    const std::vector<batch::TokenId> ids = scorer_.tokens.prompt(context, 0);
    const auto read = model::before_padding(scorer_.decoder.config, ids);
    batch::Example row;
    row.ids.assign(read.begin(), read.end());
    row.scored.assign(read.size(), 0);
    tokens_ += new_tokens(rows_, row);
    rows_.push_back(std::move(row));
    questions_.push_back(question);
    if (tokens_ >= budget) flush();
  }

  void flush() {
    if (rows_.empty()) return;
    std::vector<const batch::Example*> rows;
    for (const batch::Example& row : rows_) rows.push_back(&row);
    const BatchClock clock;
    const batch::Pack pack = batch::make_pack(rows, {.share_prefix = true});
    const auto log_probs = model::label_log_probs(scorer_.decoder, pack);
    const double seconds = clock.seconds_each(questions_.size());
    for (std::size_t i = 0; i < questions_.size(); ++i) {
      Said said;
      said.seconds = seconds;
      said.prompt_tokens = std::ssize(rows_[i].ids);
      for (const std::size_t at : rows_of_head_) said.log_likelihoods.push_back(log_probs[i][at]);
      on_said_(questions_[i], said);
    }
    rows_.clear();
    questions_.clear();
    tokens_ = 0;
  }

 private:
  const Scorer& scorer_;
  std::vector<std::size_t> rows_of_head_;
  const OnSaid& on_said_;
  std::vector<batch::Example> rows_;
  std::vector<std::size_t> questions_;
  std::int64_t tokens_ = 0;
};

}  // namespace

std::vector<std::size_t> rows_of_choices(const TaskFile& task, std::span<const std::string> labels,
                                         const std::string& model) {
  if (labels.empty()) {
    throw DataError(
        "{}: has no classification head, which task {} asks (output_type classification_head); "
        "name a folder whose config.json names one, as LlamaForSequenceClassification, or give the "
        "task output_type multiple_choice",
        model, task.name);
  }
  std::vector<std::string> choices;
  for (const Json& choice : task.doc_to_choice) choices.push_back(shown_value(choice));
  const bool by_name =
      choices.size() == labels.size() && std::ranges::all_of(labels, [&](const auto& label) {
        return std::ranges::find(choices, label) != choices.end();
      });
  if (!by_name && (choices.size() != labels.size() || !are_unnamed(labels))) {
    throw DataError(
        "{}: the classification head's {} labels are {}, and doc_to_choice of task {} gives {}: "
        "{}; allowed are the same names in any order, or as many where the labels are LABEL_0, "
        "LABEL_1, ...: make doc_to_choice, or id2label in config.json, say the other's names",
        model, labels.size(), some_of(labels), task.name, choices.size(), some_of(choices));
  }
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const auto row = std::ranges::find(labels, choices[i]) - labels.begin();
    out.push_back(by_name ? static_cast<std::size_t>(row) : i);
  }
  return out;
}

void check_heads(std::span<const TaskFile> tasks, std::span<const std::string> labels,
                 const std::string& model) {
  for (const TaskFile& task : tasks) {
    if (task.kind == TaskKind::kLabels) {
      (void)rows_of_choices(task, labels, model);
    } else if (!labels.empty()) {
      throw DataError(
          "{}: has a classification head and writes no text, and task {} is of output_type {}; "
          "allowed is classification_head: set it in the task's file, or name a language model",
          model, task.name, kind_name(task.kind));
    }
  }
}

void name_labels(const Scorer& scorer, const TaskFile& task, std::span<const Question> questions,
                 const ScoreLimits& limits, const OnSaid& on_said) {
  LabelBatch batch(scorer, rows_of_choices(task, scorer.decoder.config.labels, "the model"),
                   on_said);
  for (std::size_t i = 0; i < questions.size(); ++i) {
    batch.add(i, questions[i].contexts.at(0), limits.batch_tokens);
  }
  batch.flush();
}

}  // namespace fettle::evaluate
