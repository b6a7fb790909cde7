// Set stages driven without the engine: observed rows held in memory.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/balance/stages.h"
#include "data/match/stages.h"
#include "data/stage.h"
#include "tests/data/support.h"

namespace fettle::data {

struct SeenRow {
  Record record;
  std::uint64_t group = 0;
  std::string part;
};

inline std::vector<SeenRow> seen_rows(std::vector<Record> records) {
  std::vector<SeenRow> rows;
  for (Record& record : records) rows.push_back({std::move(record), 0, {}});
  return rows;
}

class SeenInMemory final : public Observations {
 public:
  SeenInMemory(const SetStage& stage, const std::vector<SeenRow>& rows) : rows_(rows) {
    for (const SeenRow& row : rows) stage.observe(row.record, bytes_.emplace_back());
  }
  [[nodiscard]] std::uint64_t count() const override { return rows_.size(); }
  void for_each(const std::function<void(const Observation&)>& visit) const override {
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      visit({i, bytes_[i], rows_[i].group, rows_[i].part});
    }
  }

 private:
  const std::vector<SeenRow>& rows_;
  std::vector<std::string> bytes_;
};

inline const SetStageRow& set_stage(std::string_view name) {
  for (const auto table : {match_stages(), balance_stages()}) {
    for (const SetStageRow& row : table) {
      if (row.name == name) return row;
    }
  }
  throw InternalError("no stage {}", name);
}

inline std::vector<Decision> decide(std::string_view name, const Json& options,
                                    const std::vector<SeenRow>& rows) {
  const TestFolder folder;
  const Models models;
  Bench bench;
  bench.models = &models;
  bench.seed = 7;
  bench.folder = folder.path() / "work";
  const auto stage = set_stage(name).make(options, bench);
  const SeenInMemory seen(*stage, rows);
  std::vector<Decision> decisions;
  stage->decide(seen, [&](const Decision& one) { decisions.push_back(one); });
  return decisions;
}

}  // namespace fettle::data
