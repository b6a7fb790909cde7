#include "data/augment/model_stages.h"

#include <memory>
#include <utility>

#include "base/error.h"
#include "data/augment/augment_stage.h"
#include "data/augment/chat_client.h"

namespace fettle::data {
namespace {

struct ModelConfig : AugmentConfig {
  std::string address;
  std::string model;
  std::string key_variable = "OPENAI_API_KEY";
  double temperature = 0.7;
  std::int64_t answer_tokens = 512;
  std::int64_t max_requests = 1000;
  std::int64_t max_tokens = 1'000'000;
  std::int64_t retries = 5;
  double timeout = 60;
  std::string cache;

  template <class Visitor>
  void fields(Visitor& v) {
    v("address", address,
      {.help = "OpenAI-compatible address (https://example.com/v1); empty: fettle's own model, "
               "where there "
               "is one"});
    v("model", model, {.help = "name of the model at the address"});
    v("key_variable", key_variable,
      {.help = "environment variable of the key; the key itself is never written"});
    v("temperature", temperature, {.min = 0, .max = 2, .help = "sampling temperature"});
    v("answer_tokens", answer_tokens, {.min = 1, .help = "tokens of an answer, at most"});
    v("max_requests", max_requests,
      {.min = 1, .help = "requests of a run, at most; then rows get no more children"});
    v("max_tokens", max_tokens,
      {.min = 1, .help = "tokens of a run, at most, as the server counts"});
    v("retries", retries, {.min = 0, .max = 20, .help = "attempts after a failed one"});
    v("timeout", timeout, {.min = 0, .above_min = true, .help = "seconds a request"});
    v("cache", cache, {.help = "folder of answers: the same request is paid for once"});
    AugmentConfig::fields(v);
  }
};

struct BackTranslationConfig : ModelConfig {
  std::vector<std::string> languages = {"German", "French"};
  std::string language = "English";

  template <class Visitor>
  void fields(Visitor& v) {
    v("languages", languages, {.help = "languages to go through, one a child"});
    v("language", language, {.help = "language of the rows"});
    ModelConfig::fields(v);
  }
};

std::shared_ptr<ChatClient> client_of(const ModelConfig& config) {
  if (config.address.empty()) return nullptr;
  ChatClientOptions options;
  options.address = config.address;
  options.model = config.model;
  options.key_variable = config.key_variable;
  options.temperature = config.temperature;
  options.answer_tokens = config.answer_tokens;
  options.max_requests = config.max_requests;
  options.max_tokens = config.max_tokens;
  options.retries = config.retries;
  options.timeout = config.timeout;
  options.cache = config.cache;
  return std::make_shared<ChatClient>(std::move(options));
}

class Paraphrase final : public AugmentStage {
 public:
  Paraphrase(const ModelConfig& config, const Bench& bench)
      : AugmentStage("paraphrase", config, bench),
        client_(client_of(config)),
        model_(bench.models->paraphrase) {
    if (!client_ && !model_) {
      throw UsageError(
          "the stage paraphrase has no model: name an address, or a model of fettle's");
    }
  }

 private:
  // A text whose request fails has fewer children.
  [[nodiscard]] std::vector<std::string> make(const std::string& text, const Record&,
                                              std::uint64_t) const override {
    if (!client_) return model_(text, static_cast<int>(config().children));
    std::vector<std::string> made;
    for (std::int64_t i = 0; i < config().children; ++i) {
      auto answer = client_->ask(
          "Say the following text in other words. Keep its meaning, language and tone. Answer with "
          "the new text alone.\n\n" +
              text,
          static_cast<std::uint64_t>(i));
      if (answer) made.push_back(std::move(*answer));
    }
    return made;
  }

  std::shared_ptr<ChatClient> client_;
  std::function<std::vector<std::string>(std::string_view, int)> model_;
};

class BackTranslation final : public AugmentStage {
 public:
  BackTranslation(const BackTranslationConfig& config, const Bench& bench)
      : AugmentStage("back_translation", config, bench),
        client_(client_of(config)),
        languages_(config.languages),
        language_(config.language) {
    if (!client_) throw UsageError("the stage back_translation has no model: name an address");
    if (languages_.empty()) throw UsageError("the stage back_translation has no languages");
  }

 private:
  [[nodiscard]] Result<std::string> translate(const std::string& text, const std::string& from,
                                              const std::string& into) const {
    return client_->ask("Translate the following text from " + from + " into " + into +
                            ". Answer with the translation alone.\n\n" + text,
                        0);
  }

  [[nodiscard]] std::vector<std::string> make(const std::string& text, const Record&,
                                              std::uint64_t) const override {
    std::vector<std::string> made;
    for (const std::string& other : languages_) {
      const auto there = translate(text, language_, other);
      if (!there) continue;
      auto back = translate(*there, other, language_);
      if (back) made.push_back(std::move(*back));
    }
    return made;
  }

  std::shared_ptr<ChatClient> client_;
  std::vector<std::string> languages_;
  std::string language_;
};

}  // namespace

std::vector<Option> paraphrase_options() { return options_of<ModelConfig>(); }
std::vector<Option> back_translation_options() { return options_of<BackTranslationConfig>(); }

std::unique_ptr<RowStage> make_paraphrase(const Json& options, const Bench& bench) {
  return std::make_unique<Paraphrase>(config_of<ModelConfig>(options), bench);
}
std::unique_ptr<RowStage> make_back_translation(const Json& options, const Bench& bench) {
  return std::make_unique<BackTranslation>(config_of<BackTranslationConfig>(options), bench);
}

}  // namespace fettle::data
