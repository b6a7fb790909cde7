#include "data/match/spans.h"

#include <algorithm>
#include <cstring>
#include <list>

#include "base/error.h"
#include "data/match/sorter.h"

namespace fettle::data {
namespace {

constexpr std::size_t kMarkBytes = 12;
// Monotonous text meets itself everywhere: after so many times a row's bytes, places that are
// covered already are not compared again.
constexpr std::uint64_t kMostCompared = 64;
constexpr std::size_t kCachedTexts = 16;
constexpr std::size_t kCachedBytes = std::size_t{64} << 20;

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
  if (bytes.size() < at + 4) throw InternalError("a row's marks were cut off");
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + at, 4);
  return value;
}

std::string_view text_of_print(std::string_view print) {
  const std::size_t begin = 4 + kMarkBytes * std::size_t{number_at(print, 0)};
  if (print.size() < begin) throw InternalError("a row's marks were cut off");
  return print.substr(begin);
}

// Sixteen bytes: the hash in halves, so that nothing is padded.
struct MarkOfRow {
  std::uint32_t high = 0;
  std::uint32_t low = 0;
  std::uint32_t row = 0;
  std::uint32_t at = 0;
  auto operator<=>(const MarkOfRow&) const = default;
  [[nodiscard]] bool meets(const MarkOfRow& other) const {
    return high == other.high && low == other.low;
  }
};

// A place that an earlier row seems to hold too.
struct Meeting {
  std::uint32_t row = 0;
  std::uint32_t at = 0;
  std::uint32_t other = 0;
  std::uint32_t there = 0;
  auto operator<=>(const Meeting&) const = default;
};

// The texts last read: rows that share one source ask for it again and again.
class TextCache {
 public:
  explicit TextCache(const TextStore& store) : store_(store) {}

  const std::string& get(std::uint32_t row) {
    for (auto at = held_.begin(); at != held_.end(); ++at) {
      if (at->first != row) continue;
      held_.splice(held_.begin(), held_, at);
      return held_.front().second;
    }
    held_.emplace_front(row, std::string());
    store_.get(row, held_.front().second);
    bytes_ += held_.front().second.size();
    while (held_.size() > 2 && (held_.size() > kCachedTexts || bytes_ > kCachedBytes)) {
      bytes_ -= held_.back().second.size();
      held_.pop_back();
    }
    return held_.front().second;
  }

 private:
  const TextStore& store_;
  std::list<std::pair<std::uint32_t, std::string>> held_;
  std::size_t bytes_ = 0;
};

bool inside_character(std::string_view text, std::size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
}

// The longest common span through both places, cut to whole code points.
SharedSpan extend(std::string_view here, std::string_view other, const Meeting& meeting) {
  std::size_t begin = meeting.at;
  std::size_t there = meeting.there;
  while (begin > 0 && there > 0 && here[begin - 1] == other[there - 1]) --begin, --there;
  std::size_t end = meeting.at;
  const std::size_t shift = meeting.there - std::size_t{meeting.at};  // modulo 2^64
  while (end < here.size() && end + shift < other.size() && here[end] == other[end + shift]) ++end;
  while (begin < end && inside_character(here, begin)) ++begin;
  while (end > begin && inside_character(here, end)) --end;
  return {{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)},
          meeting.other,
          static_cast<std::uint32_t>(begin + shift)};
}

class SpanSearch {
 public:
  SpanSearch(const PrintSource& source, std::uint64_t rows, std::size_t bytes,
             const SearchBench& bench)
      : source_(source),
        bytes_(bytes),
        bench_(bench),
        meetings_(bench.folder, "meetings", bench.memory / 4),
        wanted_(static_cast<std::size_t>(rows), false),
        texts_(bench.folder / "texts") {}

  template <class Sink>
  void run(const Sink& sink) {
    meet();
    keep_texts();
    TextCache cache(texts_);
    std::string here;
    std::vector<SharedSpan> spans;
    std::uint32_t row = 0;
    const auto tell = [&] {
      if (!spans.empty()) sink(row, static_cast<std::uint32_t>(here.size()), spans);
      spans.clear();
    };
    bool first = true;
    meetings_.for_each([&](const Meeting& meeting) {
      if (first || meeting.row != row) {
        tell();
        row = meeting.row;
        texts_.get(row, here);
        compared_ = 0;
        first = false;
      }
      follow(meeting, here, cache, spans);
    });
    tell();
  }

