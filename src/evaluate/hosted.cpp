#include "evaluate/hosted.h"

#include <algorithm>
#include <future>

#include "base/error.h"
#include "data/augment/chat_client.h"
#include "metric/unicode.h"

namespace fettle::evaluate {
namespace {

constexpr std::size_t kMostStops = 4;  // that the chat endpoint takes
constexpr std::int64_t kLetters = 26;
constexpr std::int64_t kChoiceTokens = 64;
// Log-likelihoods of a choice made in words: the others are as good as impossible, and what is
// never to be counted right is further away than any length that figures divide by.
constexpr double kNotChosen = -1e4;
constexpr double kNeverRight = -1e12;

std::int64_t count_of(const Json& answer, const char* key) {
  const Json* const usage = find(answer, "usage");
  const Json* const count = usage == nullptr ? nullptr : find(*usage, key);
  if (count == nullptr || !count->is_number_unsigned()) return 0;
  return static_cast<std::int64_t>(std::min<std::uint64_t>(count->get<std::uint64_t>(), 1U << 30));
}

void add_usage(const data::ApiReply& reply, Said& said) {
  said.seconds += reply.seconds;
  said.prompt_tokens += count_of(reply.json, "prompt_tokens");
  said.tokens += count_of(reply.json, "completion_tokens");
}

std::int64_t code_points(const std::string& value) {
  return static_cast<std::int64_t>(metric::code_points(value).size());
}

// White space at a context's end belongs to what follows.
std::string trimmed(const std::string& context) {
  const std::size_t last = context.find_last_not_of(" \t\r\n\f\v");
  return context.substr(0, last == context.npos ? 0 : last + 1);
}

const std::string& context_of(const Question& question, std::size_t choice) {
  static const std::string none;
  if (question.contexts.empty()) return none;
  return question.contexts[question.contexts.size() > 1 ? choice : 0];
}

std::string cut_at_stops(std::string answer, const std::vector<std::string>& stops) {
  for (const std::string& stop : stops) {
    if (!stop.empty()) answer.resize(std::min(answer.size(), answer.find(stop)));
  }
  return answer;
}

Result<bool> has_choices(const Json& answer) {
  const Json* const choices = find(answer, "choices");
  if (choices == nullptr || !choices->is_array() || choices->empty()) {
    return problem("choices", "is no list of answers");
  }
  return true;
}

Result<bool> is_chat(const Json& answer) {
  const Result<std::string> words = data::completion_text(answer);
  if (!words) return tl::unexpected(words.error());
  return true;
}

Json echo_request(const HostedModel& model, const std::string& prompt) {
  return {{"model", model.name}, {"prompt", prompt}, {"max_tokens", 1},
          {"temperature", 0},    {"echo", true},     {"logprobs", 1}};
}

// What each choice says where it is asked for in words.
std::vector<std::string> options_of(const Question& question) {
  if (question.contexts.size() <= 1) return question.choices;
  std::vector<std::string> out;
  for (std::size_t i = 0; i < question.continuations.size(); ++i) {
    out.push_back(question.contexts[i] + question.continuations[i]);
  }
  return out;
}

std::string choice_prompt(const Question& question, const std::vector<std::string>& options) {
  std::string out = question.contexts.size() == 1 ? question.contexts[0] : "Which is right?";
  out += "\n\nWhich of these follows? Answer with its letter alone.";
  for (std::size_t i = 0; i < options.size(); ++i) {
    out += text("\n{}. {}", std::string(1, static_cast<char>('A' + i)), options[i]);
  }
  return out;
}

// An answer that names no choice counts as a wrong one.
std::vector<double> likelihoods_of(const Question& question, std::optional<std::size_t> chosen) {
  std::vector<double> out(question.choices.size(), kNotChosen);
  if (chosen) {
    out[*chosen] = 0;
  } else {
    for (const std::int64_t gold : question.gold) {
      if (gold >= 0 && gold < static_cast<std::int64_t>(out.size())) {
        out[static_cast<std::size_t>(gold)] = kNeverRight;
      }
    }
  }
  return out;
}

data::ApiFailure unable(const HostedModel& model, const std::string& what) {
  return {{model.address, what}, 0};
}

}  // namespace

std::optional<HostedModel> hosted_model(const std::string& word) {
  constexpr std::string_view kScheme = "openai:";
  if (!word.starts_with(kScheme)) return std::nullopt;
  const std::size_t at = word.find("@http");
  if (at == word.npos || at == kScheme.size()) {
    throw UsageError(
        "\"{}\": a model behind an address is named openai:NAME@ADDRESS, like "
        "openai:my-model@https://example.com/v1",
        word);
  }
  return HostedModel{word.substr(kScheme.size(), at - kScheme.size()), word.substr(at + 1)};
}

Result<EchoedEnd> echoed_end(const Json& answer, std::int64_t begin, std::int64_t end) {
  try {
    const Json& logprobs = answer.at("choices").at(0).at("logprobs");
    const auto offsets = logprobs.at("text_offset").get<std::vector<std::int64_t>>();
    const Json& values = logprobs.at("token_logprobs");
    const Json* const top = find(logprobs, "top_logprobs");
    EchoedEnd out;
    if (!values.is_array() || values.size() != offsets.size() || offsets.empty() ||
        offsets.front() >= end) {
      return problem("choices[0].logprobs", "are not those of the given text");
    }
    for (std::size_t i = 0; i < offsets.size(); ++i) {
      const std::int64_t next = i + 1 < offsets.size() ? offsets[i + 1] : end;
      if (next <= begin || offsets[i] >= end || values[i].is_null()) continue;
      const auto value = values[i].get<double>();
      out.log_likelihood += value;
      ++out.tokens;
      if (top == nullptr || !top->is_array() || i >= top->size() || !(*top)[i].is_object()) {
        continue;
      }
      for (const auto& [token, other] : (*top)[i].items()) {
        if (other.is_number() && other.get<double>() > value + 1e-9) out.greedy = false;
      }
    }
    return out;
  } catch (const Json::exception&) {
    return problem("choices[0].logprobs", "are not there");
  }
}

std::optional<std::size_t> named_choice(std::string_view answer,
                                        std::span<const std::string> choices) {
  const auto strip = [](std::string_view value) {
    const std::size_t first = value.find_first_not_of(" \t\r\n*\"'");
    if (first == value.npos) return std::string_view();
    return value.substr(first, value.find_last_not_of(" \t\r\n*\"'.") - first + 1);
  };
  const std::string_view words = strip(answer);
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (!words.empty() && words == strip(choices[i])) return i;
  }
  const std::string_view bare = words.starts_with('(') ? words.substr(1) : words;
  if (bare.empty()) return std::nullopt;
  const char letter = bare[0] >= 'a' ? static_cast<char>(bare[0] - 'a' + 'A') : bare[0];
  const bool alone = bare.size() == 1 || bare[1] == '.' || bare[1] == ')' || bare[1] == ':';
  const auto at = static_cast<std::size_t>(letter - 'A');
  if (alone && letter >= 'A' && at < choices.size()) return at;
  return std::nullopt;
}

