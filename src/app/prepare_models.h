// The models of a prepare recipe: their keys, what can be wrong with them, and the functions that
// its stages are handed.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/row_model.h"
#include "data/augment/chat_client.h"
#include "model/load_config.h"
#include "recipe/prepare.h"

namespace fettle::app {

struct LocalModelConfig : model::ModelConfig {
  std::int64_t max_length = 0;
  std::vector<std::string> labels;
  std::string instruction;
  std::int64_t max_new_tokens = 256;
  double temperature = 0.7;
  double top_p = 1;

  template <class Visitor>
  void fields(Visitor& v) {
    model::ModelConfig::fields(v);
    v("max_length", max_length,
      {.min = 0,
       .max = 1 << 24,
       .help = "tokens of a text that are computed together; a longer one is scored in parts; 0: "
               "the model's context"});
    v("labels", labels,
      {.help =
           "classes that the model may answer with: made rows keep their parent's label by it"});
    v("instruction", instruction, {.help = "what is asked of a text that is classified"});
    v("max_new_tokens", max_new_tokens,
      {.min = 1, .max = 1 << 20, .help = "tokens of a written text; one that goes on is left out"});
    v("temperature", temperature,
      {.min = 0,
       .max = 100,
       .help = "0: the likeliest token each time; 1: as the model has learnt"});
    v("top_p", top_p,
      {.min = 0,
       .max = 1,
       .above_min = true,
       .help = "draw from the likeliest tokens that make up this probability"});
  }
};

struct ServerConfig {
  std::string base_url;
  std::string model;
  std::string api_key_variable = "OPENAI_API_KEY";
  double temperature = 0.7;
  std::int64_t max_new_tokens = 512;
  std::int64_t max_requests = 1000;
  std::int64_t max_tokens = 1'000'000;
  double max_cost = 0;
  double input_price = 0;
  double output_price = 0;
  std::int64_t retries = 5;
  double timeout = 60;
  std::int64_t requests_at_once = 4;
  std::string cache;

  template <class Visitor>
  void fields(Visitor& v) {
    v("base_url", base_url,
      {.help = "OpenAI-compatible address: https://example.com/v1",
       .aliases = {"address", "api_base"},
       .required = true});
    v("model", model, {.help = "the model's name there", .required = true});
    v("api_key_variable", api_key_variable,
      {.help = "environment variable of the key, which is never written; unset: no key is sent",
       .aliases = {"key_variable", "api_key_env"}});
    v("temperature", temperature, {.min = 0, .max = 2, .help = "sampling temperature"});
    v("max_new_tokens", max_new_tokens,
      {.min = 1, .max = 1 << 20, .help = "tokens of an answer, at most"});
    budget_fields(v);
    v("retries", retries, {.min = 0, .max = 20, .help = "attempts after a failed one"});
    v("timeout", timeout, {.min = 0, .max = 86400, .above_min = true, .help = "seconds a request"});
    v("requests_at_once", requests_at_once,
      {.min = 1, .max = 64, .help = "requests that are under way together, a thread"});
    v("cache", cache,
      {.help = "folder of answers, so that none is paid for twice; empty: beside output_dir"});
  }

 private:
  template <class Visitor>
  void budget_fields(Visitor& v) {
    v("max_requests", max_requests,
      {.min = 1, .help = "requests of a run, at most, however often it is resumed; then it stops"});
    v("max_tokens", max_tokens, {.min = 1, .help = "tokens, as the server counts them, likewise"});
    v("max_cost", max_cost, {.min = 0, .help = "cost by the prices below, likewise; 0: no limit"});
    v("input_price", input_price,
      {.min = 0, .help = "of a million tokens that are read, in any currency"});
    v("output_price", output_price, {.min = 0, .help = "of a million tokens that are written"});
  }
};

[[nodiscard]] std::vector<data::Option> local_model_options();
[[nodiscard]] std::vector<data::Option> server_options();

// Files that are not there, templates that are needed, addresses that cannot be: found without
// loading a model or sending a request.
[[nodiscard]] std::vector<Problem> find_model_problems(const recipe::PrepareRecipe& recipe,
                                                       bool writes);

// Takes out of a model's options what changes no byte of the rows.
void forget_costs(recipe::PrepareRecipe& recipe);

// The models of a recipe, thread-safe. The local one is loaded when it is first asked.
class PrepareModels {
 public:
  // stop: asked between requests and batches; Interrupted is thrown when it says so. spent: the
  // file of what the run has spent on the server.
  PrepareModels(const recipe::PrepareRecipe& recipe, std::function<bool()> stop, fs::path spent);

  // For as long as this lives.
  [[nodiscard]] data::Models functions();
  // What was asked of the server, on one line; empty when nothing was.
  [[nodiscard]] std::string usage() const;

 private:
  [[nodiscard]] const RowModel& local();
  void add_local(data::Models& models);

  bool has_local_;
  LocalModelConfig config_;
  std::function<bool()> stop_;
  std::mutex mutex_;
  std::unique_ptr<RowModel> local_;
  std::unique_ptr<data::ChatClient> server_;
};

}  // namespace fettle::app
