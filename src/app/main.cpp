// The table of verbs. Exit codes: 0 done, 1 failed, 2 wrong use or recipe, 75 interrupted and
// resumable.
#include <c10/util/Exception.h>

#include <array>
#include <cstdio>
#include <iostream>
#include <new>
#include <span>

#include "app/verb.h"
#include "base/nearest.h"
#include "tensor/allocator.h"

namespace fettle::app {
namespace {

constexpr std::array<VerbRow, 9> kVerbs = {{
    {"train", "tune a model as a recipe says, judged before and after", add_train},
    {"evaluate", "judge a model or a run on rows, with intervals", add_evaluate},
    {"compare", "whether one model is better than another on tasks, and for which rows",
     add_compare},
    {"generate", "one answer to a prompt", add_generate},
    {"chat", "a conversation with a model", add_chat},
    {"merge", "fold an adapter into its base's weights, checked by reading back", add_merge},
    {"annotate", "label rows on a local page, alone or together", add_annotate},
    {"prepare", "raw sources to rows that are ready to train on, every change explained",
     add_prepare},
    {"show", "look without changing: recipe, data, tokens, chat, mask, model, ...", add_show},
}};

int code(ExitCode exit_code) { return static_cast<int>(exit_code); }

int fail(const std::string& message, ExitCode exit_code) {
  std::cout.flush();
  std::fprintf(stderr, "fettle: %s\n", message.c_str());
  return code(exit_code);
}

// The first line alone: what follows is libtorch's own call stack.
std::string first_line(const std::string& message) { return message.substr(0, message.find('\n')); }

int run_verb(const std::function<ExitCode()>& verb) {
  try {
    return code(verb());
  } catch (const Error& error) {
    return fail(error.what(), error.exit_code());
  } catch (const c10::OutOfMemoryError& error) {
    return fail(text("out of memory: {}; make train.per_device_train_batch_size or "
                     "train.max_length smaller, or choose a smaller model",
                     first_line(error.what_without_backtrace())),
                ExitCode::kFailed);
  } catch (const c10::Error& error) {
    const std::string why = first_line(error.what_without_backtrace());
    if (why.find("not enough memory") != std::string::npos) {
      return fail(text("out of memory: {}; make train.per_device_train_batch_size or "
                       "train.max_length smaller, or choose a smaller model",
                       why),
                  ExitCode::kFailed);
    }
    return fail("libtorch: " + why, ExitCode::kFailed);
  } catch (const std::bad_alloc&) {
    return fail("out of memory; make train.per_device_train_batch_size or train.max_length smaller",
                ExitCode::kFailed);
  } catch (const std::exception& error) {
    return fail(error.what(), ExitCode::kFailed);
  }
}

// What is wrong with the words that should name a verb and what it shows; empty: nothing.
std::string wrong_verb(const CLI::App& app, std::span<char* const> words) {
  const CLI::App* at = &app;
  for (const std::string_view word : words) {
    const CLI::App* next = nullptr;
    std::vector<std::string> names;
    for (const CLI::App* verb : at->get_subcommands({})) {
      names.push_back(verb->get_name());
      if (names.back() == word) next = verb;
    }
    if (names.empty() || word.starts_with('-')) break;
    if (next == nullptr) {
      return unknown_name("verb", word, std::vector<std::string_view>(names.begin(), names.end()));
    }
    at = next;
  }
  return {};
}

int run(int argc, char** argv) {
  CLI::App app{"fettle: fine-tune, judge and ship language models"};
  app.set_version_flag("--version", FETTLE_VERSION);
  app.require_subcommand(1);
  Common common;
  std::vector<std::pair<CLI::App*, std::function<ExitCode()>>> verbs;
  for (const VerbRow& row : kVerbs) {
    CLI::App* command = app.add_subcommand(row.name, row.help);
    command->add_flag("--json", common.json, "print JSON for scripts");
    command->add_flag("-q,--quiet", common.quiet, "print warnings and errors only");
    verbs.emplace_back(command, row.add(*command, common));
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const auto words = std::span(argv, static_cast<std::size_t>(argc)).subspan(argc > 0 ? 1 : 0);
    const std::string wrong = wrong_verb(app, words);
    if (!wrong.empty()) return fail(wrong, ExitCode::kUsage);
    return app.exit(error) == 0 ? code(ExitCode::kDone) : code(ExitCode::kUsage);
  }
  for (const auto& [command, verb] : verbs) {
    if (command->parsed()) return run_verb(verb);
  }
  return code(ExitCode::kUsage);
}

}  // namespace
}  // namespace fettle::app

int main(int argc, char** argv) {
  fettle::tensor::use_memory_pool();
  return fettle::app::run(argc, argv);
}