 private:
  void meet() {
    Sorter<MarkOfRow> marks(bench_.folder, "marks", bench_.memory / 4 * 3);
    source_([&](std::uint64_t row, std::string_view print) {
      static_cast<void>(text_of_print(print));
      for (std::size_t i = 0; i < number_at(print, 0); ++i) {
        const std::size_t at = 4 + kMarkBytes * i;
        marks.add({number_at(print, at + 4), number_at(print, at), static_cast<std::uint32_t>(row),
                   number_at(print, at + 8)});
      }
    });
    std::vector<MarkOfRow> leaders;  // the first mark of each of the first rows of a group
    marks.for_each([&](const MarkOfRow& mark) {
      if (!leaders.empty() && !leaders.front().meets(mark)) leaders.clear();
      for (const MarkOfRow& leader : leaders) {
        if (leader.row != mark.row) add(mark, leader);
      }
      const bool fresh = leaders.empty() || leaders.back().row != mark.row;
      if (fresh && leaders.size() < kOthers) leaders.push_back(mark);
    });
  }

  void add(const MarkOfRow& mark, const MarkOfRow& leader) {
    meetings_.add({mark.row, mark.at, leader.row, leader.at});
    wanted_[mark.row] = true;
    wanted_[leader.row] = true;
  }

  void keep_texts() {
    std::size_t next = 0;
    source_([&](std::uint64_t row, std::string_view print) {
      for (; next < row; ++next) texts_.add({});
      texts_.add(wanted_[next++] ? text_of_print(print) : std::string_view());
    });
    for (; next < wanted_.size(); ++next) texts_.add({});
    texts_.close();
  }

  void follow(const Meeting& meeting, const std::string& here, TextCache& cache,
              std::vector<SharedSpan>& spans) {
    const bool much = compared_ > kMostCompared * here.size();
    for (auto span = spans.rbegin(); span != spans.rend(); ++span) {
      const bool same_shift = span->other == meeting.other &&
                              span->there - span->here.begin == meeting.there - meeting.at;
      const bool inside = span->here.begin <= meeting.at && meeting.at < span->here.end;
      if (inside && (same_shift || much)) return;
    }
    const SharedSpan span = extend(here, cache.get(meeting.other), meeting);
    compared_ += span.here.size();
    if (span.here.size() >= bytes_) spans.push_back(span);
  }

  const PrintSource& source_;
  std::size_t bytes_;
  SearchBench bench_;
  Sorter<Meeting> meetings_;
  std::vector<bool> wanted_;
  TextStore texts_;
  std::uint64_t compared_ = 0;  // bytes of the row at hand
};

}  // namespace

void find_shared_spans(
    const PrintSource& source, std::uint64_t rows, std::size_t bytes, const SearchBench& bench,
    const std::function<void(std::uint32_t, std::uint32_t, const std::vector<SharedSpan>&)>& sink) {
  if (bytes < 16) throw UsageError("shared spans of {} bytes are asked for; from 16 on", bytes);
  if (rows >= 0xffffffffULL) {
    throw DataError("{} rows are searched for shared spans; at most 4,294,967,294 can be", rows);
  }
  SpanSearch(source, rows, bytes, bench)
      .run([&](std::uint32_t row, std::uint32_t row_bytes, std::vector<SharedSpan>& spans) {
        std::sort(spans.begin(), spans.end(), [](const SharedSpan& a, const SharedSpan& b) {
          return a.here.begin != b.here.begin ? a.here.begin < b.here.begin
                                              : a.here.end > b.here.end;
        });
        sink(row, row_bytes, spans);
      });
}

std::uint64_t covered_bytes(const std::vector<SharedSpan>& spans) {
  std::uint64_t covered = 0;
  std::uint32_t end = 0;
  for (const SharedSpan& span : spans) {
    const std::uint32_t begin = std::max(span.here.begin, end);
    if (span.here.end > begin) covered += span.here.end - begin;
    end = std::max(end, span.here.end);
  }
  return covered;
}

}  // namespace fettle::data
