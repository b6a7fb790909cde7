// Which solved rows stand before each question.
#pragma once

#include <span>
#include <vector>

#include "evaluate/prompter.h"
#include "evaluate/python_random.h"
#include "evaluate/task_prompt.h"
#include "evaluate/word_search.h"

namespace fettle::evaluate {

// Chooses for one judged row after another, by the task's rule:
// - drawn as lm-evaluation-harness draws: one generator for the task, which goes on from row to
//   row, the row itself left out where shots come from the judged split;
// - the first ones, likewise;
// - the likest by words (BM25 over lower-case words of what rows ask) or by the model's states
//   (cosine): the likest last, next to the question; equals in the split's order;
// - balanced: classes in an order drawn for each row, one row of each class in turn.
// The last three never take a row that equals the judged one. task.shot_order then reorders.
class ShotChooser {
 public:
  // All arguments must outlive it. Throws DataError when there is nothing to choose from.
  ShotChooser(const TaskFile& task, const Prompter& prompter, std::span<const Json> judged,
              std::span<const Json> pool, const ShotOptions& options);

  // The shots of judged[at] in their order. Throws DataError for too few rows.
  [[nodiscard]] std::vector<const Json*> choose(std::size_t at);

 private:
  void prepare_likeness(const TextStates& states);
  void prepare_classes();
  [[nodiscard]] std::vector<std::size_t> candidates(const Json& row) const;
  [[nodiscard]] std::vector<std::size_t> first(const Json& row) const;
  [[nodiscard]] std::vector<std::size_t> drawn(const Json& row);
  [[nodiscard]] std::vector<std::size_t> likest(std::size_t at) const;
  [[nodiscard]] std::vector<std::size_t> balanced(const Json& row);
  [[nodiscard]] bool is_of_group(std::size_t shot, const Json& row) const;
  void reorder(std::vector<std::size_t>& chosen) const;
  void expect(std::size_t found, std::size_t wanted) const;

  const TaskFile& task_;
  const Prompter& prompter_;
  std::span<const Json> judged_;
  std::span<const Json> pool_;
  std::size_t count_;
  PythonRandom random_;
  bool leave_out_;
  std::optional<WordSearch> words_;
  std::vector<std::vector<float>> pool_states_;    // of length 1
  std::vector<std::vector<float>> judged_states_;  // of length 1
  std::vector<std::vector<std::size_t>> classes_;  // rows of the pool, classes as they appear
};

}  // namespace fettle::evaluate
