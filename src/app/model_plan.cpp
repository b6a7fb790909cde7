#include "app/model_plan.h"

#include <algorithm>
#include <chrono>
#include <limits>

namespace fettle::app {
namespace {

// Of English in the vocabularies that servers use.
constexpr std::size_t kBytesPerToken = 4;

}  // namespace

ModelPlan::ModelPlan(const recipe::PrepareRecipe& recipe)
    : has_local_(!recipe.local.is_null()), has_server_(!recipe.server.is_null()) {
  if (has_server_) server_ = data::config_of<ServerConfig>(recipe.server);
  if (!has_local_) return;
  local_ = data::config_of<LocalModelConfig>(recipe.local);
  text_ = model::open_text_side(
      resolve_model(local_.model_name_or_path, local_.adapter_name_or_path).base,
      local_.chat_template);
}

void ModelPlan::count(Asked& asked, const std::string& words, std::int64_t new_tokens) {
  auto tokens = static_cast<std::int64_t>((words.size() + kBytesPerToken - 1) / kBytesPerToken);
  if (text_.tokenizer) tokens = std::ssize(text_.tokenizer->encode(words, false).ids);
  const std::lock_guard lock(mutex_);
  ++asked.texts;
  asked.tokens += tokens;
  asked.new_tokens += new_tokens;
  if (has_local_ && first_.size() < data::kRowsAtOnce) first_.push_back(words);
}

data::Models ModelPlan::functions() {
  using Texts = std::span<const std::string>;
  data::Models models;
  models.counting = true;
  if (has_local_) {
    models.perplexity = [this](Texts texts) {
      for (const std::string& words : texts) count(perplexity_, words, 0);
      return std::vector<double>(texts.size(), std::numeric_limits<double>::quiet_NaN());
    };
    models.vectors = [this](Texts texts) {
      for (const std::string& words : texts) count(vectors_, words, 0);
      return std::vector<std::vector<float>>(texts.size());
    };
  }
  if (!local_.labels.empty()) {
    models.classify = [this](Texts texts) {
      // The text is computed once for all classes.
      for (const std::string& words : texts) {
        count(classes_, local_.instruction + words, 0);
      }
      return std::vector<data::Classes>(texts.size());
    };
  }
  if (has_local_ || has_server_) {
    const std::int64_t most = has_server_ ? server_.max_new_tokens : local_.max_new_tokens;
    models.answer = [this, most](std::span<const data::Question> questions) {
      for (const data::Question& one : questions) count(answers_, one.prompt, most);
      return std::vector<Result<std::string>>(questions.size(), problem("", "only counted"));
    };
  }
  return models;
}

double ModelPlan::seconds_per_token() const {
  const RowModel model(local_, local_.max_length);
  std::int64_t tokens = 0;
  for (const std::string& words : first_) tokens += model.tokens_of(words);
  (void)model.perplexities(std::span(first_).first(1));
  const auto began = std::chrono::steady_clock::now();
  (void)model.perplexities(first_);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  return took.count() / static_cast<double>(std::max<std::int64_t>(1, tokens));
}

Json ModelPlan::json() const {
  Json out = Json::object();
  const auto add = [&](const char* model, const char* what, const Asked& asked) {
    if (asked.texts == 0) return;
    out[model][what] = {
        {"texts", asked.texts}, {"tokens", asked.tokens}, {"new_tokens", asked.new_tokens}};
  };
  add("local", "perplexity", perplexity_);
  add("local", "classes", classes_);
  add("local", "vectors", vectors_);
  add(has_server_ ? "server" : "local", "answers", answers_);
  if (find(out, "local") != nullptr) {
    const std::int64_t read = perplexity_.tokens + classes_.tokens + vectors_.tokens;
    out["local"]["seconds"] = seconds_per_token() * static_cast<double>(read);
  }
  if (find(out, "server") != nullptr) {
    out["server"]["cost"] = (static_cast<double>(answers_.tokens) * server_.input_price +
                             static_cast<double>(answers_.new_tokens) * server_.output_price) /
                            1e6;
  }
  return out;
}

std::string ModelPlan::text_lines() const {
  const Json all = json();
  std::string out;
  for (const auto& [model, asked] : all.items()) {
    for (const auto& [what, one] : asked.items()) {
      if (!one.is_object()) continue;
      const auto written = one.at("new_tokens").get<std::int64_t>();
      out += text("models.{}: {} of {} texts, {} tokens to read{}\n", model, what,
                  with_commas(one.at("texts").get<std::int64_t>()),
                  with_commas(one.at("tokens").get<std::int64_t>()),
                  written == 0 ? "" : text(", at most {} to write", with_commas(written)));
    }
    if (const Json* const seconds = find(asked, "seconds")) {
      out += text("models.{}: about {} for reading them here\n", model,
                  duration(seconds->get<double>()));
    }
    const Json* const cost = find(asked, "cost");
    if (cost != nullptr && cost->get<double>() > 0) {
      out += text("models.{}: cost at most {:.4f}\n", model, cost->get<double>());
    }
  }
  if (has_server_ && answers_.texts > server_.max_requests) {
    out += text("models.server: max_requests is {}: the run would stop there\n",
                with_commas(server_.max_requests));
  }
  return out;
}

}  // namespace fettle::app
