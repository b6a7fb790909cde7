// What the models of a prepare recipe would be asked: counted on a sample, without asking them.
#pragma once

#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "app/prepare_models.h"

namespace fettle::app {

class ModelPlan {
 public:
  explicit ModelPlan(const recipe::PrepareRecipe& recipe);

  // Count and know nothing (data::Models::counting), for as long as this lives.
  [[nodiscard]] data::Models functions();

  // {"local": {"perplexity": {"texts", "tokens"}, ...}, "server": {...}}: what was asked. The local
  // model is loaded and timed on the first texts.
  [[nodiscard]] Json json() const;
  // The same for people, a line each; empty when nothing was asked.
  [[nodiscard]] std::string text_lines() const;

 private:
  struct Asked {
    std::int64_t texts = 0;
    std::int64_t tokens = 0;      // read; a server's are guessed from bytes
    std::int64_t new_tokens = 0;  // written, at most
  };

  void count(Asked& asked, const std::string& words, std::int64_t new_tokens);
  [[nodiscard]] double seconds_per_token() const;

  bool has_local_;
  bool has_server_;
  LocalModelConfig local_;
  ServerConfig server_;
  model::TextSide text_;
  std::mutex mutex_;
  Asked perplexity_;
  Asked vectors_;
  Asked classes_;
  Asked answers_;
  std::vector<std::string> first_;  // texts to time the model with
};

}  // namespace fettle::app
