#include "app/prepare_tables.h"

#include <algorithm>
#include <thread>

#include "app/prepare_models.h"
#include "base/error.h"
#include "base/nearest.h"
#include "data/augment/stages.h"
#include "data/balance/stages.h"
#include "data/clean/stages.h"
#include "data/collect/sources.h"
#include "data/match/stages.h"
#include "data/prepare/stages.h"
#include "data/stage.h"

namespace fettle::app {
namespace {

using data::RowStageRow;
using data::SetStageRow;
namespace prepare = data::prepare;

// The tables of all rooms; no name stands in two.
std::vector<std::span<const RowStageRow>> row_tables() {
  std::vector<std::span<const RowStageRow>> out = {prepare::own_row_stages()};
  out.push_back(data::clean_stages());
  out.push_back(data::match_row_stages());
  out.push_back(data::augment_stages());
  return out;
}

std::vector<std::span<const SetStageRow>> set_tables() {
  std::vector<std::span<const SetStageRow>> out;
  out.push_back(data::match_stages());
  out.push_back(data::balance_stages());
  return out;
}

using SourceConfig = data::collect::SourceConfig;

std::unique_ptr<data::Stream> open(const SourceConfig& config, std::string_view resume_at) {
  return data::collect::open_source(config, resume_at);
}

Json describe(const SourceConfig& config) { return data::collect::describe_source(config); }

template <class Row>
void add_infos(const std::vector<std::span<const Row>>& tables,
               std::vector<recipe::StageInfo>& out) {
  for (const auto& table : tables) {
    for (const Row& row : table) {
      out.push_back({row.name, row.help, row.source, row.options()});
      if constexpr (requires { row.need; }) out.back().need = row.need;
    }
  }
}

template <class Row>
const Row* stage_row(const std::vector<std::span<const Row>>& tables, std::string_view name) {
  for (const auto& table : tables) {
    for (const Row& row : table) {
      if (row.name == name) return &row;
    }
  }
  return nullptr;
}

prepare::StageEntry make_stage(const recipe::PrepareStage& stage) {
  prepare::StageEntry out{stage.name, stage.options, {}, {}};
  if (const RowStageRow* row = stage_row(row_tables(), stage.name)) {
    out.make_row = [row, options = stage.options](const data::Bench& bench) {
      return row->make(options, bench);
    };
  } else if (const SetStageRow* set = stage_row(set_tables(), stage.name)) {
    out.make_set = [set, options = stage.options](const data::Bench& bench) {
      return set->make(options, bench);
    };
  } else {
    throw InternalError("stage {} is in no table", stage.name);
  }
  return out;
}

prepare::SourceEntry make_source(const Json& options) {
  const auto config = data::config_of<SourceConfig>(options);
  const Json known = describe(config);
  const auto word = [&](const char* key) {
    const Json* const value = find(known, key);
    return value == nullptr || !value->is_string() || *value == "unknown"
               ? std::string()
               : value->get<std::string>();
  };
  return {.name = word("name"),
          .licence = word("licence"),
          .origin = word("origin"),
          .options = options,
          .open = [config](std::string_view resume_at) { return open(config, resume_at); }};
}

int thread_count(std::int64_t asked) {
  if (asked > 0) return static_cast<int>(asked);
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

// Of a recipe of these tables.
std::vector<Problem> model_problems(const recipe::PrepareRecipe& recipe) {
  bool writes = false;
  for (const recipe::PrepareStage& stage : recipe.stages) {
    const RowStageRow* const row = stage_row(row_tables(), stage.name);
    writes = writes || (row != nullptr && row->need == data::Need::kAnswers);
  }
  return find_model_problems(recipe, writes);
}

}  // namespace

recipe::PrepareTables prepare_tables() {
  recipe::PrepareTables out;
  out.source_options = data::options_of<SourceConfig>();
  add_infos(row_tables(), out.stages);
  add_infos(set_tables(), out.stages);
  out.local_options = local_model_options();
  out.server_options = server_options();
  out.find_model_problems = model_problems;
  return out;
}

prepare::Job make_job(const recipe::PrepareRecipe& recipe) {
  prepare::Job job;
  for (const Json& source : recipe.sources) job.sources.push_back(make_source(source));
  for (const recipe::PrepareStage& stage : recipe.stages) job.stages.push_back(make_stage(stage));
  const recipe::OutputConfig& output = recipe.output;
  job.output_dir = output.output_dir;
  job.seed = static_cast<std::uint64_t>(output.seed);
  job.memory = static_cast<std::uint64_t>(output.max_memory_gb * 1e9);
  job.threads = thread_count(output.num_threads);
  job.explain_changes = output.explain_changes;
  job.keep_notes = output.keep_notes;
  job.date_column = output.date_column;
  job.max_bad_share = output.max_bad_share;
  // What does not change a byte of the outputs may change between the parts of a run.
  recipe::PrepareRecipe frozen = recipe;
  frozen.output.output_dir.clear();
  frozen.output.num_threads = 0;
  frozen.output.max_memory_gb = 1;
  forget_costs(frozen);
  job.recipe = recipe::dump_prepare_recipe(frozen);
  return job;
}

}  // namespace fettle::app
