// --judge MODEL: who rates written answers, or prefers one of two.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "app/hosted.h"
#include "metric/judge.h"
#include "model/load_config.h"

namespace fettle::app {

struct JudgeArguments {
  std::string model;    // as --judge says it; empty: no judge
  std::string rubric;   // a text, or a file of it
  std::string human;    // column of people's ratings or verdicts
  std::string pattern;  // file of the prompt
  std::string cache;    // folder of answers
  std::string key_variable;
  std::int64_t max_new_tokens = 512;
  bool rates_all = false;  // every task with written answers gets the metric `judge`
};

void add_judge_options(CLI::App& command, JudgeArguments& arguments);

// Texts that options give, or the files that they name. Throw UsageError for a prompt with unknown
// braces, IoError for a file that cannot be read.
[[nodiscard]] std::string judge_rubric(const JudgeArguments& arguments);
[[nodiscard]] std::string judge_pattern(const JudgeArguments& arguments);

// A local model is loaded when it is first asked; what can be wrong before is found here:
// UsageError for a model that is not there or has no chat template, and as data::ChatClient.
// Answers are the likeliest ones, kept under the cache.
[[nodiscard]] metric::JudgeModel open_judge(const JudgeArguments& arguments,
                                            const model::ModelConfig& compute,
                                            const HostedArguments& hosted, bool quiet);

}  // namespace fettle::app
