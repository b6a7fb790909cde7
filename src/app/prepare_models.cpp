#include "app/prepare_models.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/error.h"

namespace fettle::app {
namespace {

constexpr std::array<const char*, 9> kCostKeys = {"max_requests", "max_tokens",       "max_cost",
                                                  "input_price",  "output_price",     "retries",
                                                  "timeout",      "requests_at_once", "cache"};

data::ChatClientOptions client_options(const ServerConfig& config, const std::string& output_dir) {
  data::ChatClientOptions out;
  out.address = config.base_url;
  out.model = config.model;
  out.key_variable = config.api_key_variable;
  out.temperature = config.temperature;
  out.answer_tokens = config.max_new_tokens;
  out.max_requests = config.max_requests;
  out.max_tokens = config.max_tokens;
  out.max_cost = config.max_cost;
  out.input_price = config.input_price;
  out.output_price = config.output_price;
  out.retries = config.retries;
  out.timeout = config.timeout;
  out.requests_at_once = config.requests_at_once;
  // Beside the rows, not among them: --overwrite must not throw away what was paid for.
  out.cache = config.cache.empty() ? fs::path(output_dir + ".answers") : fs::path(config.cache);
  return out;
}

// Adds what `look` throws as a problem of the key.
void try_to(const std::string& key, const std::function<void()>& look, std::vector<Problem>& out) {
  try {
    look();
  } catch (const std::exception& error) {
    out.push_back({key, error.what()});
  }
}

void check_labels(const LocalModelConfig& config, std::vector<Problem>& out) {
  const std::set<std::string> distinct(config.labels.begin(), config.labels.end());
  if (config.labels.empty()) return;
  if (distinct.size() < 2 || distinct.size() != config.labels.size() || distinct.contains("")) {
    out.push_back(
        {"models.local.labels", "must be two classes or more, each once, none without a name"});
  }
}

void check_local(const LocalModelConfig& config, bool writes, std::vector<Problem>& out) {
  const bool asks = writes || !config.labels.empty();
  check_labels(config, out);
  NamedModel named;
  const std::size_t before = out.size();
  try_to(
      "models.local.model_name_or_path",
      [&] {
        named = resolve_model(config.model_name_or_path, config.adapter_name_or_path);
        (void)model::ModelFiles(named.base).config();
      },
      out);
  if (named.adapter && !fs::exists(*named.adapter / "adapter_config.json")) {
    out.push_back({"models.local.adapter_name_or_path",
                   text("{}: holds no adapter_config.json; name an adapter's folder in PEFT's "
                        "format",
                        *named.adapter)});
  }
  if (out.size() > before) return;
  try_to(
      "models.local.model_name_or_path",
      [&] {
        const model::TextSide text = model::open_text_side(named.base, config.chat_template);
        if (!asks || text.chat_template) return;
        throw UsageError(
            "{}: has no chat template, by which it would be asked; give a .jinja file as "
            "models.local.chat_template",
            named.base);
      },
      out);
}

void check_server(const ServerConfig& config, std::vector<Problem>& out) {
  try_to(
      "models.server.base_url", [&] { data::ChatClient{client_options(config, "")}; }, out);
  if (config.max_cost > 0 && config.input_price == 0 && config.output_price == 0) {
    out.push_back(
        {"models.server.max_cost", "cannot be counted without input_price and output_price"});
  }
}

// Classification rows as training makes them (data.instruction): the instruction, the text.
std::vector<data::Classes> classes_of(const RowModel& model, const LocalModelConfig& config,
                                      std::span<const std::string> texts) {
  std::vector<Choice> choices;
  for (const std::string& words : texts) {
    Choice choice;
    choice.question.messages.push_back(
        {{"role", "user"},
         {"content", config.instruction.empty() ? words : config.instruction + "\n\n" + words}});
    choice.answers = config.labels;
    choices.push_back(std::move(choice));
  }
  std::vector<data::Classes> out;
  for (const std::vector<double>& shares : model.probabilities(choices)) {
    data::Classes& classes = out.emplace_back();
    for (std::size_t i = 0; i < shares.size(); ++i) {
      classes.emplace_back(config.labels[i], shares[i]);
    }
    std::stable_sort(classes.begin(), classes.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
  }
  return out;
}

}  // namespace

std::vector<data::Option> local_model_options() { return data::options_of<LocalModelConfig>(); }
std::vector<data::Option> server_options() { return data::options_of<ServerConfig>(); }

std::vector<Problem> find_model_problems(const recipe::PrepareRecipe& recipe, bool writes) {
  std::vector<Problem> out;
  if (!recipe.local.is_null()) {
    check_local(data::config_of<LocalModelConfig>(recipe.local), writes && recipe.server.is_null(),
                out);
  }
  if (!recipe.server.is_null()) check_server(data::config_of<ServerConfig>(recipe.server), out);
  return out;
}

void forget_costs(recipe::PrepareRecipe& recipe) {
  if (recipe.server.is_null()) return;
  for (const char* const key : kCostKeys) recipe.server.erase(key);
}

PrepareModels::PrepareModels(const recipe::PrepareRecipe& recipe, std::function<bool()> stop,
                             fs::path spent)
    : has_local_(!recipe.local.is_null()), stop_(std::move(stop)) {
  if (has_local_) config_ = data::config_of<LocalModelConfig>(recipe.local);
  if (!recipe.server.is_null()) {
    data::ChatClientOptions options =
        client_options(data::config_of<ServerConfig>(recipe.server), recipe.output.output_dir);
    options.spent = std::move(spent);
    server_ = std::make_unique<data::ChatClient>(std::move(options));
  }
}

const RowModel& PrepareModels::local() {
  const std::lock_guard lock(mutex_);
  if (stop_()) throw Interrupted("stopped before {} was asked", config_.model_name_or_path);
  if (!local_) local_ = std::make_unique<RowModel>(config_, config_.max_length);
  return *local_;
}

void PrepareModels::add_local(data::Models& models) {
  using Texts = std::span<const std::string>;
  models.perplexity = [this](Texts texts) { return local().perplexities(texts); };
  models.vectors = [this](Texts texts) { return local().vectors(texts); };
  if (!config_.labels.empty()) {
    models.classify = [this](Texts texts) { return classes_of(local(), config_, texts); };
  }
  generate::AnswerOptions options;
  options.max_new_tokens = config_.max_new_tokens;
  options.sampling.temperature = config_.temperature;
  options.sampling.top_p = config_.top_p;
  models.answer = [this, options](std::span<const data::Question> questions) {
    return local().answers(questions, options);
  };
}

data::Models PrepareModels::functions() {
  data::Models models;
  if (has_local_) add_local(models);
  if (server_) {
    models.answer = [this](std::span<const data::Question> questions) {
      return server_->answer_all(questions, stop_);
    };
  }
  return models;
}

std::string PrepareModels::usage() const {
  if (!server_) return "";
  const data::ChatUsage used = server_->usage();
  if (used.requests == 0 && used.cached == 0) return "";
  std::string out =
      text("the server was asked {} times ({} tokens), {} answers were cached",
           with_commas(used.requests), with_commas(used.tokens), with_commas(used.cached));
  if (used.refused > 0) out += text(", {} questions were refused", with_commas(used.refused));
  if (used.cost > 0) out += text(", cost {:.4f}", used.cost);
  return out;
}

}  // namespace fettle::app
