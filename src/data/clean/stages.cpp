#include "data/clean/stages.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/format.h"
#include "data/clean/answers.h"
#include "data/clean/language.h"
#include "data/clean/lines.h"
#include "data/clean/measures.h"
#include "data/clean/personal.h"
#include "data/clean/quality.h"
#include "data/clean/repair.h"

namespace fettle::data {
namespace {

using namespace clean;

template <class Config>
class Stage : public RowStage {
 public:
  using Apply = Verdict (*)(Record& record, const Config& config);
  Stage(Config config, Apply rule) : config_(std::move(config)), apply_(rule) {}
  [[nodiscard]] Verdict apply(Record& record) const override { return apply_(record, config_); }

 private:
  Config config_;
  Apply apply_;
};

template <class Config, Verdict (*kApply)(Record&, const Config&)>
std::unique_ptr<RowStage> make(const Json& options, const Bench&) {
  return std::make_unique<Stage<Config>>(config_of<Config>(options), kApply);
}

// The texts of the last row that a thread looked at: the next rule asks for the same ones, and
// comparing costs far less than cutting them into words again.
class LastRow {
 public:
  [[nodiscard]] const std::string& text_of(const Record& record) {
    if (!is_of(record)) {
      text_ = data::text_of(record.fields);
      cut_ = false;
    }
    return text_;
  }
  [[nodiscard]] const Document& document_of(const Record& record) {
    const std::string& text = text_of(record);
    if (!cut_) document_.read(text);
    cut_ = true;
    return document_;
  }

 private:
  // Is text_ what data::text_of() would give?
  [[nodiscard]] bool is_of(const Record& record) const {
    std::size_t at = 0;
    bool same = true;
    for_each_text(record.fields, [&](const std::string& words, TextRole) {
      const std::string_view rest = std::string_view(text_).substr(std::min(at, text_.size()));
      const std::size_t gap = at > 0 ? 1 : 0;
      same = same && rest.size() >= gap && (gap == 0 || rest.front() == '\n') &&
             rest.substr(gap).starts_with(words);
      at += gap + words.size();
    });
    return same && at == text_.size();
  }

