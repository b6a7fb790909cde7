#include <unistd.h>

#include <iostream>

#include "app/ask.h"
#include "app/verb.h"

namespace fettle::app {
namespace {

Json first_messages(const std::string& system) {
  Json messages = Json::array();
  if (!system.empty()) messages.push_back({{"role", "system"}, {"content", system}});
  return messages;
}

ExitCode run_chat(const AskOptions& options, const Common& common) {
  const Speaker speaker(options);
  const bool terminal = ::isatty(STDIN_FILENO) == 1;
  if (terminal && !common.quiet) {
    std::cout << "Type a message; /reset begins anew, /exit or Ctrl-D leaves.\n";
  }
  Json messages = first_messages(options.system);
  for (std::string line;
       (terminal && std::cout << "> " << std::flush), std::getline(std::cin, line);) {
    if (line == "/exit") break;
    if (line == "/reset") messages = first_messages(options.system);
    if (line.empty() || line == "/reset") continue;
    messages.push_back({{"role", "user"}, {"content", line}});
    const Speaker::Said said = speaker.answer(
        messages, [](const std::string& piece) { std::cout << piece << std::flush; });
    std::cout << std::endl;
    messages.push_back({{"role", "assistant"}, {"content", said.text}});
  }
  if (terminal) std::cout << std::endl;
  return ExitCode::kDone;
}

}  // namespace

std::function<ExitCode()> add_chat(CLI::App& command, const Common& common) {
  const auto options = std::make_shared<AskOptions>();
  add_ask_options(command, *options);
  return [options, &common] { return run_chat(*options, common); };
}

}  // namespace fettle::app
