#include "data/annotate/import.h"

#include "base/error.h"
#include "base/format.h"
#include "data/annotate/item.h"
#include "data/annotate/store.h"
#include "data/annotate/task.h"
#include "data/source.h"

namespace fettle::data {
namespace {

constexpr std::size_t kShown = 20;

struct Ready {
  StoredRow row;
  std::optional<Suggestion> suggestion;
};

Result<Ready> ready_row(Result<Json> record, const Origin& origin, const ProjectConfig& config) {
  if (!record) return tl::unexpected(record.error());
  Result<Item> item = make_item(*record, config, origin);
  if (!item) return tl::unexpected(item.error());
  auto suggestion = column_suggestion(*record, item->shown, config, origin.text());
  if (!suggestion) return tl::unexpected(suggestion.error());
  return Ready{{0, origin.text(), std::move(item->shown), std::move(item->rest)},
               std::move(*suggestion)};
}

void refuse_if_many(const ImportReport& report, std::int64_t max_bad_rows) {
  if (report.bad_rows <= max_bad_rows) return;
  std::string list;
  for (const Problem& bad : report.problems) list += "\n  " + bad.message();
  throw DataError(
      "{} rows cannot be annotated and nothing was imported; mend them, or allow "
      "them with --max-bad-rows {}:{}",
      report.bad_rows, report.bad_rows, list);
}

}  // namespace

ImportReport import_rows(const ProjectConfig& config, const std::filesystem::path& folder,
                         const std::vector<std::string>& files, std::int64_t max_bad_rows) {
  const auto problems = check_project(config);
  if (!problems.empty()) throw UsageError("{}: {}", folder / "project.yaml", problems.front());
  Store store(folder / "annotations.db", Database::Mode::kCreate);
  ImportReport report;
  report.rows = store.add_rows([&](const Store::AddRow& add) {
    for (const std::string& file : files) {
      read_records(file, DataConfig{}, [&](Result<Json> record, const Origin& origin) {
        const Result<Ready> ready = ready_row(std::move(record), origin, config);
        if (!ready) {
          ++report.bad_rows;
          if (report.problems.size() < kShown) report.problems.push_back(ready.error());
          return;
        }
        report.pre_labelled += ready->suggestion ? 1 : 0;
        add(ready->row, ready->suggestion);
      });
    }
    refuse_if_many(report, max_bad_rows);
  });
  if (report.rows == 0) throw DataError("{}: hold no row to annotate", join(files, ", "));
  return report;
}

}  // namespace fettle::data
