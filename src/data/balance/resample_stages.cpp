#include "data/balance/resample_stages.h"

#include <numeric>

#include "base/error.h"
#include "base/file.h"
#include "data/balance/resample.h"
#include "data/balance/seen_rows.h"
#include "data/class_weights.h"

namespace fettle::data {
namespace {

struct ResampleConfig {
  std::string by = "label";
  std::string method = "over";
  std::vector<std::string> strategy = {"auto"};
  std::vector<std::string> parts = {"train"};

  template <class Visitor>
  void fields(Visitor& v) {
    v("by", by,
      {.help =
           "key whose values are balanced; two joined by + are balanced together (label+group)"});
    v("method", method,
      {.choices = {"over", "under"}, .help = "over: repeat rows; under: drop rows"});
    v("strategy", strategy,
      {.help = "auto, minority, majority, not minority, not majority, all; or a ratio for two "
               "classes; or counts as label=500"});
    v("parts", parts, {.help = "parts that are balanced; rows in no part are, too"});
  }
};

struct MixConfig {
  std::string by = "source";
  double temperature = 1;
  std::int64_t cap = 0;
  std::int64_t rows = 0;
  std::vector<std::string> parts = {"train"};

  template <class Visitor>
  void fields(Visitor& v) {
    v("by", by, {.help = "key whose values are mixed: source, task, language, ..."});
    v("temperature", temperature,
      {.min = 1, .help = "1 mixes by size; higher values lift the small ones (mT5: 1/0.3)"});
    v("cap", cap, {.min = 0, .help = "sizes above this count as this; 0: none (T5's K)"});
    v("rows", rows, {.min = 0, .help = "rows of the mixture; 0: as many as there are"});
    v("parts", parts, {.help = "parts that are mixed; rows in no part are, too"});
  }
};

struct WeightsConfig {
  std::string by = "label";
  std::string group_by;
  std::string file;
  std::vector<std::string> parts = {"train"};

