// Answers that a client may send, and records with their pre-labels, for each task; what is
// accepted is accepted again in its one form, and can be written as a row.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "data/annotate/item.h"
#include "data/annotate/task.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fettle::data;
  const auto json = fettle::parse_json({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (!json) return 0;
  ProjectConfig config;
  config.prediction_column = "p";
  config.scores_column = "s";
  config.labels = {"a", "b"};
  const fettle::Json shown = {{"text", "naïve text"}, {"prompt", "q"}, {"a", "x"}, {"b", "y"}};
  for (const TaskKind& kind : task_kinds()) {
    config.task = kind.name;
    const auto item = make_item(*json, config, {"fuzz", 1});
    if (item) static_cast<void>(column_suggestion(*json, item->shown, config, "fuzz"));
    const auto once = kind.check(config, shown, *json);
    if (!once) continue;
    const auto twice = kind.check(config, shown, *once);
    if (!twice || *twice != *once) std::abort();
    fettle::Json row = fettle::Json::object();
    kind.write(config, shown, *once, row);
  }
  return 0;
}
