#include "app/annotate_prelabel.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "app/row_model.h"
#include "base/error.h"
#include "data/annotate/item.h"

namespace fettle::app {
namespace {

// The row as a question: what training on the exported row would put before the answer.
data::Row question_of(const data::ProjectConfig& config, const data::StoredRow& stored) {
  const std::string words = config.task == "preference"
                                ? stored.item.at("prompt").get<std::string>()
                                : data::item_text(stored.item);
  data::Row row;
  const std::string& before = config.task == "preference" ? std::string() : config.instruction;
  row.messages.push_back(
      {{"role", "user"}, {"content", before.empty() ? words : before + "\n\n" + words}});
  row.origin = {stored.origin, 0};
  return row;
}

std::string answer_text(const Json& choice, const data::StoredRow& stored,
                        const data::ProjectConfig& config) {
  if (config.task == "preference") {
    return stored.item.at(choice.get<std::string>()).get<std::string>();
  }
  return choice.is_string() ? choice.get<std::string>() : to_text(choice);
}

class Scorer {
 public:
  Scorer(data::Project& project, const PreLabelOptions& options)
      : project_(project), choices_(project.kind().choices(project.config())) {
    if (choices_.empty() || project.config().task == "multi_label") {
      throw UsageError(
          "--pre-label scores the choices of classification, rating and preference; "
          "for the task {}, put predictions into a column and name it as "
          "prediction_column before --import",
          project.config().task);
    }
    model::ModelConfig config;
    config.model_name_or_path = options.model;
    config.adapter_name_or_path = options.adapter;
    config.device = options.device;
    config.dtype = options.dtype;
    config.num_threads = options.num_threads;
    model_ = std::make_unique<RowModel>(config, 0);
    source_ = options.model + (options.adapter ? " with " + *options.adapter : "");
  }

  [[nodiscard]] const std::string& source() const { return source_; }

  // Of rows by number, all at once.
  [[nodiscard]] std::vector<std::pair<std::int64_t, data::Suggestion>> score(
      const std::vector<std::int64_t>& numbers) const {
    std::vector<Choice> rows;
    for (const std::int64_t number : numbers) {
      const data::StoredRow stored = project_.store().row(number);
      Choice& row = rows.emplace_back();
      row.question = question_of(project_.config(), stored);
      for (const Json& choice : choices_) {
        row.answers.push_back(answer_text(choice, stored, project_.config()));
      }
    }
    // The answers of a preference differ in length.
    auto shares = model_->probabilities(rows, project_.config().task == "preference");
    std::vector<std::pair<std::int64_t, data::Suggestion>> out;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto best = std::max_element(shares[i].begin(), shares[i].end());
      const Json& chosen = choices_[static_cast<std::size_t>(best - shares[i].begin())];
      out.emplace_back(numbers[i], data::Suggestion{chosen, *best, std::move(shares[i]), source_});
    }
    return out;
  }

 private:
  data::Project& project_;
  std::vector<Json> choices_;
  std::unique_ptr<RowModel> model_;
  std::string source_;
};

}  // namespace

std::int64_t pre_label(data::Project& project, const PreLabelOptions& options,
                       const OnPreLabel& on_progress) {
  const Scorer scorer(project, options);
  std::vector<bool> done(project.states().size(), false);
  project.store().each_suggestion([&](std::int64_t row, const data::Suggestion& suggestion) {
    done[static_cast<std::size_t>(row)] = suggestion.source == scorer.source();
  });
  const auto rows = static_cast<std::int64_t>(done.size());
  std::vector<std::int64_t> waiting;
  std::int64_t scored = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    if (!done[static_cast<std::size_t>(row)]) waiting.push_back(row);
    if (waiting.size() < data::kRowsAtOnce && row + 1 < rows) continue;
    if (waiting.empty()) continue;
    project.store().set_suggestions(scorer.score(waiting));
    scored += std::ssize(waiting);
    waiting.clear();
    if (on_progress(row + 1, rows)) return scored;
  }
  return scored;
}

}  // namespace fettle::app
