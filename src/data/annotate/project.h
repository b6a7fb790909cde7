// An annotation project at work: its rows, who said what, which row is next. What a method returns
// from is on disk. One thread at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "data/annotate/config.h"
#include "data/annotate/queue.h"
#include "data/annotate/store.h"
#include "data/annotate/task.h"

namespace fettle::data {

// What is known of a row without reading it: answers in the order in which they came.
struct RowState {
  struct Said {
    std::int64_t annotator = 0;
    std::optional<std::string> value;  // JSON; nothing: skipped
  };
  std::vector<Said> said;
  std::optional<std::string> adjudicated;  // JSON
  bool adjudication_skipped = false;       // left open on purpose

  // Answers that are none skipped.
  [[nodiscard]] std::size_t answers() const;
  // Two answers differ and nobody had the last word.
  [[nodiscard]] bool disagrees() const;
};

struct Progress {
  std::int64_t rows = 0;
  std::int64_t finished = 0;  // have all the answers that they are to have
  std::int64_t begun = 0;     // have some
  std::int64_t skipped = 0;   // rows that somebody skipped
  std::int64_t disagreeing = 0;
  std::int64_t adjudicated = 0;
};

// The clock's seconds since 1970, passed in.
using Clock = std::function<double()>;

class Project {
 public:
  // Opens annotations.db in `folder`. Throws UsageError when the config no longer fits what was
  // answered (another task; a label taken away that somebody gave) or contradicts itself.
  Project(ProjectConfig config, const std::filesystem::path& folder, Clock clock);

  [[nodiscard]] const ProjectConfig& config() const { return config_; }
  [[nodiscard]] const TaskKind& kind() const { return *kind_; }
  [[nodiscard]] Store& store() { return store_; }
  [[nodiscard]] const std::vector<RowState>& states() const { return states_; }

  // A name of 1 to 64 characters without control characters; a Problem otherwise.
  [[nodiscard]] Result<Annotator> login(const std::string& name);

  // The next row for the annotator; nothing when none is left.
  [[nodiscard]] std::optional<std::int64_t> next(std::int64_t annotator);
  // The row as the page shows it: row, item, suggestion, the annotator's own answer, sides.
  [[nodiscard]] Result<Json> view(std::int64_t row, std::int64_t annotator);
  // value: nothing skips the row. Answers may be changed at any time.
  [[nodiscard]] Result<Json> answer(std::int64_t row, std::int64_t annotator,
                                    const std::optional<Json>& value, double seconds);
  // The row of the change that was taken back; nothing when there is none.
  [[nodiscard]] std::optional<Undone> undo(std::int64_t annotator);

  // Rows to adjudicate, the first `most`.
  [[nodiscard]] std::vector<std::int64_t> disagreements(std::size_t most) const;
  // view() and everybody's answers.
  [[nodiscard]] Result<Json> disagreement(std::int64_t row, std::int64_t annotator);
  [[nodiscard]] Result<Json> adjudicate(std::int64_t row, std::int64_t annotator,
                                        const std::optional<Json>& value, double seconds);

  [[nodiscard]] Progress progress() const;
  // Rows answered or skipped by the annotator.
  [[nodiscard]] std::int64_t done_by(std::int64_t annotator) const;

 private:
  void read_states();
  void check_answers() const;
  void make_queue();
  [[nodiscard]] std::optional<Problem> no_row(std::int64_t row) const;
  [[nodiscard]] Result<Json> checked(std::int64_t row, const Json& value);

  ProjectConfig config_;
  const TaskKind* kind_;
  Store store_;
  Clock clock_;
  std::vector<RowState> states_;
  std::unique_ptr<Queue> queue_;
};

}  // namespace fettle::data
