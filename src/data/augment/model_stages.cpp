#include "data/augment/model_stages.h"

#include <memory>
#include <utility>

#include "base/error.h"
#include "data/augment/augment_stage.h"

namespace fettle::data {
namespace {

struct BackTranslationConfig : AugmentConfig {
  std::vector<std::string> languages = {"German", "French"};
  std::string language = "English";

  template <class Visitor>
  void fields(Visitor& v) {
    v("languages", languages, {.help = "languages to go through, one a child"});
    v("language", language, {.help = "language of the rows"});
    AugmentConfig::fields(v);
  }
};

// A stage whose texts a model writes.
class WrittenTexts : public AugmentStage {
 public:
  WrittenTexts(std::string method, const AugmentConfig& config, const Bench& bench)
      : AugmentStage(method, config, bench), answer_(bench.models->answer) {
    if (!answer_) {
      throw UsageError("the stage {} has no model that writes: name models.server or models.local",
                       method);
    }
  }
  [[nodiscard]] std::size_t at_once() const final { return kRowsAtOnce; }

 protected:
  [[nodiscard]] std::vector<Result<std::string>> ask(const std::vector<Question>& questions) const {
    return questions.empty() ? std::vector<Result<std::string>>() : answer_(questions);
  }

 private:
  std::function<std::vector<Result<std::string>>(std::span<const Question>)> answer_;
};

class Paraphrase final : public WrittenTexts {
 public:
  Paraphrase(const AugmentConfig& config, const Bench& bench)
      : WrittenTexts("paraphrase", config, bench) {}

 private:
  // A text whose question has no answer has fewer children.
  [[nodiscard]] std::vector<std::vector<std::string>> make_all(
      std::span<const Parent> parents) const override {
    std::vector<Question> questions;
    for (const Parent& parent : parents) {
      for (std::int64_t i = 0; i < config().children; ++i) {
        questions.push_back(
            {"Say the following text in other words. Keep its meaning, language and tone. Answer "
             "with the new text alone.\n\n" +
                 parent.text,
             static_cast<std::uint64_t>(i)});
      }
    }
    auto answers = ask(questions);
    std::vector<std::vector<std::string>> made(parents.size());
    for (std::size_t i = 0; i < answers.size(); ++i) {
      const std::size_t parent = i / static_cast<std::size_t>(config().children);
      if (answers[i]) made[parent].push_back(std::move(*answers[i]));
    }
    return made;
  }
};

class BackTranslation final : public WrittenTexts {
 public:
  BackTranslation(const BackTranslationConfig& config, const Bench& bench)
      : WrittenTexts("back_translation", config, bench),
        languages_(config.languages),
        language_(config.language) {
    if (languages_.empty()) throw UsageError("the stage back_translation has no languages");
  }

 private:
  [[nodiscard]] static Question translation(const std::string& text, const std::string& from,
                                            const std::string& into) {
    return {"Translate the following text from " + from + " into " + into +
                ". Answer with the translation alone.\n\n" + text,
            0};
  }

  [[nodiscard]] std::vector<std::vector<std::string>> make_all(
      std::span<const Parent> parents) const override {
    std::vector<Question> there;
    for (const Parent& parent : parents) {
      for (const std::string& other : languages_) {
        there.push_back(translation(parent.text, language_, other));
      }
    }
    const auto foreign = ask(there);
    std::vector<Question> back;
    std::vector<std::size_t> parent_of;
    for (std::size_t i = 0; i < foreign.size(); ++i) {
      if (!foreign[i]) continue;
      back.push_back(translation(*foreign[i], languages_[i % languages_.size()], language_));
      parent_of.push_back(i / languages_.size());
    }
    auto answers = ask(back);
    std::vector<std::vector<std::string>> made(parents.size());
    for (std::size_t i = 0; i < answers.size(); ++i) {
      if (answers[i]) made[parent_of[i]].push_back(std::move(*answers[i]));
    }
    return made;
  }

  std::vector<std::string> languages_;
  std::string language_;
};

}  // namespace

std::vector<Option> paraphrase_options() { return options_of<AugmentConfig>(); }
std::vector<Option> back_translation_options() { return options_of<BackTranslationConfig>(); }

std::unique_ptr<RowStage> make_paraphrase(const Json& options, const Bench& bench) {
  return std::make_unique<Paraphrase>(config_of<AugmentConfig>(options), bench);
}

std::unique_ptr<RowStage> make_back_translation(const Json& options, const Bench& bench) {
  return std::make_unique<BackTranslation>(config_of<BackTranslationConfig>(options), bench);
}

}  // namespace fettle::data
