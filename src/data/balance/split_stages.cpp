#include "data/balance/split_stages.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "data/balance/partition.h"
#include "data/balance/seen_rows.h"
#include "data/match/union_find.h"
#include "data/time_of.h"

namespace fettle::data {
namespace {

struct SplitConfig {
  std::vector<std::string> parts = {"train", "validation=0.1"};
  std::string stratify_by = "label";
  std::string group_by;
  std::string time_by;
  bool keep_groups = true;

  template <class Visitor>
  void fields(Visitor& v) {
    v("parts", parts,
      {.help = "names with a share (test=0.1) or a count (test=500); one without takes the rest"});
    v("stratify_by", stratify_by,
      {.help = "key whose values stand in each part in proportion; empty: none"});
    v("group_by", group_by, {.help = "key whose equal values never stand in two parts"});
    v("time_by", time_by,
      {.help = "key of a number or a date: the first part takes the earliest rows, the last part "
               "the latest"});
    v("keep_groups", keep_groups,
      {.help = "keep together what near_duplicates grouped (action: group)"});
  }
};

struct FoldsConfig {
  std::int64_t folds = 5;
  std::string stratify_by = "label";
  std::string group_by;
  bool keep_groups = true;

  template <class Visitor>
  void fields(Visitor& v) {
    v("folds", folds, {.min = 2, .max = 1000, .help = "folds, named fold-0, fold-1, ..."});
    v("stratify_by", stratify_by,
      {.help = "key whose values stand in each fold in proportion; empty: none"});
    v("group_by", group_by, {.help = "key whose equal values never stand in two folds"});
    v("keep_groups", keep_groups,
      {.help = "keep together what near_duplicates grouped (action: group)"});
  }
};

struct Keys {
  std::string stratify_by;
  std::string group_by;
  std::string time_by;
  bool keep_groups = true;
};

// What all rows are, by place among those seen.
struct Seen {
  std::vector<std::uint64_t> ordinals;
  std::vector<std::uint32_t> classes;
  std::vector<std::uint32_t> units;
  std::vector<double> times;
};

// Rows are of one unit when they share a value of group_by or a group of an earlier stage, directly
// or through others.
class UnitsOfRows {
 public:
  explicit UnitsOfRows(std::size_t rows) : joined_(rows) {}

  void take(std::uint32_t row, std::string_view group, std::uint64_t cluster) {
    if (!group.empty()) join(row, "g" + std::string(group));
    if (cluster != 0) join(row, "c" + std::to_string(cluster));
  }
  std::vector<std::uint32_t> units() {
    if (first_.empty()) return {};
    std::vector<std::uint32_t> units(joined_.size());
    for (std::uint32_t row = 0; row < units.size(); ++row) units[row] = joined_.root(row);
    return units;
  }

 private:
  void join(std::uint32_t row, std::string name) {
    joined_.join(first_.try_emplace(std::move(name), row).first->second, row);
  }

  UnionFind joined_;
  std::unordered_map<std::string, std::uint32_t> first_;
};

class PartitionStage : public SetStage {
 public:
  PartitionStage(Keys keys, std::uint64_t seed) : keys_(std::move(keys)), seed_(seed) {}

  void observe(const Record& record, std::string& out) const override {
    for (const std::string* const key : {&keys_.stratify_by, &keys_.group_by, &keys_.time_by}) {
      if (!key->empty()) put_value(value_of(record, *key), out);
    }
  }

 protected:
  [[nodiscard]] Seen gather(const Observations& observations) const {
    Seen seen;
    Values classes;
    observations.for_each([&](const Observation& one) { seen.ordinals.push_back(one.ordinal); });
    if (seen.ordinals.size() >= 0xffffffffULL) {
      throw DataError("{} rows are to be split; at most 4,294,967,294 can be",
                      seen.ordinals.size());
    }
    UnitsOfRows units(seen.ordinals.size());
    std::uint32_t row = 0;
    observations.for_each([&](const Observation& one) {
      std::string_view bytes = one.bytes;
      if (!keys_.stratify_by.empty()) seen.classes.push_back(classes.number(take_value(bytes)));
      units.take(row, keys_.group_by.empty() ? std::string_view() : take_value(bytes),
                 keys_.keep_groups ? one.group : 0);
      if (!keys_.time_by.empty()) seen.times.push_back(time_at(take_value(bytes), one.ordinal));
      ++row;
    });
    seen.units = units.units();
    return seen;
  }

  [[nodiscard]] std::uint64_t seed() const { return seed_; }
  [[nodiscard]] const Keys& keys() const { return keys_; }

 private:
  [[nodiscard]] double time_at(std::string_view value, std::uint64_t ordinal) const {
    const double time = time_of(value);
    if (std::isnan(time)) {
      throw DataError(
          "row {}: {} is \"{}\", which is no number and no date like 2024-05-01T12:30:00"
          "Z; name another time_by or drop such rows before",
          ordinal + 1, keys_.time_by, value.substr(0, 40));
    }
    return time;
  }

  Keys keys_;
  std::uint64_t seed_;
};

class SplitStage final : public PartitionStage {
 public:
  SplitStage(const SplitConfig& config, std::uint64_t seed)
      : PartitionStage({config.time_by.empty() ? config.stratify_by : "", config.group_by,
                        config.time_by, config.keep_groups},
                       seed),
        parts_(parse_parts(config.parts)) {}

  void decide(const Observations& observations,
              const std::function<void(const Decision&)>& sink) override {
    const Seen seen = gather(observations);
    const auto counts = part_counts(parts_, seen.ordinals.size());
    const auto parts =
        keys().time_by.empty()
            ? random_parts({seen.ordinals.size(), seen.classes, seen.units}, counts, seed())
            : time_parts(seen.times, seen.units, counts);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (parts[i] == kNoPart) {
        sink({seen.ordinals[i], Decision::Kind::kDrop, 0, "in no part", {}});
      } else {
        sink({seen.ordinals[i], Decision::Kind::kPart, 0, parts_[parts[i]].name, {}});
      }
    }
  }

 private:
  std::vector<PartSize> parts_;
};

class FoldsStage final : public PartitionStage {
 public:
  FoldsStage(const FoldsConfig& config, std::uint64_t seed)
      : PartitionStage({config.stratify_by, config.group_by, {}, config.keep_groups}, seed),
        folds_(config.folds) {}

  void decide(const Observations& observations,
              const std::function<void(const Decision&)>& sink) override {
    const Seen seen = gather(observations);
    const auto folds = folds_of({seen.ordinals.size(), seen.classes, seen.units}, folds_, seed());
    for (std::size_t i = 0; i < folds.size(); ++i) {
      sink({seen.ordinals[i], Decision::Kind::kPart, 0, text("fold-{}", folds[i]), {}});
    }
  }

 private:
  std::int64_t folds_;
};

}  // namespace

std::vector<Option> split_options() { return options_of<SplitConfig>(); }
std::vector<Option> folds_options() { return options_of<FoldsConfig>(); }

std::unique_ptr<SetStage> make_split(const Json& options, const Bench& bench) {
  return std::make_unique<SplitStage>(config_of<SplitConfig>(options), bench.seed);
}

std::unique_ptr<SetStage> make_folds(const Json& options, const Bench& bench) {
  return std::make_unique<FoldsStage>(config_of<FoldsConfig>(options), bench.seed);
}

}  // namespace fettle::data
