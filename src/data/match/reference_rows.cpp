#include "data/match/reference_rows.h"

#include "base/error.h"
#include "data/source.h"

namespace fettle::data {
namespace {

void gather(const Json& value, std::string& out) {
  if (value.is_string()) {
    if (!out.empty()) out += '\n';
    out += value.get_ref<const std::string&>();
  } else if (value.is_structured()) {
    for (const Json& part : value) gather(part, out);
  }
}

}  // namespace

std::string all_text(const Json& value) {
  std::string out;
  gather(value, out);
  return out;
}

std::vector<ReferenceRow> read_reference_rows(const std::string& path) {
  DataConfig config;
  config.text_rows = "line";
  std::vector<ReferenceRow> rows;
  read_records(path, config, [&](Result<Json> record, Origin origin) {
    if (!record) throw DataError("{}", record.error().message());
    rows.push_back({all_text(*record), std::move(origin)});
  });
  return rows;
}

}  // namespace fettle::data
