// What is done to records. Two kinds: a row stage looks at one record at a time; a set stage needs
// to have seen all of them (duplicates, balance, splits). Both are made from a row of a table
// {name, help, source, options, make}; the recipe's options are checked against the row's list
// before make() is called.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "data/option.h"
#include "data/record.h"

namespace fettle::data {

// What a stage did to a record, and why. `reason` is a short phrase that counts are kept by ("too
// few words"); `detail` is this record's own ("3 words; at least 50").
struct Verdict {
  enum class Kind { kKept, kChanged, kDropped };
  Kind kind = Kind::kKept;
  std::string reason = {};
  std::string detail = {};

  [[nodiscard]] static Verdict kept() { return {}; }
  [[nodiscard]] static Verdict changed(std::string reason, std::string detail = {}) {
    return {Kind::kChanged, std::move(reason), std::move(detail)};
  }
  [[nodiscard]] static Verdict dropped(std::string reason, std::string detail = {}) {
    return {Kind::kDropped, std::move(reason), std::move(detail)};
  }
};

// What a model is asked to answer; another seed may bring another answer.
struct Question {
  std::string prompt;
  std::uint64_t seed = 0;
};

// Label and probability of each class, likeliest first.
using Classes = std::vector<std::pair<std::string, double>>;

// What stages that need a model are handed from above; each is empty where there is none, and
// make() then throws UsageError. All are thread-safe, take any number of inputs at once and give
// one output for each, the same for the same inputs in the same order. They throw when the model
// or its server fails.
struct Models {
  // exp of the mean of -ln p over a text's tokens but the first; NaN where there is no other.
  std::function<std::vector<double>(std::span<const std::string>)> perplexity;
  // A Problem where a question is too long or refused.
  std::function<std::vector<Result<std::string>>(std::span<const Question>)> answer;
  // Of one length.
  std::function<std::vector<std::vector<float>>(std::span<const std::string>)> vectors;
  std::function<std::vector<Classes>(std::span<const std::string>)> classify;
  // The functions count what they are asked and know nothing: stages keep their rows.
  bool counting = false;
};

// What of Models a stage cannot do without: the perplexity, or answers.
enum class Need { kNothing, kLikelihood, kAnswers };

// Rows that a stage with a model takes at once: a model computes them together.
inline constexpr std::size_t kRowsAtOnce = 32;

// What a stage may use while it lives.
struct Bench {
  const Models* models = nullptr;                   // never null when make() is called
  std::uint64_t seed = 0;                           // base/random.h; streams are named by stage
  std::filesystem::path folder;                     // a set stage's own folder for spilled files
  std::uint64_t memory = std::uint64_t{256} << 20;  // bytes that a set stage may hold
  int threads = 1;
};

class RowStage {
 public:
  virtual ~RowStage() = default;
  // Thread-safe; the same record gives the same verdict. A dropped record may be left half-changed.
  [[nodiscard]] virtual Verdict apply(Record& record) const = 0;
  // Thread-safe: new records made from a kept one (augmentation), put behind it. The engine sets
  // their origin and notes.parent.
  virtual void expand(const Record& record, std::vector<Record>& children) const {
    (void)record;
    (void)children;
  }

  // A stage with a model works on several records together: neighbours of one piece, in groups that
  // do not depend on threads or interruptions. `tell` takes a record's place among `records` and
  // what apply() or expand() say of it, in order.
  [[nodiscard]] virtual std::size_t at_once() const { return 1; }
  virtual void apply_all(std::span<Record> records,
                         const std::function<void(std::size_t, Verdict)>& tell) const {
    for (std::size_t i = 0; i < records.size(); ++i) tell(i, apply(records[i]));
  }
  virtual void expand_all(std::span<const Record> records,
                          const std::function<void(std::size_t, std::vector<Record>)>& tell) const {
    for (std::size_t i = 0; i < records.size(); ++i) {
      std::vector<Record> children;
      expand(records[i], children);
      if (!children.empty()) tell(i, std::move(children));
    }
  }
};

// One record's observation, as the stage wrote it.
struct Observation {
  std::uint64_t ordinal = 0;  // place among the records of the pass, from 0 without gaps
  std::string_view bytes;
  std::uint64_t group = 0;  // what earlier stages said: Decision::kGroup, kPart
  std::string_view part = {};
};

// All observations in the order of their ordinals, read from disk as often as asked. Records that
// an earlier stage dropped are left out.
class Observations {
 public:
  virtual ~Observations() = default;
  [[nodiscard]] virtual std::uint64_t count()
      const = 0;  // of records in the pass, dropped included
  virtual void for_each(const std::function<void(const Observation&)>& visit) const = 0;
};

// What a set stage says of a record. Records that it does not speak of are kept as they are.
struct Decision {
  enum class Kind {
    kDrop,    // value: 1 + the ordinal of the record that stands for this one; 0: none does
    kRepeat,  // value: how often the record is written (2: twice); 0 is kDrop
    kPart,    // reason: the split that it belongs to ("train", "validation", "test", "fold-3")
    kGroup,   // value: records of one group never stand on both sides of a split
    kNote,    // reason: key of notes; detail: its value
  };
  std::uint64_t ordinal = 0;
  Kind kind = Kind::kDrop;
  std::uint64_t value = 0;
  std::string reason = {};
  std::string detail = {};
};

class SetStage {
 public:
  virtual ~SetStage() = default;
  // Thread-safe and pure: appends to `out` what decide() must know of the record (hashes, a
  // signature, a label). The engine keeps it on disk and survives a kill with it. The record's
  // ordinal is not the one of decide().
  virtual void observe(const Record& record, std::string& out) const = 0;
  // Called once after the last record. Holds at most Bench::memory and spills to Bench::folder,
  // whose earlier content it removes. Decisions in any order.
  virtual void decide(const Observations& seen,
                      const std::function<void(const Decision&)>& sink) = 0;
};

struct RowStageRow {
  std::string_view name;
  std::string_view help;
  std::string_view source;           // paper or specification; empty where there is none
  std::vector<Option> (*options)();  // options_of<Config>
  std::unique_ptr<RowStage> (*make)(const Json& options, const Bench& bench);
  Need need = Need::kNothing;
};

struct SetStageRow {
  std::string_view name;
  std::string_view help;
  std::string_view source;
  std::vector<Option> (*options)();
  std::unique_ptr<SetStage> (*make)(const Json& options, const Bench& bench);
};

// Each list in its own room file:
//   std::span<const RowStageRow> clean_stages();   data/clean/stages.h
//   std::span<const SetStageRow> match_stages();   data/match/stages.h
//   std::span<const SetStageRow> balance_stages(); data/balance/stages.h (splits too)
//   std::span<const RowStageRow> augment_stages(); data/augment/stages.h

}  // namespace fettle::data
