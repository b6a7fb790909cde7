#include "data/match/span_stages.h"

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "data/match/spans.h"

namespace fettle::data {
namespace {

constexpr const char* kNote = "shared_spans";

struct SpanConfig {
  std::int64_t bytes = 200;
  double max_share = 0.5;

  template <class Visitor>
  void fields(Visitor& v) {
    v("bytes", bytes,
      {.min = 16, .max = 1 << 20, .help = "spans from this many bytes on are found"});
    v("max_share", max_share,
      {.min = 0,
       .max = 1,
       .help = "a row with more than this share of its bytes in earlier rows is dropped; of others "
               "the spans are noted, and cut by the stage cut_shared_spans"});
  }
};

// Spans merged where they touch, as a note.
std::string note_of(const std::vector<SharedSpan>& spans) {
  std::vector<ByteSpan> merged;
  for (const SharedSpan& span : spans) {
    if (!merged.empty() && span.here.begin <= merged.back().end) {
      merged.back().end = std::max(merged.back().end, span.here.end);
    } else {
      merged.push_back(span.here);
    }
  }
  Json list = Json::array();
  for (const ByteSpan& span : merged) list.push_back({span.begin, span.end});
  return to_text(list);
}

class SharedSpans final : public SetStage {
 public:
  SharedSpans(const SpanConfig& config, const Bench& bench) : config_(config), bench_(bench) {}

  void observe(const Record& record, std::string& out) const override {
    span_print(text_of(record.fields), static_cast<std::size_t>(config_.bytes), out);
  }

  void decide(const Observations& seen, const std::function<void(const Decision&)>& sink) override {
    std::error_code ignored;
    fs::remove_all(bench_.folder, ignored);
    make_folders(bench_.folder);
    const PrintSource source = [&](const PrintVisit& visit) {
      seen.for_each([&](const Observation& one) { visit(one.ordinal, one.bytes); });
    };
    find_shared_spans(source, seen.count(), static_cast<std::size_t>(config_.bytes),
                      {bench_.folder, bench_.memory, bench_.threads},
                      [&](std::uint32_t row, std::uint32_t bytes,
                          const std::vector<SharedSpan>& spans) { tell(row, bytes, spans, sink); });
  }

 private:
  void tell(std::uint32_t row, std::uint32_t bytes, const std::vector<SharedSpan>& spans,
            const std::function<void(const Decision&)>& sink) const {
    const double share = static_cast<double>(covered_bytes(spans)) / static_cast<double>(bytes);
    if (share <= config_.max_share) {
      return sink({row, Decision::Kind::kNote, 0, kNote, note_of(spans)});
    }
    sink({row, Decision::Kind::kDrop, std::uint64_t{spans.front().other} + 1,
          "spans shared with earlier rows",
          text("{:.0f}% of {} bytes; at most {:.0f}%", 100 * share, bytes,
               100 * config_.max_share)});
  }

  SpanConfig config_;
  Bench bench_;
};

class CutSharedSpans final : public RowStage {
 public:
  [[nodiscard]] Verdict apply(Record& record) const override {
    const Json* const note = find(record.notes, kNote);
    if (note == nullptr || !note->is_string()) return Verdict::kept();
    const std::uint64_t cut = cut_noted_spans(record.fields, note->get<std::string>());
    record.notes.erase(kNote);
    if (cut == 0) return Verdict::kept();
    if (text_of(record.fields).find_first_not_of(" \t\r\n") == std::string::npos) {
      return Verdict::dropped("nothing but shared spans", text("{} bytes", cut));
    }
    return Verdict::changed("shared spans cut", text("{} bytes", cut));
  }
};

std::vector<ByteSpan> spans_of(const std::string& note) {
  const auto parsed = parse_json(note, kNote, {.max_depth = 3});
  std::vector<ByteSpan> spans;
  const auto refuse = [&] {
    throw DataError(
        "the note {} is \"{}\"; it should be [[begin, end], ...] in ascending order: "
        "run the stage shared_spans before",
        kNote, note.substr(0, 80));
  };
  if (!parsed || !parsed->is_array()) refuse();
  for (const Json& pair : *parsed) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number_unsigned() ||
        !pair[1].is_number_unsigned()) {
      refuse();
    }
    const auto begin = pair[0].get<std::uint64_t>();
    const auto end = pair[1].get<std::uint64_t>();
    if (end < begin || end > 0xffffffffULL || (!spans.empty() && begin < spans.back().end)) {
      refuse();
    }
    spans.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
  }
  return spans;
}

bool is_inside_character(const std::string& words, std::size_t at) {
  return at < words.size() && (static_cast<unsigned char>(words[at]) & 0xc0) == 0x80;
}

}  // namespace

std::uint64_t cut_noted_spans(Json& fields, const std::string& note) {
  const std::vector<ByteSpan> spans = spans_of(note);
  std::uint64_t cut = 0;
  std::size_t offset = 0;
  for_each_text(fields, [&](std::string& words, TextRole role) {
    if (offset > 0) ++offset;  // text_of() puts a line end between texts
    const std::size_t end = offset + words.size();
    // A part of an argument would be another call.
    if (role == TextRole::kCall) {
      offset = end;
      return;
    }
    for (auto span = spans.rbegin(); span != spans.rend(); ++span) {
      const std::size_t first = std::max<std::size_t>(span->begin, offset);
      const std::size_t last = std::min<std::size_t>(span->end, end);
      if (first >= last || is_inside_character(words, first - offset) ||
          is_inside_character(words, last - offset)) {
        continue;
      }
      words.erase(first - offset, last - first);
      cut += last - first;
    }
    offset = end;
  });
  return cut;
}

std::vector<Option> shared_spans_options() { return options_of<SpanConfig>(); }

std::unique_ptr<SetStage> make_shared_spans(const Json& options, const Bench& bench) {
  return std::make_unique<SharedSpans>(config_of<SpanConfig>(options), bench);
}

std::unique_ptr<RowStage> make_cut_shared_spans(const Json&, const Bench&) {
  return std::make_unique<CutSharedSpans>();
}

}  // namespace fettle::data
