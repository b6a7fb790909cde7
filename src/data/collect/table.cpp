// CSV and TSV: frames that end with a record, each with the header's line.
#include <algorithm>
#include <unordered_set>
#include <utility>

#include "base/format.h"
#include "data/collect/readers.h"
#include "data/csv.h"

namespace fettle::data::collect {
namespace {

// Finds the ends of records as CsvReader reads them, so that a cut never falls into a quoted field.
class RecordEnds {
 public:
  explicit RecordEnds(char separator) : separator_(separator) {}

  // Behind the next record's end; 0 when it does not end in the view.
  std::size_t next(std::string_view view, std::size_t at, bool ended, std::int64_t& lines) {
    State state = State::kStart;
    for (; at < view.size(); ++at) {
      if (state == State::kQuoted) {
        const std::size_t quote = std::min(view.find('"', at), view.size());
        lines += std::count(view.begin() + static_cast<std::ptrdiff_t>(at),
                            view.begin() + static_cast<std::ptrdiff_t>(quote), '\n');
        at = quote;
        state = State::kQuoteEnd;
        continue;
      }
      const char c = view[at];
      if (c == '\n' || c == '\r') {
        // Whether LF follows a CR is not known at the edge.
        if (c == '\r' && at + 1 == view.size() && !ended) return 0;
        ++lines;
        return at + (c == '\r' && at + 1 < view.size() && view[at + 1] == '\n' ? 2 : 1);
      } else {
        state = after(state, c);
      }
    }
    return ended ? view.size() : 0;
  }

 private:
  enum class State { kStart, kBare, kQuoted, kQuoteEnd, kSkip };

  State after(State state, char c) const {
    if (state == State::kSkip) return state;
    if (state == State::kQuoteEnd && c == '"') return State::kQuoted;
    if (c == separator_) return State::kStart;
    if (state == State::kQuoteEnd) return State::kSkip;
    if (c == '"') return state == State::kStart ? State::kQuoted : State::kSkip;
    return State::kBare;
  }

  char separator_;
};

std::vector<std::string> names_of(const Frame& frame, const SourceConfig& config, char separator) {
  if (!config.column_names.empty()) return config.column_names;
  CsvReader reader(frame.header, std::string(frame.name), 1, separator);
  auto header = reader.next();
  if (!header) return {};
  const Origin origin{std::string(frame.name), 1};
  if (!*header) throw DataError("{}", header->error().message());
  std::vector<std::string> names = std::move(**header);
  std::unordered_set<std::string> seen;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (auto bad = check_encoding(names[i], origin)) throw DataError("{}", bad->message());
    if (names[i].empty()) names[i] = text("column {}", i + 1);
    if (seen.insert(names[i]).second) continue;
    throw DataError(
        "{}: the column \"{}\" stands twice in the header; rename one, or give column_names if the "
        "file has no header",
        origin.text(), names[i].substr(0, 64));
  }
  return names;
}

class TableReader : public PartReader {
 public:
  TableReader(Part part, const SourceConfig& config, const Place& from, char separator)
      : window_(std::move(part.bytes), 0),
        format_(part.format),
        max_bytes_(static_cast<std::size_t>(config.max_row_bytes)),
        ends_(separator) {
    if (config.column_names.empty()) header_ = take_record();
    static_cast<void>(names_of({format_, window_.name(), header_, 1, {}}, config, separator));
    if (from.at_start()) return;
    // The header was read again; the rows before the place were not.
    if (from.offset < window_.offset() || !window_.skip(from.offset - window_.offset())) {
      throw DataError("{}: is another file than when the run began; start the run anew",
                      window_.name());
    }
    lines_ = from.line;
  }

  bool fill(PieceBuilder& out, std::int64_t limit, std::int64_t& rows) override {
    for (std::size_t want = kPieceBytes;; want = std::min(2 * want, max_bytes_ + 2)) {
      const std::string_view view = window_.fill(want);
      if (view.empty()) return false;
      std::size_t cut = 0;
      std::int64_t lines = lines_;
      while (rows < limit && cut < view.size()) {
        std::int64_t passed = lines;
        const std::size_t end = ends_.next(view, cut, window_.ended(), passed);
        if (end == 0) break;
        if (view[cut] != '\n' && view[cut] != '\r') ++rows;
        cut = end;
        lines = passed;
      }
      if (cut > 0) {
        out.add({format_, window_.name(), header_, lines_ + 1, view.substr(0, cut)});
        window_.consume(cut);
        lines_ = lines;
        return true;
      }
      if (want >= max_bytes_ + 2) refuse_long();
    }
  }

  Place place() const override { return {window_.offset(), lines_, 0}; }

 private:
  // The first record that is not blank, without consuming what follows.
  std::string take_record() {
    for (std::size_t want = std::size_t{1} << 16;; want *= 2) {
      const std::string_view view = window_.fill(want);
      std::size_t begin = view.find_first_not_of("\r\n");
      if (begin == std::string_view::npos) begin = view.size();
      std::int64_t lines = 0;
      const std::size_t end = ends_.next(view, begin, window_.ended(), lines);
      if (end > 0 || window_.ended()) {
        lines_ += lines + std::count(view.begin(), view.begin() + static_cast<long>(begin), '\n');
        std::string record(view.substr(begin, end - begin));
        window_.consume(std::max(begin, end));
        return record;
      }
      if (want >= max_bytes_) refuse_long();
    }
  }

  [[noreturn]] void refuse_long() const {
    throw DataError(
        "{}:{}: the record is longer than {}, the most that a row may have; look for a quote that "
        "is never closed",
        window_.name(), lines_ + 1, byte_size(max_bytes_));
  }

  Window window_;
  int format_;
  std::size_t max_bytes_;
  RecordEnds ends_;
  std::string header_;
  std::int64_t lines_ = 0;
};

Result<Json> record_of(std::vector<std::string>& fields, const std::vector<std::string>& names,
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
  members.reserve(names.size());
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (auto bad = check_encoding(fields[i], origin)) {
      bad->what = text("column \"{}\": {}", names[i], bad->what);
      return tl::unexpected(*bad);
    }
    members.emplace_back(names[i], std::move(fields[i]));
  }
  return record;
}

void parse_table(const Frame& frame, const SourceConfig& config, const RecordSink& sink,
                 char separator) {
  const std::vector<std::string> names = names_of(frame, config, separator);
  CsvReader reader(frame.data, std::string(frame.name), frame.line, separator);
  while (auto fields = reader.next()) {
    const Origin origin{std::string(frame.name), reader.line()};
    if (*fields) {
      sink(record_of(**fields, names, origin), origin);
    } else {
      sink(tl::unexpected(fields->error()), origin);
    }
  }
}

}  // namespace

std::unique_ptr<PartReader> open_csv(Part part, const SourceConfig& config, const Place& from) {
  return std::make_unique<TableReader>(std::move(part), config, from, ',');
}
std::unique_ptr<PartReader> open_tsv(Part part, const SourceConfig& config, const Place& from) {
  return std::make_unique<TableReader>(std::move(part), config, from, '\t');
}
void parse_csv(const Frame& frame, const SourceConfig& config, const RecordSink& sink) {
  parse_table(frame, config, sink, ',');
}
void parse_tsv(const Frame& frame, const SourceConfig& config, const RecordSink& sink) {
  parse_table(frame, config, sink, '\t');
}

}  // namespace fettle::data::collect
