// Takes the records of one piece of a pass through the row stages and gathers what the chunk's file
// will hold: rows, observations of the set stages, why rows were changed or dropped, counts.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/prepare/chunk_file.h"
#include "data/prepare/packed_rows.h"
#include "data/prepare/tally.h"
#include "data/stage.h"

namespace fettle::data::prepare {

struct RowStep {
  std::size_t number = 0;  // in Tally::stages
  std::string name;
  std::shared_ptr<const RowStage> stage;
};

struct SetStep {
  std::size_t number = 0;
  std::string name;
  std::shared_ptr<SetStage> stage;
};

// What is done to the records of a pass.
struct PassPlan {
  std::size_t number = 0;
  std::vector<RowStep> rows;
  std::vector<SetStep> sets;
  bool first = false;  // rows are counted as they are read
  bool last = false;   // rows are written as they will stand in the outputs, by part
  bool explain_changes = true;
  std::size_t stage_count = 1;
  std::function<double()> seconds = [] { return 0.0; };  // Watch::seconds
  std::string date_column;                               // empty: the usual names
  std::vector<std::string> keep_notes;  // keys of notes that the written rows have too
};

class ChunkWriter {
 public:
  ChunkWriter(const PassPlan& plan, std::size_t chunk);

  // A record as it was read, or why it could not be.
  void take(Record record);
  void take_bad(const Problem& problem, const Origin& origin, std::uint32_t source);
  // A row of the pass before; its names are those of `names`. Parsed only if a stage wants it.
  void take(const PackedRow& row, const Names& names, std::uint64_t copies);
  // A row that a set stage dropped.
  void drop(const PackedRow& row, const Names& names, std::size_t stage, std::string_view name,
            std::string_view reason, std::string_view detail);
  // What earlier passes said of the chunk's rows.
  void keep_reasons(std::string_view lines) { why_ += lines; }

  [[nodiscard]] Tally& tally() { return tally_; }
  [[nodiscard]] std::uint64_t seen() const { return seen_; }
  // The finished parts. info: "rows", "seen", "bytes", "tally", "names" and
  // "standing" (whether a row has a group or a part).
  [[nodiscard]] ChunkParts finish();

 private:
  // Adds the time since the last call to what it went to.
  void spend(double& on);
  void queue(Record record);
  void run_stages(std::vector<Record> records);
  void apply(const RowStep& step, std::vector<Record>& records);
  void expand(const RowStep& step, std::vector<Record>& records);
  void emit(const Record& record);
  void put(const PackedRow& row);
  [[nodiscard]] std::uint64_t place(std::uint64_t copy) const;
  void write_line(const PackedRow& row, std::string& lines) const;
  void explain(const Origin& origin, std::uint32_t source, std::string_view stage,
               std::string_view action, std::string_view reason, std::string_view detail);
  [[nodiscard]] std::string& part_lines(const std::string& part);

  const PassPlan& plan_;
  std::size_t chunk_;
  std::size_t at_once_ = 1;  // records that go through the stages together
  std::vector<Record> waiting_;
  Names names_;
  Tally tally_;
  std::string rows_;
  std::string origins_;
  std::vector<std::string> observed_;
  std::vector<std::pair<std::string, std::string>> parts_;
  std::string why_;
  std::uint64_t kept_ = 0;
  std::uint64_t seen_ = 0;
  std::uint64_t bytes_ = 0;
  double clock_ = 0;
  bool standing_ = false;  // a row has a group or a part
};

}  // namespace fettle::data::prepare