  std::string text_;
  Document document_;
  bool cut_ = false;
};

LastRow& last_row() {
  thread_local LastRow row;
  return row;
}

template <class Config, Verdict (*kCheck)(const Document&, const Config&)>
Verdict measured(Record& record, const Config& config) {
  return kCheck(last_row().document_of(record), config);
}

Verdict repaired(Record& record, const RepairConfig& config) {
  Repairs all;
  for_each_text(record.fields, [&](std::string& text, TextRole) {
    for (const std::string_view what : repair(text, config)) {
      if (std::find(all.begin(), all.end(), what) == all.end()) all.push_back(what);
    }
  });
  return all.empty() ? Verdict::kept() : Verdict::changed("text repaired", join(all, ", "));
}

// Rules that remove lines change plain text; what people and models say to each other they leave.
template <class Config, Verdict (*kRule)(std::string&, const Config&)>
Verdict over_lines(Record& record, const Config& config) {
  Verdict result = Verdict::kept();
  for_each_text(record.fields, [&](std::string& text, TextRole role) {
    if (role != TextRole::kText || result.kind == Verdict::Kind::kDropped) return;
    Verdict verdict = kRule(text, config);
    if (verdict.kind != Verdict::Kind::kKept) result = std::move(verdict);
  });
  return result;
}

bool among(const std::vector<std::string>& codes, std::string_view code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

Verdict in_language(Record& record, const LanguageConfig& config) {
  const Language found = language_of(last_row().text_of(record));
  record.notes["language"] = found.code;
  record.notes["language_share"] = found.share;
  if (config.only_reliable && !found.reliable) {
    return Verdict::dropped("language not reliable", found.code);
  }
  const std::string detail = text("{}, {:.0f}% of the text", found.code, 100 * found.share);
  if (among(config.drop, found.code)) return Verdict::dropped("language " + found.code, detail);
  if (config.keep.empty()) return Verdict::kept();
  if (!among(config.keep, found.code)) return Verdict::dropped("language " + found.code, detail);
  if (found.share < config.min_share) return Verdict::dropped("mixed languages", detail);
  return Verdict::kept();
}

Verdict answered(Record& record, const AnswerConfig& config) {
  return check_answers(record, config);
}

Verdict in_schema(Record& record, const LabelConfig& config) {
  return check_schema(record, config);
}

class PerplexityStage : public RowStage {
 public:
  PerplexityStage(PerplexityConfig config, const Models& models)
      : config_(std::move(config)), models_(models) {}

  [[nodiscard]] Verdict apply(Record& record) const override {
    Verdict verdict;
    apply_all({&record, 1}, [&](std::size_t, Verdict given) { verdict = std::move(given); });
    return verdict;
  }
  [[nodiscard]] std::size_t at_once() const override { return kRowsAtOnce; }
  void apply_all(std::span<Record> records,
                 const std::function<void(std::size_t, Verdict)>& tell) const override {
    std::vector<std::string> texts;
    for (const Record& record : records) texts.push_back(text_of(record.fields));
    const std::vector<double> values = models_.perplexity(texts);
    for (std::size_t i = 0; i < records.size(); ++i) {
      tell(i,
           models_.counting ? Verdict::kept() : check_perplexity(records[i], values[i], config_));
    }
  }

 private:
  PerplexityConfig config_;
  const Models& models_;
};

std::unique_ptr<RowStage> make_perplexity(const Json& options, const Bench& bench) {
  if (bench.models == nullptr || !bench.models->perplexity) {
    throw UsageError("the stage \"perplexity\" needs a model, and the recipe names none");
  }
  return std::make_unique<PerplexityStage>(config_of<PerplexityConfig>(options), *bench.models);
}

#define FETTLE_STAGE(config, ...) &options_of<config>, &make<config, __VA_ARGS__>
const std::array kStages = {
    RowStageRow{"repair", "mojibake, broken characters, entities, controls, NFC, white space",
                "ftfy (Speer 2019); Unicode Standard Annex 15",
                FETTLE_STAGE(RepairConfig, repaired)},
    RowStageRow{"boilerplate", "removes lines of web pages that are no text",
                "Raffel et al. 2020; Penedo et al. 2023, appendix G.2",
                FETTLE_STAGE(LinesConfig, over_lines<LinesConfig, remove_boilerplate>)},
    RowStageRow{"language", "notes the language; keeps or drops by it", "CLD2 (Sites 2013)",
                FETTLE_STAGE(LanguageConfig, in_language)},
    RowStageRow{"length", "bounds on characters and words", "",
                FETTLE_STAGE(LengthConfig, measured<LengthConfig, check_length>)},
    RowStageRow{"symbols", "bounds on symbols, digits, capitals and stop words", "",
                FETTLE_STAGE(SymbolConfig, measured<SymbolConfig, check_symbols>)},
    RowStageRow{"gopher_quality", "word counts and lengths, symbols, bullets, stop words",
                "Rae et al. 2021, A1.1",
                FETTLE_STAGE(GopherConfig, measured<GopherConfig, gopher_quality>)},
    RowStageRow{"gopher_repetition", "repeated lines, paragraphs and n-grams",
                "Rae et al. 2021, table A1",
                FETTLE_STAGE(RepetitionConfig, measured<RepetitionConfig, gopher_repetition>)},
    RowStageRow{"c4", "keeps lines that are sentences; drops code, lorem ipsum, bad words",
                "Raffel et al. 2020, section 2.2",
                FETTLE_STAGE(C4Config, over_lines<C4Config, c4_quality>)},
    RowStageRow{"fineweb", "line ends, short and repeated lines, lists",
                "Penedo et al. 2024, section 3.6",
                FETTLE_STAGE(FineWebConfig, measured<FineWebConfig, fineweb_quality>)},
    RowStageRow{"perplexity", "bounds and buckets of a model's perplexity",
                "Wenzek et al. 2020, section 5.2", &options_of<PerplexityConfig>, &make_perplexity,
                Need::kLikelihood},
    RowStageRow{"answers", "drops empty, truncated and refused answers", "",
                FETTLE_STAGE(AnswerConfig, answered)},
    RowStageRow{"schema", "drops rows without required keys or with unknown labels", "",
                FETTLE_STAGE(LabelConfig, in_schema)},
    RowStageRow{"personal_data", "finds personal data and masks, removes or replaces it",
                "the numbers' own specifications: docs/data-cleaning.md",
                &options_of<PersonalConfig>, &make_personal},
};
#undef FETTLE_STAGE

}  // namespace

std::span<const RowStageRow> clean_stages() { return kStages; }

}  // namespace fettle::data
