#include "app/annotate_prelabel.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "app/assemble.h"
#include "base/error.h"
#include "batch/make_example.h"
#include "data/annotate/item.h"
#include "evaluate/held_out.h"

namespace fettle::app {
namespace {

constexpr std::size_t kRowsAtOnce = 32;

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

std::int64_t scored_tokens(const batch::Example& example) {
  return std::count(example.scored.begin(), example.scored.end(), true);
}

std::vector<double> softmax(std::vector<double> scores) {
  const double highest = *std::max_element(scores.begin(), scores.end());
  double sum = 0;
  for (double& score : scores) sum += score = std::exp(score - highest);
  for (double& score : scores) score /= sum;
  return scores;
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
    config.device = options.device;
    config.dtype = options.dtype;
    config.num_threads = options.num_threads;
    const NamedModel named = resolve_model(options.model, options.adapter);
    text_ = model::open_text_side(named.base, "");
    decoder_ = load_named(named, make_compute(config));
    source_ = options.model + (options.adapter ? " with " + *options.adapter : "");
  }

  [[nodiscard]] const std::string& source() const { return source_; }

  [[nodiscard]] data::Suggestion score(std::int64_t number) const {
    const data::StoredRow stored = project_.store().row(number);
    const data::Row row = question_of(project_.config(), stored);
    std::vector<batch::Example> examples;
    for (const Json& choice : choices_) {
      auto example =
          batch::make_answer(row, answer_text(choice, stored, project_.config()), text_view(text_));
      if (!example) throw DataError("{}", example.error().message());
      examples.push_back(std::move(*example));
    }
    std::vector<double> scores =
        evaluate::log_likelihoods(decoder_, examples, static_cast<std::int64_t>(examples.size()));
    if (project_.config().task == "preference") {
      for (std::size_t i = 0; i < scores.size(); ++i) {
        scores[i] /= static_cast<double>(scored_tokens(examples[i]));
      }
    }
    scores = softmax(std::move(scores));
    const auto best = std::max_element(scores.begin(), scores.end());
    return {choices_[static_cast<std::size_t>(best - scores.begin())], *best, std::move(scores),
            source_};
  }

 private:
  data::Project& project_;
  std::vector<Json> choices_;
  model::TextSide text_;
  model::Decoder decoder_;
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
  std::vector<std::pair<std::int64_t, data::Suggestion>> batch;
  std::int64_t scored = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    if (done[static_cast<std::size_t>(row)]) continue;
    batch.emplace_back(row, scorer.score(row));
    ++scored;
    if (batch.size() < kRowsAtOnce && row + 1 < rows) continue;
    project.store().set_suggestions(batch);
    batch.clear();
    if (on_progress(row + 1, rows)) return scored;
  }
  if (!batch.empty()) project.store().set_suggestions(batch);
  return scored;
}

}  // namespace fettle::app
