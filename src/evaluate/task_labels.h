// Tasks that a classification head of the model answers.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "evaluate/task_score.h"

namespace fettle::evaluate {

// For each choice of the task its row in the head: by name, in any order, or by index where the
// labels are LABEL_0, LABEL_1, ... Throws DataError naming `model` where it has no labels and where
// they are not the choices.
[[nodiscard]] std::vector<std::size_t> rows_of_choices(const TaskFile& task,
                                                       std::span<const std::string> labels,
                                                       const std::string& model);

// Whether the model can be asked all of the tasks, before its weights are read. labels: of its
// classification head; empty: it writes text. Throws DataError naming the model and the task.
void check_heads(std::span<const TaskFile> tasks, std::span<const std::string> labels,
                 const std::string& model);

// As ask_all, of a task that a head answers: each choice's log-probability.
void name_labels(const Scorer& scorer, const TaskFile& task, std::span<const Question> questions,
                 const ScoreLimits& limits, const OnSaid& on_said);

}  // namespace fettle::evaluate
