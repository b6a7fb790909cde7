#include "data/source.h"

#include <unordered_set>
#include <utility>

#include "base/error.h"
#include "data/csv.h"
#include "data/text_file.h"

namespace fettle::data {
namespace {

namespace fs = std::filesystem;

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
}

void read_json_lines(const fs::path& path, const RecordSink& sink) {
  Lines lines(path);
  std::string line;
  while (lines.next(line)) {
    if (is_blank(line)) continue;
    Origin origin{path.native(), lines.number()};
    const std::string where = origin.text();
    if (auto bad = check_text(line, where)) {
      sink(tl::unexpected(*bad), std::move(origin));
    } else {
      sink(parse_json(line, where), std::move(origin));
    }
  }
}

// Whether a file that begins with an object holds one object a line.
bool is_json_lines(std::string_view whole) {
  const std::size_t begin = whole.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos || whole[begin] != '{') return false;
  const std::size_t end = whole.find('\n', begin);
  if (end == std::string_view::npos || is_blank(whole.substr(end))) return false;
  return parse_json(whole.substr(begin, end - begin), "").has_value();
}

void read_json_array(const fs::path& path, const RecordSink& sink) {
  const std::string whole = read_text_file(path);
  if (is_json_lines(whole)) return read_json_lines(path, sink);
  if (auto bad = check_text(whole, path.native())) throw DataError("{}", bad->message());
  Result<Json> json = parse_json(whole, path.native());
  if (!json) throw DataError("{}", json.error().message());
  Json* rows = &*json;
  if (json->is_object()) {
    for (const char* const key : {"data", "rows"}) {
      if (rows->is_object() && rows->contains(key)) rows = &(*rows)[key];
    }
  }
  if (!rows->is_array()) {
    throw DataError(
        "{}: holds a value of type {}; an array of rows was expected, or an object "
        "with the array under \"data\" or \"rows\"",
        path, std::string_view(rows->type_name()));
  }
  std::int64_t number = 0;
  for (Json& row : *rows) sink(std::move(row), Origin{path.native(), ++number});
}

std::vector<std::string> header_of(CsvReader& reader, const fs::path& path) {
  auto header = reader.next();
  if (!header) return {};
  if (!*header) throw DataError("{}", header->error().message());
  std::vector<std::string> names = std::move(**header);
  std::unordered_set<std::string> seen;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (auto bad = check_text(names[i], path.native() + ":1")) {
      throw DataError("{}", bad->message());
    }
    if (names[i].empty()) names[i] = text("column {}", i + 1);
    if (!seen.insert(names[i]).second) {
      throw DataError(
          "{}:{}: the column \"{}\" stands twice in the header; rename one, or give "
          "column_names if the file has no header",
          path, reader.line(), names[i].substr(0, 64));
    }
  }
  return names;
}

Result<Json> record_of(std::vector<std::string> fields, const std::vector<std::string>& names,
                       const Origin& origin) {
  if (fields.size() != names.size()) {
    std::string listed = join(names, ", ");
    if (listed.size() > 200) listed = listed.substr(0, 200) + "...";
    return problem(origin.text(), text("has {} columns; {} were expected: {}", fields.size(),
                                       names.size(), listed));
  }
  Json record = Json::object();
  // The ordered object is a vector of pairs; the names are known to differ.
  Json::object_t::Container& members = record.get_ref<Json::object_t&>();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (auto bad = check_text(fields[i], origin.text())) {
      bad->what = text("column \"{}\": {}", names[i], bad->what);
      return tl::unexpected(*bad);
    }
    members.emplace_back(names[i], std::move(fields[i]));
  }
  return record;
}

void read_table(const fs::path& path, char separator, const DataConfig& config,
                const RecordSink& sink) {
  CsvReader reader(path, separator);
  const std::vector<std::string> names =
      config.column_names.empty() ? header_of(reader, path) : config.column_names;
  while (auto fields = reader.next()) {
    Origin origin{path.native(), reader.line()};
    if (*fields) {
      sink(record_of(std::move(**fields), names, origin), origin);
    } else {
      sink(tl::unexpected(fields->error()), origin);
    }
  }
}

void send_text(std::string& body, std::int64_t line, const fs::path& path, const RecordSink& sink) {
  Origin origin{path.native(), line};
  if (auto bad = check_text(body, origin.text())) {
    sink(tl::unexpected(*bad), std::move(origin));
  } else if (!is_blank(body)) {
    sink(Json{{"text", std::move(body)}}, std::move(origin));
  }
  body.clear();
}

void read_plain_text(const fs::path& path, const DataConfig& config, const RecordSink& sink) {
  if (config.text_rows == "file") {
    std::string whole = read_text_file(path);
    return send_text(whole, 1, path, sink);
  }
  Lines lines(path);
  std::string line;
  std::string paragraph;
  std::int64_t first = 1;
  while (lines.next(line)) {
    if (config.text_rows == "line") {
      send_text(line, lines.number(), path, sink);
    } else if (is_blank(line)) {
      send_text(paragraph, first, path, sink);
    } else {
      if (paragraph.empty()) first = lines.number();
      if (!paragraph.empty()) paragraph += '\n';
      paragraph += line;
      if (paragraph.size() > kMaxLineBytes) {
        throw DataError("{}:{}: the paragraph is longer than {}, the most that a row may have",
                        path, first, byte_size(kMaxLineBytes));
      }
    }
  }
  send_text(paragraph, first, path, sink);
}

}  // namespace

std::string file_format(const fs::path& path, const DataConfig& config) {
  if (config.dataset_format != "auto") return config.dataset_format;
  const fs::path plain = path.extension() == ".gz" ? path.stem() : path.filename();
  const std::string ending = plain.extension().native();
  if (ending == ".jsonl" || ending == ".ndjson") return "jsonl";
  if (ending == ".json") return "json";
  if (ending == ".csv") return "csv";
  if (ending == ".tsv") return "tsv";
  if (ending == ".txt" || ending == ".text" || ending == ".md") return "text";
  require_file(path);
  throw DataError(
      "{}: the format of a file named so is not known; known endings: .jsonl, .ndjson, "
      ".json, .csv, .tsv, .txt, .text, .md, each also with .gz: rename it or state "
      "dataset_format",
      path);
}

void read_records(const fs::path& path, const DataConfig& config, const RecordSink& sink) {
  const std::string format = file_format(path, config);
  if (format == "jsonl") {
    read_json_lines(path, sink);
  } else if (format == "json") {
    read_json_array(path, sink);
  } else if (format == "csv" || format == "tsv") {
    read_table(path, format == "csv" ? ',' : '\t', config, sink);
  } else {
    read_plain_text(path, config, sink);
  }
}

}  // namespace fettle::data