HostedScorer::HostedScorer(const HostedModel& model, const HostedOptions& options)
    : model_(model), options_(options), api_([&] {
        data::ApiClientOptions api = options.api;
        api.address = model.address;
        return api;
      }()) {
  if (!options.by_likelihood) offers_ = false;
}

HostedScorer::Reply<std::string> HostedScorer::chat(const Json& request, Said& said) {
  auto reply = api_.post("/chat/completions", to_text(request), is_chat);
  if (!reply) return tl::unexpected(reply.error());
  add_usage(*reply, said);
  return *data::completion_text(reply->json);
}

HostedScorer::Reply<Said> HostedScorer::answers(const TaskFile& task, const Question& question,
                                                std::uint64_t seed) {
  Said said;
  for (std::int64_t sample = 0; sample < task.samples; ++sample) {
    Json request = {
        {"model", model_.name},
        {"messages", {{{"role", "user"}, {"content", question.contexts.at(0)}}}},
        {"max_tokens", task.max_gen_toks},
        {"temperature", task.temperature},
        {"seed", (seed + static_cast<std::uint64_t>(sample) + question.row * 7919U) & 0x7fffffff}};
    if (!task.until.empty()) {
      const auto stops = std::span(task.until).first(std::min(kMostStops, task.until.size()));
      request["stop"] = std::vector<std::string>(stops.begin(), stops.end());
    }
    auto words = chat(request, said);
    if (!words) return tl::unexpected(words.error());
    said.answers.push_back(cut_at_stops(*words, task.until));
  }
  return said;
}

