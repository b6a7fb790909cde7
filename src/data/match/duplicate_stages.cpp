#include "data/match/duplicate_stages.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "data/match/duplicates.h"
#include "data/match/print.h"
#include "data/match/reference_rows.h"
#include "data/match/words.h"

namespace fettle::data {
namespace {

struct KeepConfig {
  std::string keep = "first";
  std::string score_key = "score";
  std::string action = "drop";
  std::vector<std::string> guarded_parts;
  std::vector<std::string> against;

  template <class Visitor>
  void fields(Visitor& v) {
    v("keep", keep,
      {.choices = {"first", "longest", "score", "source"},
       .help = "which row of a cluster stays: the first, the longest, the one with the highest "
               "score_key, the one of the source that the recipe lists first"});
    v("score_key", score_key, {.help = "key of the score, in the row's notes or in the row"});
    v("action", action,
      {.choices = {"drop", "group", "note"},
       .help = "drop all but one; or keep all and put them into one group, which no split parts; "
               "or only note the cluster"});
    v("guarded_parts", guarded_parts,
      {.help = "rows of these parts (test, validation) are never dropped; their duplicates are"});
    v("against", against,
      {.help = "files of rows, such as benchmarks, whose duplicates are dropped as well"});
  }
};

struct NearConfig : KeepConfig {
  double threshold = 0.8;
  std::string shingles = "words";
  std::int64_t shingle_size = 5;
  std::int64_t permutations = 128;
  double recall = 0.99;

  template <class Visitor>
  void fields(Visitor& v) {
    v("threshold", threshold,
      {.min = 0,
       .max = 1,
       .above_min = true,
       .help = "rows from this Jaccard similarity of their shingles on are duplicates"});
    v("shingles", shingles, {.choices = {"words", "characters"}, .help = "what a shingle is of"});
    v("shingle_size", shingle_size,
      {.min = 1, .max = 64, .help = "words or characters of a shingle"});
    v("permutations", permutations,
      {.min = 16, .max = 4096, .help = "values of a MinHash signature"});
    v("recall", recall,
      {.min = 0,
       .max = 1,
       .above_min = true,
       .below_max = true,
       .help = "share of the pairs at the threshold that the bands must find; more takes longer"});
    KeepConfig::fields(v);
  }
};

double score_of(const Record& record, const std::string& key) {
  for (const Json* const object : {&record.notes, &record.fields}) {
    const Json* const value = find(*object, key);
    if (value != nullptr && value->is_number()) return value->get<double>();
  }
  return -1e300;
}

// The normal text of a record; each thread keeps the last one, which the next stage asks for too.
const std::string& normal_of(const Record& record) {
  thread_local std::string last;
  thread_local std::string normal;
  std::string text = text_of(record.fields);
  if (text != last) {
    normal = normal_text(text);
    last = std::move(text);
  }
  return normal;
}

class DuplicateStage final : public SetStage {
 public:
  DuplicateStage(Fingerprinter prints, KeepConfig config, const Bench& bench)
      : prints_(std::move(prints)), config_(std::move(config)), bench_(bench) {
    for (const std::string& path : config_.against) {
      for (ReferenceRow& row : read_reference_rows(path)) {
        std::string& print = against_.emplace_back();
        prints_.print(normal_text(row.text), {0, true}, print);
        against_names_.push_back(row.origin.text());
      }
    }
  }

  void observe(const Record& record, std::string& out) const override {
    const std::string& normal = normal_of(record);
    Standing standing;
    if (config_.keep == "longest") standing.rank = static_cast<double>(normal.size());
    if (config_.keep == "score") standing.rank = score_of(record, config_.score_key);
    if (config_.keep == "source") standing.rank = -static_cast<double>(record.source);
    prints_.print(normal, standing, out);
  }

  void decide(const Observations& seen, const std::function<void(const Decision&)>& sink) override {
    std::error_code ignored;
    fs::remove_all(bench_.folder, ignored);
    make_folders(bench_.folder);
    const std::uint64_t rows = seen.count();
    const PrintSource source = [&](const PrintVisit& visit) {
      seen.for_each([&](const Observation& one) { show(one, visit); });
      for (std::size_t i = 0; i < against_.size(); ++i) visit(rows + i, against_[i]);
    };
    find_duplicates(prints_, source, rows + against_.size(),
                    {bench_.folder, bench_.memory, bench_.threads},
                    [&](const ClusterRow& one) { tell(one, rows, sink); });
  }

 private:
  // A row of a guarded part is shown as such.
  void show(const Observation& one, const PrintVisit& visit) const {
    const auto& parts = config_.guarded_parts;
    if (std::find(parts.begin(), parts.end(), one.part) == parts.end()) {
      return visit(one.ordinal, one.bytes);
    }
    std::string print(one.bytes);
    PrintHead head = PrintView(print).head();
    head.guarded = 1;
    print.replace(0, sizeof head, reinterpret_cast<const char*>(&head), sizeof head);
    visit(one.ordinal, print);
  }

  void tell(const ClusterRow& one, std::uint64_t rows,
            const std::function<void(const Decision&)>& sink) const {
    if (one.row >= rows) return;
    if (config_.action == "group") {
      sink({one.row, Decision::Kind::kGroup, std::uint64_t{one.cluster} + 1, "duplicates", {}});
    } else if (config_.action == "note") {
      sink({one.row, Decision::Kind::kNote, 0, "duplicates", std::to_string(one.cluster)});
    } else if (one.dropped) {
      drop(one, rows, sink);
    }
  }

  void drop(const ClusterRow& one, std::uint64_t rows,
            const std::function<void(const Decision&)>& sink) const {
    Decision decision{one.row, Decision::Kind::kDrop, std::uint64_t{one.kept} + 1, {}, {}};
    decision.reason = one.exact ? "exact duplicate" : "near-duplicate";
    if (!one.exact) decision.detail = text("Jaccard {:.3f}", one.similarity);
    if (one.kept >= rows) {
      decision.value = 0;
      decision.reason += " of a row of `against`";
      decision.detail += (decision.detail.empty() ? "" : "; ") + against_names_[one.kept - rows];
    }
    sink(decision);
  }

  Fingerprinter prints_;
  KeepConfig config_;
  Bench bench_;
  std::vector<std::string> against_;  // prints
  std::vector<std::string> against_names_;
};

}  // namespace

std::vector<Option> exact_options() { return options_of<KeepConfig>(); }
std::vector<Option> near_options() { return options_of<NearConfig>(); }

std::unique_ptr<SetStage> make_exact_duplicates(const Json& options, const Bench& bench) {
  return std::make_unique<DuplicateStage>(Fingerprinter::exact(), config_of<KeepConfig>(options),
                                          bench);
}

std::unique_ptr<SetStage> make_near_duplicates(const Json& options, const Bench& bench) {
  const auto config = config_of<NearConfig>(options);
  NearOptions near;
  near.shingling = {config.shingles == "characters", config.shingle_size};
  near.threshold = config.threshold;
  near.permutations = static_cast<int>(config.permutations);
  near.recall = config.recall;
  return std::make_unique<DuplicateStage>(Fingerprinter(near, bench.seed), config, bench);
}

}  // namespace fettle::data
