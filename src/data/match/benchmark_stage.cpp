#include "data/match/benchmark_stage.h"

#include <utility>

#include "base/error.h"
#include "data/match/contamination.h"
#include "data/match/reference_rows.h"

namespace fettle::data {
namespace {

struct BenchmarkConfig {
  std::vector<std::string> benchmarks;
  std::string action = "drop";
  std::int64_t words = 13;
  std::int64_t least_words = 8;
  bool by_length = false;
  std::int64_t margin = 200;
  std::int64_t least_piece = 200;
  std::int64_t most_spans = 10;

  template <class Visitor>
  void fields(Visitor& v) {
    v("benchmarks", benchmarks,
      {.help = "files of evaluation rows, each as path or name=path", .required = true});
    v("action", action,
      {.choices = {"drop", "cut"},
       .help = "drop the row; or cut the span and its margins out of a plain text row (rows of "
               "other forms are dropped)"});
    v("words", words,
      {.min = 1, .max = 1000, .help = "words in a row that a row may not share with an item"});
    v("least_words", least_words,
      {.min = 1,
       .max = 1000,
       .help = "shorter items are looked for whole down to this length; below it, only where they "
               "are all of a row"});
    v("by_length", by_length,
      {.help = "take the 5th percentile of a benchmark's lengths in words instead of `words`, "
               "held between least_words and words"});
    v("margin", margin, {.min = 0, .help = "characters cut on both sides of a span"});
    v("least_piece", least_piece,
      {.min = 0, .help = "pieces that cutting leaves are kept when they have more characters"});
    v("most_spans", most_spans, {.min = 1, .help = "rows with more spans are dropped whole"});
  }
};

class Decontaminate final : public RowStage {
 public:
  explicit Decontaminate(const BenchmarkConfig& config)
      : cut_(config.action == "cut"),
        index_({config.words, config.least_words, config.by_length, config.margin,
                config.least_piece, config.most_spans}) {
    for (const std::string& named : config.benchmarks) {
      const std::size_t sign = named.find('=');
      const bool has_name = sign != std::string::npos;
      const std::string path = has_name ? named.substr(sign + 1) : named;
      std::vector<std::string> items;
      std::vector<Origin>& origins = origins_.emplace_back();
      for (ReferenceRow& row : read_reference_rows(path)) {
        items.push_back(std::move(row.text));
        origins.push_back(std::move(row.origin));
      }
      index_.add(has_name ? named.substr(0, sign) : path, items);
    }
    index_.close();
  }

  [[nodiscard]] Verdict apply(Record& record) const override {
    const std::string words = text_of(record.fields);
    const std::vector<Overlap> overlaps = index_.find(words);
    if (overlaps.empty()) return Verdict::kept();
    const std::string detail = describe(words, overlaps);
    Json* const text = const_cast<Json*>(find(record.fields, "text"));
    const bool plain = form_of(record.fields) == "text" && text != nullptr && text->is_string();
    if (!cut_ || !plain) return Verdict::dropped("overlaps with a benchmark", detail);
    std::optional<std::string> rest = cut_overlaps(words, overlaps, index_.rule());
    if (!rest) return Verdict::dropped("overlaps with a benchmark", detail);
    *text = std::move(*rest);
    return Verdict::changed("overlap with a benchmark cut", detail);
  }

 private:
  // Benchmark, item, span and its beginning.
  [[nodiscard]] std::string describe(const std::string& words,
                                     const std::vector<Overlap>& overlaps) const {
    const Overlap& first = overlaps.front();
    std::size_t shown = first.row.begin + std::min<std::size_t>(first.row.size(), 80);
    while (shown < words.size() && (static_cast<unsigned char>(words[shown]) & 0xc0) == 0x80) {
      ++shown;
    }
    std::string out =
        text("{} item {} ({}): {} words at bytes {} to {}: \"{}\"",
             index_.benchmarks()[first.benchmark].name, first.item + 1,
             origins_[first.benchmark][first.item].text(), first.words, first.row.begin,
             first.row.end, words.substr(first.row.begin, shown - first.row.begin));
    if (overlaps.size() > 1) out += text(" and {} more", overlaps.size() - 1);
    return out;
  }

  bool cut_;
  BenchmarkIndex index_;
  std::vector<std::vector<Origin>> origins_;
};

}  // namespace

std::vector<Option> decontaminate_options() { return options_of<BenchmarkConfig>(); }

std::unique_ptr<RowStage> make_decontaminate(const Json& options, const Bench&) {
  const auto config = config_of<BenchmarkConfig>(options);
  if (config.benchmarks.empty()) {
    throw UsageError("decontaminate has no benchmarks; name files of evaluation rows");
  }
  return std::make_unique<Decontaminate>(config);
}

}  // namespace fettle::data
