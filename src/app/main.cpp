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

// The verb that the words name, as far as they do: "show tokens".
struct Named {
  const CLI::App* command;
  std::string path;
  std::string wrong;  // what is wrong with the word after it; empty: nothing
};

Named named_verb(const CLI::App& app, std::span<char* const> words) {
  Named out{&app, "", ""};
  for (const std::string_view word : words) {
    const CLI::App* next = nullptr;
    std::vector<std::string> names;
    for (const CLI::App* verb : out.command->get_subcommands({})) {
      names.push_back(verb->get_name());
      if (names.back() == word) next = verb;
    }
    if (names.empty() || word.starts_with('-')) break;
    if (next == nullptr) {
      out.wrong =
          unknown_name("verb", word, std::vector<std::string_view>(names.begin(), names.end()));
      break;
    }
    out.command = next;
    out.path += (out.path.empty() ? "" : " ") + std::string(word);
  }
  return out;
}

// Of a word that `command` does not take.
std::string unexpected(const CLI::App& command, std::string_view word) {
  if (!word.starts_with('-')) return text("\"{}\" is one word too many", word);
  const std::string_view name = word.substr(0, word.find('='));
  std::vector<std::string> known;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& each : option->get_lnames()) known.push_back("--" + each);
  }
  const auto meant = nearest(name, std::vector<std::string_view>(known.begin(), known.end()));
  return text("unknown option \"{}\"", name) +
         (meant.empty() ? "" : text(": did you mean \"{}\"?", meant));
}

// Says what is wrong with the command line, on standard error.
int refuse(const CLI::App& app, std::span<char* const> words, const CLI::ParseError& error) {
  const Named verb = named_verb(app, words);
  if (!verb.wrong.empty()) return fail(verb.wrong, ExitCode::kUsage);
  if (words.empty() || words.back() == verb.command->get_name()) {
    if (!verb.command->get_subcommands({}).empty()) {
      std::fputs(verb.command->help().c_str(), stderr);
      return code(ExitCode::kUsage);
    }
  }
  const std::vector<std::string> extra = app.remaining(true);
  const std::string help = verb.path.empty() ? "fettle --help" : "fettle " + verb.path + " --help";
  return fail(text("{}{}{}; see {}", verb.path, verb.path.empty() ? "" : ": ",
                   extra.empty() ? error.what() : unexpected(*verb.command, extra.front()), help),
              ExitCode::kUsage);
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
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    const auto words = std::span(argv, static_cast<std::size_t>(argc)).subspan(argc > 0 ? 1 : 0);
    return refuse(app, words, error);
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
