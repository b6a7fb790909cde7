#include "app/ask.h"

#include "app/sinks.h"
#include "base/error.h"
#include "batch/make_example.h"

namespace fettle::app {

void add_ask_options(CLI::App& command, AskOptions& options) {
  command
      .add_option("model", options.model, "model folder, GGUF file, adapter folder or run folder")
      ->required();
  command.add_option("--adapter", options.adapter, "adapter folder in PEFT's format");
  command.add_option("--system", options.system, "system message");
  command.add_option("--chat-template", options.chat_template, ".jinja file over the model's own");
  command.add_option("--max-new-tokens", options.answer.max_new_tokens, "longest answer (256)")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 20));
  command.add_option("--temperature", options.answer.sampling.temperature,
                     "0: the likeliest token each time (the default); 1: as the model has learnt");
  command.add_option("--top-k", options.answer.sampling.top_k, "draw from the k likeliest; 0: all");
  command.add_option("--top-p", options.answer.sampling.top_p,
                     "draw from the likeliest that make up this probability; 1: all");
  command.add_option("--seed", options.answer.sampling.seed, "seed of the draws (0)");
  command.add_option("--device", options.device, "auto, cpu, cuda or cuda:N");
  command.add_option("--dtype", options.dtype, "auto, float32 or bfloat16");
  command.add_option("--threads", options.num_threads, "CPU threads; 0: all cores");
}

Speaker::Speaker(const AskOptions& options) : options_(options) {
  generate::check_sampling(options.answer.sampling);
  model::ModelConfig config;
  config.device = options.device;
  config.dtype = options.dtype;
  config.num_threads = options.num_threads;
  const NamedModel named = resolve_model(options.model, options.adapter);
  text_ = model::open_text_side(named.base, options.chat_template);
  if (!text_.chat_template && !options.raw) {
    throw UsageError(
        "{}: has no chat template; give a .jinja file with --chat-template, or let fettle generate "
        "--raw continue plain text",
        named.base);
  }
  decoder_ = load_named(named, make_compute(config));
  options_.answer.stop_ids = stop_ids(decoder_.config, text_);
}

Speaker::Said Speaker::answer(const Json& messages,
                              const std::function<void(const std::string&)>& on_text) const {
  data::Row row;
  row.origin = {"the prompt", 1};
  if (options_.raw) {
    row.form = data::RowForm::kCompletion;
    row.prompt = messages.back().at("content").get<std::string>();
  } else {
    row.messages = messages;
  }
  Result<std::vector<std::int32_t>> prompt = batch::make_prompt(row, text_view(text_));
  if (!prompt) throw DataError("{}", prompt.error().message());
  tokenize::StreamDecoder decoder(*text_.tokenizer, /*skip_special_tokens=*/true);
  Said said;
  const auto take = [&](const std::string& piece) {
    said.text += piece;
    if (!piece.empty()) on_text(piece);
  };
  const std::vector<std::vector<std::int32_t>> prompts = {std::move(*prompt)};
  const double begin = unix_now();
  std::optional<double> first;
  const auto answers =
      generate::answer(decoder_, prompts, options_.answer, [&](std::size_t, batch::TokenId id) {
        if (!first) first = unix_now();
        take(decoder.push(id));
        return true;
      });
  const double end = unix_now();
  said.prompt_seconds = first.value_or(end) - begin;
  said.answer_seconds = end - first.value_or(end);
  take(decoder.finish());
  said.prompt_tokens = static_cast<std::int64_t>(prompts[0].size());
  said.answer_tokens = static_cast<std::int64_t>(answers[0].ids.size());
  said.stopped = answers[0].stopped;
  return said;
}

}  // namespace fettle::app
