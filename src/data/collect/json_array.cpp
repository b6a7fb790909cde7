// JSON files of any size: an array of rows, an object that holds it under a key, or JSON Lines
// under another ending.
#include <algorithm>
#include <utility>

#include "base/format.h"
#include "base/json.h"
#include "data/collect/fast_json.h"
#include "data/collect/json_scan.h"
#include "data/collect/readers.h"

namespace fettle::data::collect {
namespace {

constexpr std::size_t kLookBytes = std::size_t{1} << 16;
constexpr std::int64_t kArrayMode = 2;  // and how many objects are open around the array

// Steps through the start of the file until the array of rows is found.
class Finder {
 public:
  Finder(Window& window, const SourceConfig& config) : window_(window), config_(config) {}

  // Leaves the window behind the '[' and says how many objects are open around it. Throws
  // DataError when there is no array of rows.
  int find_rows() {
    for (int depth = 0;; ++depth) {
      const char c = peek();
      if (c == '[') {
        window_.consume(1);
        return depth;
      }
      if (c != '{') refuse("holds no array of rows");
      window_.consume(1);
      enter_member();
    }
  }

 private:
  char peek() {
    while (true) {
      const std::string_view view = window_.fill(kLookBytes);
      if (view.empty()) return '\0';
      const std::size_t at = skip_space(view, 0);
      window_.consume(at);
      if (at < view.size()) return view[at];
    }
  }

  // Behind the colon of the member that may hold the rows.
  void enter_member() {
    while (peek() == '"') {
      const std::string key = read_key();
      if (peek() != ':') refuse(text("the key \"{}\" has no value", key.substr(0, 64)));
      window_.consume(1);
      const char c = peek();
      if (is_wanted(key) && (c == '[' || c == '{')) return;
      skip_value();
      if (peek() == ',') window_.consume(1);
    }
    refuse(text("is an object without an array of rows under {}",
                config_.rows_key.empty() ? std::string("\"data\" or \"rows\"")
                                         : "\"" + config_.rows_key + "\""));
  }

  bool is_wanted(std::string_view key) const {
    if (!config_.rows_key.empty()) return key == config_.rows_key;
    return key == "data" || key == "rows";
  }

  std::string read_key() {
    const std::string_view view = window_.fill(kLookBytes);
    for (std::size_t at = 1; at < view.size(); ++at) {
      if (view[at] == '\\') {
        ++at;
      } else if (view[at] == '"') {
        Result<Json> key = parse_json(view.substr(0, at + 1), window_.name());
        if (!key) refuse(key.error().what);
        window_.consume(at + 1);
        return key->get<std::string>();
      }
    }
    refuse("a key is never closed or too long");
  }

  void skip_value() {
    ValueScanner scanner;
    while (true) {
      const std::string_view view = window_.fill(kLookBytes);
      std::size_t at = 0;
      const bool stopped = scanner.scan(view, at);
      window_.consume(at);
      if (stopped) return;
      if (view.empty()) refuse("ends within a value; it is cut off");
    }
  }

  [[noreturn]] void refuse(const std::string& why) const {
    throw DataError(
        "{}: {}; an array of rows was expected, or an object with the array under \"data\" or "
        "\"rows\" (another key: rows_key), or JSON Lines",
        window_.name(), why);
  }

  Window& window_;
  const SourceConfig& config_;
};

class ArrayReader : public PartReader {
 public:
  ArrayReader(Window window, int format, const SourceConfig& config, std::int64_t elements,
              int depth)
      : window_(std::move(window)),
        format_(format),
        max_bytes_(static_cast<std::size_t>(config.max_row_bytes)),
        elements_(elements),
        depth_(depth) {}

  bool fill(PieceBuilder& out, std::int64_t limit, std::int64_t& rows) override {
    for (std::size_t want = kPieceBytes;; want = std::min(2 * want, max_bytes_ + 2)) {
      const std::string_view view = window_.fill(want);
      const Cut cut = cut_elements(view, limit);
      if (cut.elements > 0 || cut.closed) {
        if (cut.elements > 0) {
          out.add({format_, window_.name(), {}, elements_ + 1, view.substr(0, cut.end)});
        }
        rows = cut.elements;
        elements_ += cut.elements;
        window_.consume(cut.next);
        return !(cut.closed && close());
      }
      if (window_.ended()) refuse_cut_off();
      if (want < max_bytes_ + 2) continue;
      rows = 1;
      out.add_problem(window_.name(), ++elements_, too_long(max_bytes_));
      return !(skip_element() && close());
    }
  }

  Place place() const override { return {window_.offset(), elements_, kArrayMode + depth_}; }

