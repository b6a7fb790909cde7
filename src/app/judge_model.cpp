#include "app/judge_model.h"

#include <iostream>
#include <memory>

#include "app/row_model.h"
#include "app/sinks.h"
#include "base/error.h"
#include "base/file.h"
#include "data/augment/chat_client.h"

namespace fettle::app {
namespace {

constexpr std::size_t kMaxText = std::size_t{1} << 20;
const std::string kJudgeGroup = "a model as judge";

std::string text_or_file(const std::string& given) {
  std::error_code error;
  return fs::is_regular_file(given, error) ? read_file(given, kMaxText) : given;
}

std::vector<data::Question> questions_of(std::span<const std::string> prompts) {
  std::vector<data::Question> out;
  for (const std::string& prompt : prompts) out.push_back({prompt, 0});
  return out;
}

// An answer that never came decides nothing.
std::vector<std::string> words_of(std::vector<Result<std::string>> answers) {
  std::vector<std::string> out;
  for (Result<std::string>& answer : answers) {
    out.push_back(answer ? std::move(*answer) : std::string());
  }
  return out;
}

class Progress {
 public:
  explicit Progress(bool quiet) : quiet_(quiet), begun_(unix_now()), shown_(begun_) {}

  void add(std::size_t answers) {
    answers_ += answers;
    const double now = unix_now();
    if (quiet_ || now - shown_ < 10) return;
    shown_ = now;
    std::cerr << text("judge: {} answers, {}\n", answers_, duration(now - begun_));
  }

 private:
  bool quiet_;
  double begun_;
  double shown_;
  std::size_t answers_ = 0;
};

model::ModelConfig checked(model::ModelConfig config) {
  const NamedModel named = resolve_model(config.model_name_or_path, std::nullopt);
  (void)model::ModelFiles(named.base).config();
  if (!model::open_text_side(named.base, "").chat_template) {
    throw UsageError(
        "--judge {}: has no chat template, by which it would be asked; name a model that follows "
        "instructions",
        config.model_name_or_path);
  }
  return config;
}

metric::JudgeModel local_judge(const JudgeArguments& arguments, const model::ModelConfig& config,
                               bool quiet) {
  generate::AnswerOptions options;
  options.max_new_tokens = arguments.max_new_tokens;
  options.sampling.temperature = 0;
  metric::JudgeModel ask = [model = std::shared_ptr<RowModel>(), config, options,
                            progress = Progress(quiet)](auto prompts) mutable {
    if (!model) model = std::make_shared<RowModel>(config, 0);
    auto out = words_of(model->answers(questions_of(prompts), options, RowModel::Unended::kTaken));
    progress.add(prompts.size());
    return out;
  };
  if (arguments.cache.empty()) return ask;
  const std::string name = text("{} {} {}", arguments.model, config.dtype, options.max_new_tokens);
  return metric::cached_judge(std::move(ask), name, arguments.cache);
}

metric::JudgeModel hosted_judge(const JudgeArguments& arguments, const evaluate::HostedModel& model,
                                const HostedArguments& hosted, bool quiet) {
  data::ChatClientOptions options;
  options.address = model.address;
  options.model = model.name;
  options.key_variable =
      arguments.key_variable.empty() ? hosted.key_variable : arguments.key_variable;
  options.temperature = 0;
  options.answer_tokens = arguments.max_new_tokens;
  options.max_requests = hosted.max_requests;
  options.max_tokens = std::int64_t{1} << 50;
  options.requests_at_once = hosted.concurrency;
  options.retries = hosted.retries;
  options.timeout = hosted.timeout;
  options.cache = arguments.cache;
  auto client = std::make_shared<data::ChatClient>(std::move(options));
  return [client = std::move(client), quiet](std::span<const std::string> prompts) {
    auto out = words_of(client->answer_all(questions_of(prompts), [] { return false; }));
    const data::ChatUsage used = client->usage();
    if (!quiet) {
      std::cerr << text("judge: asked {} times ({} tokens), {} answers were kept from before\n",
                        with_commas(used.requests), with_commas(used.tokens),
                        with_commas(used.cached));
    }
    return out;
  };
}

}  // namespace

void add_judge_options(CLI::App& command, JudgeArguments& arguments) {
  CLI::Option* const judge =
      command
          .add_option("--judge", arguments.model,
                      "model that judges written answers (folder, GGUF file, adapter, "
                      "openai:NAME@ADDRESS): it rates them, or with compare prefers one of two")
          ->group(kJudgeGroup);
  command
      .add_option("--rubric", arguments.rubric,
                  "by what it judges: a text, or a file; what answers are for in general")
      ->needs(judge)
      ->group(kJudgeGroup);
  command
      .add_option("--judge_human,--judge-human", arguments.human,
                  "column of people's ratings (compare: first, second, tie or a name): how far the "
                  "judge agrees is said")
      ->needs(judge)
      ->group(kJudgeGroup);
  command
      .add_option("--judge_template,--judge-template", arguments.pattern,
                  "file of its prompt with {question}, {answer}, {answer_b}, {reference}, {rubric}")
      ->needs(judge)
      ->group(kJudgeGroup);
  command
      .add_option("--judge_cache,--judge-cache", arguments.cache,
                  "folder of its answers, so that none is asked for twice (OUTPUT/judge)")
      ->needs(judge)
      ->group(kJudgeGroup);
  command
      .add_option("--judge_max_new_tokens,--judge-max-new-tokens", arguments.max_new_tokens,
                  "tokens of its answer, at most (512)")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 20))
      ->needs(judge)
      ->group(kJudgeGroup);
  command
      .add_option("--judge_key_variable,--judge-key-variable", arguments.key_variable,
                  "environment variable that holds its key (as --key_variable)")
      ->needs(judge)
      ->group(kJudgeGroup);
}

std::string judge_rubric(const JudgeArguments& arguments) {
  return arguments.rubric.empty() ? std::string(metric::default_rubric())
                                  : text_or_file(arguments.rubric);
}

std::string judge_pattern(const JudgeArguments& arguments) {
  if (arguments.pattern.empty()) return "";
  std::string out = read_file(arguments.pattern, kMaxText);
  try {
    (void)metric::judge_prompt(out, {});
  } catch (const UsageError& error) {
    throw UsageError("--judge_template {}: {}", arguments.pattern, error.what());
  }
  return out;
}

metric::JudgeModel open_judge(const JudgeArguments& arguments, const model::ModelConfig& compute,
                              const HostedArguments& hosted, bool quiet) {
  if (const auto model = evaluate::hosted_model(arguments.model)) {
    return hosted_judge(arguments, *model, hosted, quiet);
  }
  model::ModelConfig config = compute;
  config.model_name_or_path = arguments.model;
  return local_judge(arguments, checked(std::move(config)), quiet);
}

}  // namespace fettle::app
