#include "data/augment/local_stages.h"

#include <utility>

#include "base/error.h"
#include "data/augment/augment_stage.h"
#include "data/augment/noise.h"
#include "data/augment/phrasing.h"
#include "data/augment/synonyms.h"

namespace fettle::data {
namespace {

// A made text may equal another one or fail the filter: this many are made for each that is wanted.
constexpr std::int64_t kTries = 3;
constexpr std::uint64_t kNumbersAText = 1U << 16;

struct NoiseConfig : AugmentConfig {
  double rate = 0.03;
  std::vector<std::string> kinds;

  template <class Visitor>
  void fields(Visitor& v) {
    v("rate", rate, {.min = 0, .max = 1, .help = "mistakes a letter (and a word)"});
    v("kinds", kinds,
      {.choices = {"swap", "delete", "insert", "keyboard", "ocr", "word_swap", "word_delete"},
       .help = "kinds of mistakes; empty: all"});
    AugmentConfig::fields(v);
  }
};

struct SynonymsConfig : AugmentConfig {
  double rate = 0.2;
  std::string wordnet_folder;

  template <class Visitor>
  void fields(Visitor& v) {
    v("rate", rate,
      {.min = 0, .max = 1, .help = "share of the replaceable words that is replaced"});
    v("wordnet_folder", wordnet_folder,
      {.help = "folder of WordNet's files; empty: where the system's packages put them"});
    AugmentConfig::fields(v);
  }
};

struct PhrasingsConfig : AugmentConfig {
  std::vector<std::string> templates;

  PhrasingsConfig() {
    text_field = "instruction";
    least_similarity = 0;
    agreement = false;
  }

  template <class Visitor>
  void fields(Visitor& v) {
    v("templates", templates,
      {.help = "texts for text_field with places for the row's fields: \"Translate: {input}\"",
       .required = true});
    AugmentConfig::fields(v);
  }
};

// A stage that looks at one text at a time.
class EachText : public AugmentStage {
 public:
  using AugmentStage::AugmentStage;

 protected:
  [[nodiscard]] virtual std::vector<std::string> make(const std::string& text, const Record& record,
                                                      std::uint64_t from) const = 0;

 private:
  [[nodiscard]] std::vector<std::vector<std::string>> make_all(
      std::span<const Parent> parents) const final {
    std::vector<std::vector<std::string>> made;
    for (const Parent& one : parents) made.push_back(make(one.text, one.record, one.from));
    return made;
  }
};

class NoiseStage final : public EachText {
 public:
  NoiseStage(const NoiseConfig& config, const Bench& bench)
      : EachText("noise", config, bench), options_{config.rate, config.kinds} {}

 private:
  [[nodiscard]] std::vector<std::string> make(const std::string& text, const Record&,
                                              std::uint64_t from) const override {
    std::vector<std::string> made;
    for (std::int64_t i = 0; i < kTries * config().children; ++i, from += kNumbersAText) {
      made.push_back(add_noise(text, options_, random(), from));
    }
    return made;
  }

  NoiseOptions options_;
};

class SynonymsStage final : public EachText {
 public:
  SynonymsStage(const SynonymsConfig& config, const Bench& bench)
      : EachText("synonyms", config, bench), forms_(config.wordnet_folder), rate_(config.rate) {}

 private:
  [[nodiscard]] std::vector<std::string> make(const std::string& text, const Record&,
                                              std::uint64_t from) const override {
    std::vector<std::string> made;
    for (std::int64_t i = 0; i < kTries * config().children; ++i, from += kNumbersAText) {
      made.push_back(replace_synonyms(text, forms_, rate_, random(), from));
    }
    return made;
  }

  WordForms forms_;
  double rate_;
};

class PhrasingsStage final : public EachText {
 public:
  PhrasingsStage(const PhrasingsConfig& config, const Bench& bench)
      : EachText("phrasings", config, bench) {
    for (const std::string& one : config.templates) {
      Result<Phrasing> phrasing = Phrasing::parse(one);
      if (!phrasing) {
        throw UsageError("the template \"{}\", {}", one, phrasing.error().message());
      }
      phrasings_.push_back(std::move(*phrasing));
    }
    if (phrasings_.empty()) throw UsageError("the stage phrasings has no templates");
  }

 private:
  // In an order of the row's own; templates whose fields the row lacks are passed over.
  [[nodiscard]] std::vector<std::string> make(const std::string&, const Record& record,
                                              std::uint64_t from) const override {
    std::vector<std::string> made;
    const std::uint64_t first = random().below(from, phrasings_.size());
    for (std::size_t i = 0; i < phrasings_.size(); ++i) {
      Result<std::string> filled = phrasings_[(first + i) % phrasings_.size()].fill(record.fields);
      if (filled) made.push_back(std::move(*filled));
    }
    return made;
  }

  std::vector<Phrasing> phrasings_;
};

}  // namespace

std::vector<Option> noise_options() { return options_of<NoiseConfig>(); }
std::vector<Option> synonyms_options() { return options_of<SynonymsConfig>(); }
std::vector<Option> phrasings_options() { return options_of<PhrasingsConfig>(); }

std::unique_ptr<RowStage> make_noise(const Json& options, const Bench& bench) {
  return std::make_unique<NoiseStage>(config_of<NoiseConfig>(options), bench);
}
std::unique_ptr<RowStage> make_synonyms(const Json& options, const Bench& bench) {
  return std::make_unique<SynonymsStage>(config_of<SynonymsConfig>(options), bench);
}
std::unique_ptr<RowStage> make_phrasings(const Json& options, const Bench& bench) {
  return std::make_unique<PhrasingsStage>(config_of<PhrasingsConfig>(options), bench);
}

}  // namespace fettle::data
