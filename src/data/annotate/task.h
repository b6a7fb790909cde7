// The kinds of annotation, a row each: which answers are allowed, when two are the same, what a
// majority says, and the row that training reads.
//
// An answer is JSON: classification "label"; multi_label ["label", ...]; spans [{"begin", "end",
// "label"}, ...] in code points of the text; preference "a", "b" or "tie"; writing "text";
// rating a whole number.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "data/annotate/config.h"
#include "data/annotate/store.h"

namespace fettle::data {

inline constexpr std::size_t kMostLabels = 1000;
inline constexpr std::size_t kMostSpans = 10000;
inline constexpr std::size_t kMostAnswerBytes = std::size_t{1} << 20;

struct TaskKind {
  std::string_view name;
  // The answer in its one form (labels in the project's order, spans in the text's), or what is
  // wrong with it. shown: item.h.
  Result<Json> (*check)(const ProjectConfig& config, const Json& shown, const Json& value);
  // The answer of most annotators, or nothing where no answer has more than half. multi_label and
  // spans: each label and span that more than half say, nothing where one has half. rating: the
  // lower median, nothing where the two middle ones are more than 1 apart.
  std::optional<Json> (*majority)(const ProjectConfig& config, std::span<const Json> values);
  // Puts the keys that training reads into `out`; a tie of a pair has none.
  void (*write)(const ProjectConfig& config, const Json& shown, const Json& gold, Json& out);
  // What the annotator chooses from, in the order of the pre-labels' scores; empty: no list.
  std::vector<Json> (*choices)(const ProjectConfig& config);
  std::string_view help;
  std::string_view exported;  // the form of exported rows
};

[[nodiscard]] std::span<const TaskKind> task_kinds();
// UsageError with the nearest name for an unknown one.
[[nodiscard]] const TaskKind& task_kind(std::string_view name);

// What contradicts itself in a config, one sentence each; empty: none.
[[nodiscard]] std::vector<std::string> check_project(const ProjectConfig& config);

// The pre-label that the record's columns hold; nothing when project.yaml names none or the record
// has null there. A Problem for a label, a span or a probability that cannot be.
[[nodiscard]] Result<std::optional<Suggestion>> column_suggestion(const Json& record,
                                                                  const Json& shown,
                                                                  const ProjectConfig& config,
                                                                  const std::string& where);

// 0 (sure) to 1 for the queue; 1 without a pre-label. A lone confidence c counts as the scores
// {c, rest spread evenly}.
[[nodiscard]] double suggestion_uncertainty(const ProjectConfig& config,
                                            const Suggestion& suggestion);

}  // namespace fettle::data
