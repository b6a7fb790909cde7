#include "data/annotate/project.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/random.h"
#include "data/annotate/item.h"
#include "data/annotate/spans.h"

namespace fettle::data {
namespace {

constexpr std::size_t kMostNameBytes = 64;

void put(RowState& state, std::int64_t annotator, const std::optional<Json>& value) {
  std::erase_if(state.said, [&](const auto& said) { return said.annotator == annotator; });
  state.said.push_back({annotator, std::nullopt});
  if (value) state.said.back().value = to_text(*value);
}

Json value_of(const RowState::Said& said) {
  return said.value ? *parse_json(*said.value, "an answer") : Json(nullptr);
}

}  // namespace

std::size_t RowState::answers() const {
  return static_cast<std::size_t>(
      std::count_if(said.begin(), said.end(), [](const Said& one) { return bool(one.value); }));
}

bool RowState::disagrees() const {
  if (adjudicated || adjudication_skipped) return false;
  const Said* first = nullptr;
  for (const Said& one : said) {
    if (!one.value) continue;
    if (first == nullptr) first = &one;
    if (one.value != first->value) return true;
  }
  return false;
}

Project::Project(ProjectConfig config, const std::filesystem::path& folder, Clock clock)
    : config_(std::move(config)),
      kind_(&task_kind(config_.task)),
      store_(folder / "annotations.db", Database::Mode::kOpen),
      clock_(std::move(clock)) {
  const auto problems = check_project(config_);
  if (!problems.empty()) throw UsageError("{}: {}", folder / "project.yaml", problems.front());
  const auto task = store_.note("task");
  if (task && *task != config_.task) {
    throw UsageError(
        "{}: the task is {}, but the answers are of the task {}; change it back, or "
        "begin another project",
        folder / "project.yaml", config_.task, *task);
  }
  if (!task) store_.set_note("task", config_.task);
  read_states();
  check_answers();
}

void Project::read_states() {
  states_.assign(static_cast<std::size_t>(store_.rows()), {});
  for (const StoredAnswer& answer : store_.all_answers()) {
    put(states_[static_cast<std::size_t>(answer.row)], answer.annotator, answer.value);
  }
  for (const StoredAnswer& answer : store_.all_adjudications()) {
    RowState& state = states_[static_cast<std::size_t>(answer.row)];
    state.adjudication_skipped = !answer.value;
    if (answer.value) state.adjudicated = to_text(*answer.value);
  }
}

void Project::check_answers() const {
  for (const RowState& state : states_) {
    for (const RowState::Said& said : state.said) {
      if (!said.value) continue;
      const Json value = value_of(said);
      // A span is checked by its label: the text has not changed.
      std::vector<Json> parts = {value};
      if (config_.task == "spans") {
        parts.clear();
        for (const Span& span : read_spans(value)) parts.emplace_back(span.label);
      }
      const TaskKind& kind = config_.task == "spans" ? task_kind("classification") : *kind_;
      for (const Json& part : parts) {
        const auto good = kind.check(config_, {}, part);
        if (!good) {
          throw UsageError(
              "project.yaml: an answer does not fit it any more: {}; put back what "
              "was changed",
              good.error().message());
        }
      }
    }
  }
}

void Project::make_queue() {
  std::vector<QueueRow> rows(states_.size(), {1, {}});
  store_.each_suggestion([&](std::int64_t row, const Suggestion& suggestion) {
    rows[static_cast<std::size_t>(row)].uncertainty = suggestion_uncertainty(config_, suggestion);
  });
  for (std::size_t row = 0; row < states_.size(); ++row) {
    for (const auto& said : states_[row].said) rows[row].answered_by.push_back(said.annotator);
  }
  const QueueOptions options{config_.uncertainty_weight, config_.annotators_per_row,
                             config_.overlap, static_cast<std::uint64_t>(config_.seed)};
  queue_ = std::make_unique<Queue>(options, std::move(rows), [this](std::int64_t row) {
    return item_text(store_.row(row).item);
  });
}

Result<Annotator> Project::login(const std::string& name) {
  const std::size_t first = name.find_first_not_of(' ');
  const std::string trimmed =
      first == std::string::npos ? "" : name.substr(first, name.find_last_not_of(' ') - first + 1);
  const bool control = std::any_of(trimmed.begin(), trimmed.end(), [](char c) {
    return static_cast<unsigned char>(c) < 32 || c == 127;
  });
  if (trimmed.empty() || trimmed.size() > kMostNameBytes || control) {
    return problem("", text("a name has 1 to {} bytes and no control characters", kMostNameBytes));
  }
  return store_.annotator(trimmed, static_cast<std::int64_t>(clock_()));
}

std::optional<Problem> Project::no_row(std::int64_t row) const {
  if (row >= 0 && static_cast<std::size_t>(row) < states_.size()) return std::nullopt;
  return Problem{"", text("there is no row {}; rows are numbered 0 to {}", row,
                          static_cast<std::int64_t>(states_.size()) - 1)};
}

std::optional<std::int64_t> Project::next(std::int64_t annotator) {
  if (queue_ == nullptr) make_queue();
  return queue_->next(annotator, clock_());
}

Result<Json> Project::view(std::int64_t row, std::int64_t annotator) {
  if (const auto bad = no_row(row)) return tl::unexpected(*bad);
  const StoredRow stored = store_.row(row);
  Json out = {{"row", row}, {"item", stored.item}, {"suggestion", nullptr}, {"mine", nullptr}};
  if (const auto suggestion = store_.suggestion(row)) {
    out["suggestion"] = {{"value", suggestion->value},
                         {"confidence", nullptr},
                         {"scores", suggestion->scores},
                         {"source", suggestion->source}};
    if (suggestion->confidence) out["suggestion"]["confidence"] = *suggestion->confidence;
  }
  if (const auto mine = store_.answer_of(row, annotator)) {
    out["mine"] = {{"value", mine->value ? *mine->value : Json(nullptr)}};
  }
  // Neither side of a pair is always the first; each annotator keeps what was seen.
  const Random sides(static_cast<std::uint64_t>(config_.seed), "annotate-sides");
  const auto index =
      static_cast<std::uint64_t>(row) * 1000003U + static_cast<std::uint64_t>(annotator);
  out["swapped"] = config_.task == "preference" && (sides.bits(index) & 1U) == 1U;
  return out;
}

Result<Json> Project::checked(std::int64_t row, const Json& value) {
  if (const auto bad = no_row(row)) return tl::unexpected(*bad);
  return kind_->check(config_, store_.row(row).item, value);
}

Result<Json> Project::answer(std::int64_t row, std::int64_t annotator,
                             const std::optional<Json>& value, double seconds) {
  if (const auto bad = no_row(row)) return tl::unexpected(*bad);
  StoredAnswer said{row, annotator, std::nullopt, seconds, static_cast<std::int64_t>(clock_())};
  if (value) {
    Result<Json> good = checked(row, *value);
    if (!good) return good;
    said.value = std::move(*good);
  }
  store_.answer(said);
  put(states_[static_cast<std::size_t>(row)], annotator, said.value);
  if (queue_ != nullptr) queue_->answered(row, annotator);
  return said.value ? *said.value : Json(nullptr);
}

std::optional<Undone> Project::undo(std::int64_t annotator) {
  const auto undone = store_.undo(annotator);
  if (!undone) return std::nullopt;
  RowState& state = states_[static_cast<std::size_t>(undone->row)];
  if (undone->adjudication) {
    state.adjudicated.reset();
    state.adjudication_skipped = undone->before && !undone->before->value;
    if (undone->before && undone->before->value) {
      state.adjudicated = to_text(*undone->before->value);
    }
  } else if (undone->before) {
    put(state, annotator, undone->before->value);
  } else {
    std::erase_if(state.said, [&](const auto& said) { return said.annotator == annotator; });
    if (queue_ != nullptr) queue_->unanswered(undone->row, annotator, clock_());
  }
  return undone;
}

std::vector<std::int64_t> Project::disagreements(std::size_t most) const {
  std::vector<std::int64_t> out;
  for (std::size_t row = 0; row < states_.size() && out.size() < most; ++row) {
    if (states_[row].disagrees()) out.push_back(static_cast<std::int64_t>(row));
  }
  return out;
}

Result<Json> Project::disagreement(std::int64_t row, std::int64_t annotator) {
  Result<Json> out = view(row, annotator);
  if (!out) return out;
  Json said = Json::array();
  const auto names = store_.annotators();
  for (const auto& one : states_[static_cast<std::size_t>(row)].said) {
    const auto who = std::find_if(names.begin(), names.end(),
                                  [&](const Annotator& a) { return a.id == one.annotator; });
    said.push_back({{"annotator", who->name}, {"value", value_of(one)}});
  }
  (*out)["answers"] = std::move(said);
  (*out)["swapped"] = false;
  return out;
}

Result<Json> Project::adjudicate(std::int64_t row, std::int64_t annotator,
                                 const std::optional<Json>& value, double seconds) {
  if (const auto bad = no_row(row)) return tl::unexpected(*bad);
  RowState& state = states_[static_cast<std::size_t>(row)];
  if (state.answers() < 2) {
    return problem(
        "", text("row {} has {} answers; there is nothing to adjudicate", row, state.answers()));
  }
  StoredAnswer said{row, annotator, std::nullopt, seconds, static_cast<std::int64_t>(clock_())};
  if (value) {
    Result<Json> good = checked(row, *value);
    if (!good) return good;
    said.value = std::move(*good);
  }
  store_.adjudicate(said);
  state.adjudication_skipped = !said.value;
  state.adjudicated.reset();
  if (said.value) state.adjudicated = to_text(*said.value);
  return said.value ? *said.value : Json(nullptr);
}

}  // namespace fettle::data
