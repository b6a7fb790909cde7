#include "data/prepare/stages.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <unordered_map>

#include "base/error.h"
#include "base/hash.h"
#include "base/random.h"
#include "data/prepare/packed_rows.h"

namespace fettle::data::prepare {
namespace {

class DropEmpty final : public RowStage {
 public:
  Verdict apply(Record& record) const override {
    const Json& fields = record.fields;
    const std::string_view form = form_of(fields);
    if (form == "image" || form == "audio" || size_of(fields).characters > 0) {
      return Verdict::kept();
    }
    // Lists and objects of other shapes than messages may hold anything.
    for (const Json& value : fields) {
      if (value.is_structured() && !value.empty()) return Verdict::kept();
    }
    return Verdict::dropped("empty");
  }
};

// A text's words in lower case (ASCII) with one space between: what equality goes by.
std::string normal_text(const Json& fields) {
  std::string out;
  bool space = false;
  for (const char c : text_of(fields)) {
    if (c == ' ' || (c >= '\t' && c <= '\r')) {
      space = !out.empty();
      continue;
    }
    if (space) out += ' ';
    space = false;
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

// Memory: about 60 bytes a row that is kept.
class ExactDuplicates final : public SetStage {
 public:
  void observe(const Record& record, std::string& out) const override {
    std::string words = normal_text(record.fields);
    // Without a text, the whole row is what it says.
    words += words.empty() ? to_text(record.fields) : "\n" + label_of(record.fields);
    out += xxh3_128(std::string_view(words));
  }
  void decide(const Observations& seen, const std::function<void(const Decision&)>& sink) override {
    std::unordered_map<std::string, std::uint64_t> first;
    seen.for_each([&](const Observation& one) {
      const auto [at, fresh] = first.try_emplace(std::string(one.bytes), one.ordinal);
      if (!fresh) sink({one.ordinal, Decision::Kind::kDrop, at->second + 1, "exact duplicate", {}});
    });
  }
};

struct SplitConfig {
  std::vector<std::string> parts = {"train", "validation=0.05"};

  template <class Visitor>
  void fields(Visitor& v) {
    v("parts", parts,
      {.help = "names with a share (test=0.1) or a count (test=500); one without takes the rest"});
  }
};

// Rows in the order of a seeded permutation; each part takes its share from the front.
class Split final : public SetStage {
 public:
  Split(const SplitConfig& config, std::uint64_t seed) : seed_(seed) {
    for (const std::string& part : config.parts) read(part);
    const auto rest =
        std::count_if(parts_.begin(), parts_.end(), [](const Part& part) { return part.size < 0; });
    if (rest != 1) {
      throw UsageError("split: {} of the parts have no share or count; exactly one takes the rest",
                       rest);
    }
  }
  void observe(const Record&, std::string&) const override {}
  void decide(const Observations& seen, const std::function<void(const Decision&)>& sink) override {
    std::vector<std::uint64_t> rows;
    seen.for_each([&](const Observation& one) { rows.push_back(one.ordinal); });
    if (rows.empty()) return;
    const Permutation place(rows.size(), seed_, "split");
    std::uint64_t next = 0;
    std::string rest;
    for (const Part& part : parts_) {
      if (part.size < 0) {
        rest = part.name;
        continue;
      }
      const std::uint64_t count = count_of(part, rows.size());
      for (std::uint64_t i = 0; i < count && next < rows.size(); ++i) {
        sink({rows[place(next++)], Decision::Kind::kPart, 0, part.name, {}});
      }
    }
    while (next < rows.size()) sink({rows[place(next++)], Decision::Kind::kPart, 0, rest, {}});
  }

 private:
  struct Part {
    std::string name;
    double size = -1;
  };

  static std::uint64_t count_of(const Part& part, std::size_t rows) {
    const double exact = part.size < 1 ? part.size * static_cast<double>(rows) : part.size;
    return static_cast<std::uint64_t>(std::llround(exact));
  }

  void read(const std::string& words) {
    const std::size_t equals = words.find('=');
    Part part{words.substr(0, equals), -1};
    if (equals != std::string::npos) {
      const char* const end = words.data() + words.size();
      const auto parsed = std::from_chars(words.data() + equals + 1, end, part.size);
      const bool whole = part.size < 1 || part.size == std::floor(part.size);
      if (parsed.ptr != end || parsed.ec != std::errc() || !(part.size >= 0) || !whole ||
          part.size > 1e15) {
        throw UsageError("split: \"{}\" is no part; write a share as test=0.1, a count as test=500",
                         words);
      }
    }
    parts_.push_back(std::move(part));
  }

  std::uint64_t seed_;
  std::vector<Part> parts_;
};

constexpr std::array kRowStages = {
    RowStageRow{"drop_empty", "drops rows without any text", "", options_of<NoOptions>,
                [](const Json&, const Bench&) -> std::unique_ptr<RowStage> {
                  return std::make_unique<DropEmpty>();
                }},
};

constexpr std::array kSetStages = {
    SetStageRow{"exact_duplicates", "keeps the first of rows with equal words and label", "",
                options_of<NoOptions>,
                [](const Json&, const Bench&) -> std::unique_ptr<SetStage> {
                  return std::make_unique<ExactDuplicates>();
                }},
    SetStageRow{"split", "gives each row a part, at random", "", options_of<SplitConfig>,
                [](const Json& options, const Bench& bench) -> std::unique_ptr<SetStage> {
                  return std::make_unique<Split>(config_of<SplitConfig>(options), bench.seed);
                }},
};

}  // namespace

std::span<const RowStageRow> own_row_stages() { return kRowStages; }
std::span<const SetStageRow> own_set_stages() { return kSetStages; }

}  // namespace fettle::data::prepare
