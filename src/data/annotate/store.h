// annotations.db: rows, pre-labels, annotators, answers and what each of them did, for undo. Every
// change is one transaction; when a function returns, the change is on disk. One thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/sqlite.h"

namespace fettle::data {

struct StoredRow {
  std::int64_t row = 0;  // from 0
  std::string origin;    // file:line
  Json item;             // what the page shows: item.h
  Json rest;             // the record's other keys
};

struct Suggestion {
  Json value;                        // an answer: task.h
  std::optional<double> confidence;  // its probability
  std::vector<double> scores;        // of each choice of the task; empty: unknown
  std::string source;                // "column prediction", or a model's name
};

struct StoredAnswer {
  std::int64_t row = 0;
  std::int64_t annotator = 0;
  std::optional<Json> value;  // nothing: skipped
  double seconds = 0;         // spent on the row
  std::int64_t at = 0;        // unix seconds
};

struct Annotator {
  std::int64_t id = 0;
  std::string name;
};

struct Undone {
  std::int64_t row = 0;
  bool adjudication = false;
  std::optional<StoredAnswer> taken;   // what had been said
  std::optional<StoredAnswer> before;  // what stands now; nothing: no answer
};

class Store {
 public:
  // Creates the tables where there are none. Throws IoError, and DataError for a database of
  // another program or a newer fettle.
  Store(const std::filesystem::path& path, Database::Mode mode);

  using AddRow = std::function<void(const StoredRow&, const std::optional<Suggestion>&)>;
  // Appends the rows that `produce` hands over, in one transaction: all, or none when it throws.
  std::int64_t add_rows(const std::function<void(const AddRow&)>& produce);
  [[nodiscard]] std::int64_t rows();
  // DataError for a row that is not there.
  [[nodiscard]] StoredRow row(std::int64_t row);
  void set_suggestions(const std::vector<std::pair<std::int64_t, Suggestion>>& suggestions);
  [[nodiscard]] std::optional<Suggestion> suggestion(std::int64_t row);

  // The annotator of that name, made if there is none.
  [[nodiscard]] Annotator annotator(const std::string& name, std::int64_t now);
  [[nodiscard]] std::vector<Annotator> annotators();

  void answer(const StoredAnswer& answer) { save("answers", answer); }
  // The last word on a row; annotator: who had it.
  void adjudicate(const StoredAnswer& answer) { save("adjudications", answer); }
  // Takes the annotator's last change back that was not taken back yet.
  [[nodiscard]] std::optional<Undone> undo(std::int64_t annotator);

  [[nodiscard]] std::optional<StoredAnswer> answer_of(std::int64_t row, std::int64_t annotator);
  [[nodiscard]] std::optional<StoredAnswer> adjudication_of(std::int64_t row);
  // By row, then by time, then by annotator.
  [[nodiscard]] std::vector<StoredAnswer> answers_of(std::int64_t row);
  [[nodiscard]] std::vector<StoredAnswer> all_answers();
  [[nodiscard]] std::vector<StoredAnswer> all_adjudications();
  // Rows with a pre-label, with its scores and confidence.
  void each_suggestion(const std::function<void(std::int64_t, const Suggestion&)>& sink);

  [[nodiscard]] std::optional<std::string> note(const std::string& key);
  void set_note(const std::string& key, const std::string& value);

 private:
  void save(const std::string& table, const StoredAnswer& answer);
  [[nodiscard]] std::vector<StoredAnswer> read(const std::string& table, const std::string& rest,
                                               std::optional<std::int64_t> row);
  [[nodiscard]] std::optional<StoredAnswer> current(const std::string& table, std::int64_t row,
                                                    std::int64_t annotator);
  void put(const std::string& table, const StoredAnswer& answer);

  Database database_;
};

}  // namespace fettle::data
