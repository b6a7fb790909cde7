#include <iostream>
#include <iterator>

#include "app/ask.h"
#include "app/verb.h"

namespace fettle::app {
namespace {

struct GenerateArguments {
  AskOptions ask;
  std::string prompt;
};

std::string prompt_of(const GenerateArguments& arguments) {
  if (!arguments.prompt.empty()) return arguments.prompt;
  std::string all{std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
  while (!all.empty() && all.back() == '\n') all.pop_back();
  if (all.empty()) throw UsageError("there is no prompt; give --prompt or text on standard input");
  return all;
}

ExitCode run_generate(const GenerateArguments& arguments, const Common& common) {
  const std::string prompt = prompt_of(arguments);
  const Speaker speaker(arguments.ask);
  Json messages = Json::array();
  if (!arguments.ask.system.empty()) {
    messages.push_back({{"role", "system"}, {"content", arguments.ask.system}});
  }
  messages.push_back({{"role", "user"}, {"content", prompt}});
  const Speaker::Said said = speaker.answer(messages, [&](const std::string& piece) {
    if (!common.json) std::cout << piece << std::flush;
  });
  if (common.json) {
    std::cout << to_text({{"text", said.text},
                          {"prompt_tokens", said.prompt_tokens},
                          {"completion_tokens", said.answer_tokens},
                          {"prompt_seconds", said.prompt_seconds},
                          {"completion_seconds", said.answer_seconds},
                          {"finish_reason", said.stopped ? "stop" : "length"}});
  }
  std::cout << std::endl;
  return ExitCode::kDone;
}

}  // namespace

std::function<ExitCode()> add_generate(CLI::App& command, const Common& common) {
  const auto arguments = std::make_shared<GenerateArguments>();
  add_ask_options(command, arguments->ask);
  command.add_option("--prompt", arguments->prompt,
                     "the user's message; without it, standard input is read");
  command.add_flag("--raw", arguments->ask.raw,
                   "continue the prompt as plain text, without a template");
  return [arguments, &common] { return run_generate(*arguments, common); };
}

}  // namespace fettle::app
