#include "store/runs.h"

namespace fettle::store {
namespace {

Json number(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

}  // namespace

Json to_json(const Run& run) {
  Json scores = Json::array();
  for (const Score& score : run.scores) {
    scores.push_back({{"part", score.part},
                      {"metric", score.metric},
                      {"filter", score.filter},
                      {"value", number(score.value)},
                      {"interval", {number(score.low), number(score.high)}},
                      {"n", score.rows},
                      {"signature", score.signature}});
  }
  return {{"name", run.name},       {"kind", run.kind},       {"state", run.state},
          {"folder", run.folder},   {"recipe", run.recipe},   {"model", run.model},
          {"data", run.data},       {"seed", run.seed},       {"started", run.started},
          {"seconds", run.seconds}, {"machine", run.machine}, {"version", run.version},
          {"scores", scores}};
}

}  // namespace fettle::store
