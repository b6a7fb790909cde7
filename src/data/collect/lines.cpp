// JSON Lines, and text by lines: frames that end with a line.
#include <algorithm>
#include <limits>

#include "base/format.h"
#include "data/collect/fast_json.h"
#include "data/collect/readers.h"
#include "data/text_file.h"

namespace fettle::data::collect {
namespace {

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
}

// Where to cut `view` behind a line so that `limit` rows are before it; 0 when no line ends in it.
std::size_t cut_lines(std::string_view view, bool ended, std::int64_t limit, std::int64_t& rows) {
  if (limit == std::numeric_limits<std::int64_t>::max()) {
    rows = 1;  // not counted where nothing is limited
    return ended ? view.size() : view.rfind('\n') + 1;
  }
  std::size_t at = 0;
  while (rows < limit && at < view.size()) {
    const std::size_t end = view.find('\n', at);
    if (end == std::string_view::npos && !ended) break;
    const std::size_t next = end == std::string_view::npos ? view.size() : end + 1;
    rows += is_blank(view.substr(at, next - at)) ? 0 : 1;
    at = next;
  }
  return at;
}

// The same for paragraphs: behind the blank line that ends one.
std::size_t cut_paragraphs(std::string_view view, bool ended, std::int64_t limit,
                           std::int64_t& rows) {
  std::size_t cut = 0;
  bool open = false;
  for (std::size_t at = 0; rows < limit && at < view.size();) {
    const std::size_t end = view.find('\n', at);
    if (end == std::string_view::npos && !ended) break;
    const std::size_t next = end == std::string_view::npos ? view.size() : end + 1;
    const bool blank = is_blank(view.substr(at, next - at));
    at = next;
    if (blank && open) ++rows;
    if (blank) cut = at;
    open = !blank;
  }
  if (!ended || rows >= limit) return cut;
  rows += open ? 1 : 0;
  return view.size();
}

using Cut = std::size_t(std::string_view, bool, std::int64_t, std::int64_t&);

class LineReader : public PartReader {
 public:
  LineReader(Window window, int format, Cut* cut, const SourceConfig& config, std::int64_t lines)
      : window_(std::move(window)),
        format_(format),
        cut_(cut),
        max_bytes_(static_cast<std::size_t>(config.max_row_bytes)),
        lines_(lines) {}

  bool fill(PieceBuilder& out, std::int64_t limit, std::int64_t& rows) override {
    for (std::size_t want = kPieceBytes;; want = std::min(2 * want, max_bytes_ + 2)) {
      const std::string_view view = window_.fill(want);
      if (view.empty()) return false;
      const std::size_t cut = cut_(view, window_.ended(), limit, rows);
      if (cut > 0) {
        out.add({format_, window_.name(), {}, lines_ + 1, view.substr(0, cut)});
        lines_ += std::count(view.begin(), view.begin() + static_cast<std::ptrdiff_t>(cut), '\n');
        window_.consume(cut);
        return true;
      }
      if (want < max_bytes_ + 2) continue;
      out.add_problem(window_.name(), lines_ + 1, too_long(max_bytes_));
      rows = 1;
      ++lines_;
      return window_.skip_line();
    }
  }

  Place place() const override { return {window_.offset(), lines_, kLinesMode}; }

 private:
  Window window_;
  int format_;
  Cut* cut_;
  std::size_t max_bytes_;
  std::int64_t lines_;
};

template <class Each>
void for_each_line(const Frame& frame, const SourceConfig& config, const RecordSink& sink,
                   const Each& each) {
  Origin origin{std::string(frame.name), frame.line - 1};
  for (std::size_t at = 0; at < frame.data.size();) {
    std::size_t end = frame.data.find('\n', at);
    if (end == std::string_view::npos) end = frame.data.size();
    std::string_view line = frame.data.substr(at, end - at);
    at = end + 1;
    ++origin.line;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (is_blank(line)) continue;
    if (line.size() > static_cast<std::size_t>(config.max_row_bytes)) {
      sink(problem(origin.text(), too_long(static_cast<std::size_t>(config.max_row_bytes))),
           origin);
    } else {
      each(line, origin);
    }
  }
}

}  // namespace

std::string too_long(std::size_t max_bytes) {
  return text(
      "the row is longer than {}, the most that it may have; cut it up, or raise "
      "max_row_bytes",
      byte_size(max_bytes));
}

std::unique_ptr<PartReader> read_lines(Window window, int format, const SourceConfig& config,
                                       std::int64_t lines) {
  return std::make_unique<LineReader>(std::move(window), format, cut_lines, config, lines);
}

std::unique_ptr<PartReader> open_lines(Part part, const SourceConfig& config, const Place& from) {
  return read_lines(window_at(std::move(part.bytes), from), part.format, config, from.line);
}

void parse_json_lines(const Frame& frame, const SourceConfig& config, const RecordSink& sink) {
  for_each_line(frame, config, sink, [&](std::string_view line, const Origin& origin) {
    sink(parse_padded(line, origin), origin);
  });
}

std::unique_ptr<PartReader> open_paragraphs(Part part, const SourceConfig& config,
                                            const Place& from) {
  return std::make_unique<LineReader>(window_at(std::move(part.bytes), from), part.format,
                                      cut_paragraphs, config, from.line);
}

void parse_text_lines(const Frame& frame, const SourceConfig& config, const RecordSink& sink) {
  for_each_line(frame, config, sink, [&](std::string_view line, const Origin& origin) {
    if (auto bad = check_encoding(line, origin)) return sink(tl::unexpected(*bad), origin);
    sink(Json{{"text", line}}, origin);
  });
}

void parse_paragraphs(const Frame& frame, const SourceConfig& config, const RecordSink& sink) {
  std::string body;
  Origin origin{std::string(frame.name), 0};
  std::int64_t last = 0;
  const auto send = [&] {
    if (body.empty()) return;
    const Origin at = origin;
    if (auto bad = check_encoding(body, at)) {
      sink(tl::unexpected(*bad), at);
    } else {
      sink(Json{{"text", std::move(body)}}, at);
    }
    body.clear();
  };
  for_each_line(frame, config, sink, [&](std::string_view line, const Origin& at) {
    if (at.line != last + 1) send();  // blank lines are left out, so a gap ends the paragraph
    if (body.empty()) origin = at;
    if (!body.empty()) body += '\n';
    body += line;
    last = at.line;
  });
  send();
}

Window window_at(std::unique_ptr<Bytes> bytes, const Place& from) {
  if (!bytes->skip(from.offset)) {
    throw DataError("{}: is shorter than when the run began; start the run anew", bytes->name());
  }
  return {std::move(bytes), from.offset};
}

std::optional<Problem> check_encoding(std::string_view bytes, const Origin& origin) {
  auto bad = check_text(bytes, origin.text());
  if (bad && bytes.find('\0') == std::string_view::npos) {
    bad->what += ", or state its `encoding` (latin1, windows-1252, ...)";
  } else if (bad) {
    bad->what += ", or state the `encoding` if the file is UTF-16";
  }
  return bad;
}

}  // namespace fettle::data::collect
