// `fettle show stages`: what `fettle prepare` can do to rows.
#include <iostream>

#include "app/prepare_tables.h"
#include "app/show.h"

namespace fettle::app {

std::function<ExitCode()> add_show_stages(CLI::App&, const Common& common) {
  return [&common] {
    Json list = Json::array();
    for (const recipe::StageInfo& stage : prepare_tables().stages) {
      list.push_back({{"name", stage.name}, {"help", stage.help}, {"source", stage.source}});
      if (common.json) continue;
      std::cout << text("  {:<22} {}{}\n", stage.name, stage.help,
                        stage.source.empty() ? "" : text(" ({})", stage.source));
    }
    if (common.json) std::cout << to_text(list) << std::endl;
    if (!common.json) std::cout << "options: fettle prepare --fields\n";
    return ExitCode::kDone;
  };
}

}  // namespace fettle::app