  template <class Visitor>
  void fields(Visitor& v) {
    v("by", by, {.help = "key of the class"});
    v("group_by", group_by,
      {.help = "weigh (class, group) cells so that class and group become independent"});
    v("file", file, {.help = "where to write the weights as YAML for a recipe; empty: nowhere"});
    v("parts", parts,
      {.help = "parts whose rows are counted and weighed; rows in no part are, too"});
  }
};

// The value of a key, or of several joined by +.
std::string joint_value(const Record& record, const std::string& keys) {
  std::string out;
  for (std::size_t begin = 0; begin <= keys.size();) {
    const std::size_t end = std::min(keys.find('+', begin), keys.size());
    if (begin > 0) out += '+';
    out += value_of(record, std::string_view(keys).substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

// Rows of the parts that are worked on.
struct Chosen {
  Values values;
  std::vector<std::uint64_t> ordinals;
  std::vector<std::uint32_t> classes;

  [[nodiscard]] std::vector<std::uint64_t> counts() const {
    std::vector<std::uint64_t> counts(values.names().size(), 0);
    for (const std::uint32_t c : classes) ++counts[c];
    return counts;
  }
};

Chosen choose(const Observations& seen, const std::vector<std::string>& parts) {
  Chosen chosen;
  seen.for_each([&](const Observation& one) {
    if (!in_parts(one.part, parts)) return;
    std::string_view bytes = one.bytes;
    chosen.ordinals.push_back(one.ordinal);
    chosen.classes.push_back(chosen.values.number(take_value(bytes)));
  });
  return chosen;
}

using Sink = std::function<void(const Decision&)>;

void repeat_rows(const Chosen& chosen, const std::vector<std::uint64_t>& targets,
                 std::uint64_t seed, const Sink& sink) {
  const auto times = repeats(chosen.classes, targets, seed);
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (times[i] == 1) continue;
    const auto kind = times[i] == 0 ? Decision::Kind::kDrop : Decision::Kind::kRepeat;
    sink({chosen.ordinals[i], kind, times[i], times[i] == 0 ? "not drawn" : "repeated", {}});
  }
}

class Resample final : public SetStage {
 public:
  Resample(const ResampleConfig& config, std::uint64_t seed)
      : config_(config), strategy_(parse_strategy(config.strategy)), seed_(seed) {}

  void observe(const Record& record, std::string& out) const override {
    put_value(joint_value(record, config_.by), out);
  }
  void decide(const Observations& seen, const Sink& sink) override {
    const Chosen chosen = choose(seen, config_.parts);
    if (chosen.ordinals.empty()) return;
    const auto sampling = config_.method == "over" ? Sampling::kOver : Sampling::kUnder;
    repeat_rows(chosen, target_counts(chosen.values.names(), chosen.counts(), sampling, strategy_),
                seed_, sink);
  }

 private:
  ResampleConfig config_;
  Strategy strategy_;
  std::uint64_t seed_;
};

class Mix final : public SetStage {
 public:
  Mix(MixConfig config, std::uint64_t seed) : config_(std::move(config)), seed_(seed) {}

  void observe(const Record& record, std::string& out) const override {
    put_value(joint_value(record, config_.by), out);
  }
  void decide(const Observations& seen, const Sink& sink) override {
    const Chosen chosen = choose(seen, config_.parts);
    if (chosen.ordinals.empty()) return;
    const auto rates = mixture_rates(chosen.counts(), config_.temperature,
                                     static_cast<std::uint64_t>(config_.cap));
    const std::uint64_t total =
        config_.rows == 0 ? chosen.ordinals.size() : static_cast<std::uint64_t>(config_.rows);
    repeat_evenly(chosen, mixture_counts(rates, total), sink);
  }

 private:
  // Whole rounds over a source first, so that no row comes twice more often than another.
  void repeat_evenly(const Chosen& chosen, std::vector<std::uint64_t> targets,
                     const Sink& sink) const {
    const auto counts = chosen.counts();
    std::vector<std::uint64_t> rounds(counts.size(), 0);
    for (std::size_t c = 0; c < counts.size(); ++c) {
      rounds[c] = targets[c] / counts[c];
      targets[c] %= counts[c];
    }
    const auto once_more = repeats(chosen.classes, targets, seed_);
    for (std::size_t i = 0; i < once_more.size(); ++i) {
      const std::uint64_t times = rounds[chosen.classes[i]] + once_more[i];
      if (times == 1) continue;
      const auto kind = times == 0 ? Decision::Kind::kDrop : Decision::Kind::kRepeat;
      sink({chosen.ordinals[i], kind, times, times == 0 ? "not drawn" : "repeated", {}});
    }
  }

  MixConfig config_;
  std::uint64_t seed_;
};

class Weights final : public SetStage {
 public:
  explicit Weights(WeightsConfig config) : config_(std::move(config)) {}

  void observe(const Record& record, std::string& out) const override {
    put_value(value_of(record, config_.by), out);
    if (!config_.group_by.empty()) put_value(value_of(record, config_.group_by), out);
  }

  void decide(const Observations& seen, const Sink& sink) override {
    Values classes;
    Values groups;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> cell_of;
    std::vector<std::uint64_t> ordinals;
    seen.for_each([&](const Observation& one) {
      if (!in_parts(one.part, config_.parts)) return;
      std::string_view bytes = one.bytes;
      const std::uint32_t c = classes.number(take_value(bytes));
      const std::uint32_t g =
          groups.number(config_.group_by.empty() ? std::string_view() : take_value(bytes));
      cell_of.emplace_back(c, g);
      ordinals.push_back(one.ordinal);
    });
    const std::size_t width = groups.names().size();
    std::vector<std::uint64_t> cells(classes.names().size() * width, 0);
    for (const auto& [c, g] : cell_of) ++cells[c * width + g];
    const auto weights = width > 1 ? reweighing(cells, width) : balanced_weights(cells);
    for (std::size_t i = 0; i < ordinals.size(); ++i) {
      const double weight = weights[cell_of[i].first * width + cell_of[i].second];
      sink({ordinals[i], Decision::Kind::kNote, 0, "weight", text("{}", weight)});
    }
    if (!config_.file.empty()) write(classes.names(), groups.names(), weights);
  }

 private:
  // JSON strings are YAML strings: a label may hold anything.
  void write(const std::vector<std::string>& classes, const std::vector<std::string>& groups,
             const std::vector<double>& weights) const {
    std::string out = "class_weights:\n";
    for (std::size_t i = 0; i < weights.size(); ++i) {
      std::string name = classes[i / groups.size()];
      if (groups.size() > 1) name += "+" + groups[i % groups.size()];
      out += text("  {}: {}\n", to_text(Json(name)), weights[i]);
    }
    write_file_atomically(config_.file, out);
  }

  WeightsConfig config_;
};

}  // namespace

std::vector<Option> resample_options() { return options_of<ResampleConfig>(); }
std::vector<Option> mix_options() { return options_of<MixConfig>(); }
std::vector<Option> weights_options() { return options_of<WeightsConfig>(); }

std::unique_ptr<SetStage> make_resample(const Json& options, const Bench& bench) {
  return std::make_unique<Resample>(config_of<ResampleConfig>(options), bench.seed);
}
std::unique_ptr<SetStage> make_mix(const Json& options, const Bench& bench) {
  return std::make_unique<Mix>(config_of<MixConfig>(options), bench.seed);
}
std::unique_ptr<SetStage> make_weights(const Json& options, const Bench&) {
  return std::make_unique<Weights>(config_of<WeightsConfig>(options));
}

}  // namespace fettle::data