HostedScorer::Reply<Said> HostedScorer::likelihoods(const Question& question) {
  Said said;
  for (std::size_t i = 0; i < question.continuations.size(); ++i) {
    const std::string& context = context_of(question, i);
    const std::string whole = context + question.continuations[i];
    auto reply = api_.post("/completions", to_text(echo_request(model_, whole)), has_choices);
    if (!reply) return tl::unexpected(reply.error());
    const Result<EchoedEnd> end =
        echoed_end(reply->json, code_points(trimmed(context)), code_points(whole));
    if (!end) return tl::unexpected(unable(model_, end.error().message()));
    add_usage(*reply, said);
    said.log_likelihoods.push_back(end->log_likelihood);
    said.greedy = end->greedy;
  }
  return said;
}

HostedScorer::Reply<Said> HostedScorer::chosen_in_words(const Question& question) {
  const std::vector<std::string> options = options_of(question);
  if (options.size() > kLetters) {
    return tl::unexpected(unable(model_, text("offers no likelihoods, and {} choices have more "
                                              "than one letter each",
                                              options.size())));
  }
  Said said;
  auto words =
      chat({{"model", model_.name},
            {"messages", {{{"role", "user"}, {"content", choice_prompt(question, options)}}}},
            {"max_tokens", kChoiceTokens},
            {"temperature", 0}},
           said);
  if (!words) return tl::unexpected(words.error());
  said.log_likelihoods = likelihoods_of(question, named_choice(*words, options));
  said.answers = {*words};
  return said;
}

// The first question tells whether the server knows likelihoods of given texts. Being late or dead
// tells nothing.
void HostedScorer::find_out(const TaskFile& task, const Question& question) {
  if (offers_ || task.kind == TaskKind::kGenerate) return;
  const std::string whole = context_of(question, 0) + question.continuations.at(0);
  const auto reply = api_.post("/completions", to_text(echo_request(model_, whole)), has_choices);
  if (reply) {
    offers_ = echoed_end(reply->json, 0, code_points(whole)).has_value();
    return;
  }
  const long status = reply.error().status;
  const bool unknown = status >= 400 && status < 500 && status != 401 && status != 403 &&
                       status != 408 && status != 409 && status != 429;
  if (!unknown && status != 501) throw DataError("{}", reply.error().problem.message());
  offers_ = false;
}

HostedScorer::Reply<Said> HostedScorer::ask(const TaskFile& task, const Question& question,
                                            std::uint64_t seed) {
  if (task.kind == TaskKind::kGenerate) return answers(task, question, seed);
  if (*offers_) return likelihoods(question);
  if (task.kind == TaskKind::kChoices) return chosen_in_words(question);
  return tl::unexpected(unable(
      model_,
      text("offers no likelihoods of given texts, which {} is made of; leave it out", task.name)));
}

void HostedScorer::ask_all(const TaskFile& task, std::span<const Question> questions,
                           std::uint64_t seed, const OnSaid& on_said) {
  if (questions.empty()) return;
  find_out(task, questions.front());
  const auto step = static_cast<std::size_t>(std::max<std::int64_t>(1, options_.concurrency));
  for (std::size_t begin = 0; begin < questions.size(); begin += step) {
    std::vector<std::future<Reply<Said>>> asked;
    for (std::size_t i = begin; i < std::min(questions.size(), begin + step); ++i) {
      asked.push_back(
          std::async(std::launch::async, [&, i] { return ask(task, questions[i], seed); }));
    }
    std::optional<Problem> failed;
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const Reply<Said> reply = asked[i].get();
      if (reply) {
        on_said(begin + i, *reply);
      } else if (!failed) {
        failed = reply.error().problem;
      }
    }
    if (failed) {
      throw DataError(
          "{}; with --output, the rows that were answered are kept, and the same command goes on "
          "with the others",
          failed->message());
    }
  }
}

}  // namespace fettle::evaluate