 private:
  struct Cut {
    std::size_t end = 0;   // of the last whole element
    std::size_t next = 0;  // behind its comma or the closing bracket
    std::int64_t elements = 0;
    bool closed = false;
  };

  Cut cut_elements(std::string_view view, std::int64_t limit) const {
    Cut cut;
    ValueScanner scanner;
    for (std::size_t at = 0; cut.elements < limit;) {
      const std::size_t begin = at;
      if (!scanner.scan(view, at)) break;
      cut.closed = view[at] != ',';
      // "[]" has no element; elsewhere an empty one is a bad row.
      if (cut.closed && cut.elements == 0 && elements_ == 0 && skip_space(view, begin) == at) {
        cut.next = at + 1;
        break;
      }
      ++cut.elements;
      cut.end = at;
      cut.next = ++at;
      if (cut.closed) break;
    }
    return cut;
  }

  // True when the array ends behind the element.
  bool skip_element() {
    ValueScanner scanner;
    while (true) {
      const std::string_view view = window_.fill(kLookBytes);
      if (view.empty()) refuse_cut_off();
      std::size_t at = 0;
      if (scanner.scan(view, at)) {
        const bool closed = view[at] != ',';
        window_.consume(at + 1);
        return closed;
      }
      window_.consume(at);
    }
  }

  // Reads on to the end of the file: what is open around the array is closed, and no text follows.
  bool close() {
    ValueScanner scanner;
    for (int open = depth_;;) {
      const std::string_view view = window_.fill(kLookBytes);
      if (view.empty() && open == 0) return true;
      if (view.empty()) {
        throw DataError("{}: ends before its last bracket: the file is cut off; fetch it again",
                        window_.name());
      }
      std::size_t at = skip_space(view, 0);
      if (open > 0 && scanner.scan(view, at)) {
        if (view[at++] != ',') --open;
      } else if (open == 0 && at < view.size()) {
        throw DataError("{}: text follows the array of rows; one value a file is read",
                        window_.name());
      }
      window_.consume(at);
    }
  }

  [[noreturn]] void refuse_cut_off() const {
    throw DataError("{}: the array of rows ends within row {}: the file is cut off; fetch it again",
                    window_.name(), elements_ + 1);
  }

  Window window_;
  int format_;
  std::size_t max_bytes_;
  std::int64_t elements_;
  int depth_;
};

// Whether the file holds one object a line: its first line is a whole one, and more follows.
bool is_json_lines(Window& window, std::size_t max_bytes) {
  for (std::size_t want = kLookBytes;; want = std::min(2 * want, max_bytes)) {
    const std::string_view view = window.fill(want);
    const std::size_t begin = skip_space(view, 0);
    if (begin == view.size() || view[begin] != '{') return false;
    const std::size_t end = view.find('\n', begin);
    if (end != std::string_view::npos) {
      if (!parse_json(view.substr(begin, end - begin), "").has_value()) return false;
      return skip_space(view, end) < view.size() || !window.ended();
    }
    if (window.ended() || want >= max_bytes) return false;
  }
}

}  // namespace

std::unique_ptr<PartReader> open_json(Part part, const SourceConfig& config, const Place& from) {
  Window window = window_at(std::move(part.bytes), from);
  if (from.at_start()) {
    if (is_json_lines(window, static_cast<std::size_t>(config.max_row_bytes))) {
      return read_lines(std::move(window), format_named("jsonl"), config, 0);
    }
    const int depth = Finder(window, config).find_rows();
    return std::make_unique<ArrayReader>(std::move(window), part.format, config, 0, depth);
  }
  if (from.mode == kLinesMode) {
    return read_lines(std::move(window), format_named("jsonl"), config, from.line);
  }
  return std::make_unique<ArrayReader>(std::move(window), part.format, config, from.line,
                                       static_cast<int>(from.mode - kArrayMode));
}

void parse_json_elements(const Frame& frame, const SourceConfig& config, const RecordSink& sink) {
  Origin origin{std::string(frame.name), frame.line};
  const auto max_bytes = static_cast<std::size_t>(config.max_row_bytes);
  for (std::size_t at = 0;; ++origin.line) {
    ValueScanner scanner;
    std::size_t begin = at;
    const bool more = scanner.scan(frame.data, at);
    begin = skip_space(frame.data.substr(0, at), begin);
    const std::string_view element = frame.data.substr(begin, at - begin);
    if (element.size() > max_bytes) {
      sink(problem(origin.text(), too_long(max_bytes)), origin);
    } else {
      sink(parse_padded(element, origin), origin);
    }
    if (!more) return;
    ++at;
  }
}

}  // namespace fettle::data::collect
