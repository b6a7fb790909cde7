#include "evaluate/task_score.h"

#include <algorithm>
#include <cmath>

#include "batch/pack.h"
#include "evaluate/task_labels.h"
#include "generate/answer.h"
#include "model/score.h"
#include "tokenize/unicode.h"

namespace fettle::evaluate {
namespace {

std::vector<batch::Example> examples_of(const Scorer& scorer, const TaskFile& task,
                                        const Question& question) {
  if (task.kind == TaskKind::kRolling) {
    return scorer.tokens.windows(question.continuations.at(0), task.stride);
  }
  std::vector<batch::Example> out;
  for (std::size_t i = 0; i < question.continuations.size(); ++i) {
    const std::string& context = question.contexts[question.contexts.size() > 1 ? i : 0];
    out.push_back(scorer.tokens.pair(context, question.continuations[i]));
  }
  for (const std::string& context : question.free_contexts) {
    for (const std::string& choice : question.continuations) {
      out.push_back(scorer.tokens.pair(context, choice));
    }
  }
  return out;
}

// Log-likelihoods of `choices` choices after one input after another: the logarithm of each
// choice's share, the mean of the inputs' (Zhao et al. 2021, Calibrate Before Use).
std::vector<double> mean_shares(std::span<const double> values, std::size_t choices) {
  std::vector<double> out(choices, 0);
  for (std::size_t input = 0; input < values.size(); input += choices) {
    const auto of_input = values.subspan(input, choices);
    const double highest = *std::ranges::max_element(of_input);
    double sum = 0;
    for (const double value : of_input) sum += std::exp(value - highest);
    for (std::size_t i = 0; i < choices; ++i) out[i] += std::exp(of_input[i] - highest) / sum;
  }
  const auto inputs = static_cast<double>(values.size() / choices);
  for (double& share : out) share = std::log(share / inputs);
  return out;
}

std::int64_t scored_tokens(const batch::Example& example) {
  return std::count(example.scored.begin(), example.scored.end(), 1);
}

// Of each example.
struct Sums {
  std::vector<double> log_likelihood;
  std::vector<std::int64_t> likeliest;  // scored tokens that are; none where nobody asks
};

// greedily: count what is the likeliest too, for which the head's product is made once more.
Sums sums_of(const model::Decoder& decoder, const std::vector<batch::Example>& examples,
             bool greedily) {
  std::vector<const batch::Example*> rows;
  Sums out{std::vector<double>(examples.size(), 0), {}};
  if (greedily) out.likeliest.resize(examples.size());
  std::vector<std::size_t> at;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    if (scored_tokens(examples[i]) == 0) continue;  // an empty text: likelihood 1
    rows.push_back(&examples[i]);
    at.push_back(i);
  }
  if (rows.empty()) return out;
  const batch::Pack pack = batch::make_pack(rows, {.share_prefix = true, .drop_unread = true});
  model::GreedyScores scores;
  if (greedily) scores = model::score_pack_greedily(decoder, pack);
  if (!greedily) scores.log_probs = model::score_pack(decoder, pack);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (std::int32_t k = pack.first_scored[row]; k < pack.first_scored[row + 1]; ++k) {
      const auto one = static_cast<std::size_t>(pack.scored_of[static_cast<std::size_t>(k)]);
      out.log_likelihood[at[row]] += scores.log_probs[one];
      if (greedily && scores.likeliest[one]) ++out.likeliest[at[row]];
    }
  }
  return out;
}

bool counts_likeliest(const TaskFile& task) {
  if (task.kind == TaskKind::kLikelihood) return true;
  return task.kind == TaskKind::kRolling &&
         std::ranges::any_of(task.metrics,
                             [](const auto& metric) { return metric.name == kTokenAccuracy; });
}

class LikelihoodBatch {
 public:
  LikelihoodBatch(const Scorer& scorer, const TaskFile& task, const OnSaid& on_said)
      : scorer_(scorer), task_(task), on_said_(on_said) {}

  // choices: the examples beyond them are those of inputs without content.
  void add(std::size_t question, std::vector<batch::Example> examples, std::size_t choices,
           std::int64_t budget) {
    for (batch::Example& example : examples) {
      tokens_ += new_tokens(examples_, example);
      examples_.push_back(std::move(example));
    }
    ends_.push_back({question, examples_.size(), choices});
    if (tokens_ >= budget) flush();
  }

  void flush() {
    if (ends_.empty()) return;
    const BatchClock clock;
    const Sums sums = sums_of(scorer_.decoder, examples_, counts_likeliest(task_));
    std::vector<Said> said;
    std::size_t begin = 0;
    for (const Asked& asked : ends_) {
      said.push_back(said_of(sums, begin, asked));
      begin = asked.end;
    }
    const double seconds = clock.seconds_each(said.size());
    for (std::size_t i = 0; i < said.size(); ++i) {
      said[i].seconds = seconds;
      on_said_(ends_[i].question, said[i]);
    }
    examples_.clear();
    ends_.clear();
    tokens_ = 0;
  }

 private:
  struct Asked {
    std::size_t question;
    std::size_t end;  // of its examples
    std::size_t choices;
  };

  [[nodiscard]] Said said_of(const Sums& sums, std::size_t begin, const Asked& asked) const {
    Said said;
    const std::span<const double> all = sums.log_likelihood;
    const std::size_t end = task_.kind == TaskKind::kRolling ? asked.end : begin + asked.choices;
    for (std::size_t i = begin; i < end; ++i) {
      said.log_likelihoods.push_back(all[i]);
      said.tokens += scored_tokens(examples_[i]);
      if (!sums.likeliest.empty()) {
        said.right_tokens = said.right_tokens.value_or(0) + sums.likeliest[i];
      }
    }
    for (std::size_t i = begin; i < asked.end; ++i) {
      said.prompt_tokens += std::ssize(examples_[i].ids) - scored_tokens(examples_[i]);
    }
    if (end < asked.end) {
      said.content_free = mean_shares(all.subspan(end, asked.end - end), asked.choices);
    }
    if (task_.kind == TaskKind::kRolling) {
      double sum = 0;
      for (const double value : said.log_likelihoods) sum += value;
      said.log_likelihoods = {sum};
    }
    if (task_.kind == TaskKind::kLikelihood) said.greedy = said.right_tokens == said.tokens;
    return said;
  }

  const Scorer& scorer_;
  const TaskFile& task_;
  const OnSaid& on_said_;
  std::vector<batch::Example> examples_;
  std::vector<Asked> ends_;
  std::int64_t tokens_ = 0;
};

// Each stop text in turn cuts what is left, as lm-evaluation-harness does.
std::string cut(std::string answer, const std::vector<std::string>& stops) {
  for (const std::string& stop : stops) {
    if (!stop.empty()) answer.resize(std::min(answer.size(), answer.find(stop)));
  }
  return answer;
}

std::vector<std::string> answers_to(const Scorer& scorer, const TaskFile& task,
                                    const std::vector<std::vector<batch::TokenId>>& prompts,
                                    std::uint64_t seed, std::vector<std::int64_t>& tokens) {
  std::vector<std::string> stops = task.until;
  stops.push_back(scorer.stop_text);
  generate::AnswerOptions options;
  options.max_new_tokens = task.max_gen_toks;
  options.stop_ids = scorer.stop_ids;
  options.sampling.temperature = task.temperature;
  options.sampling.seed = seed;
  std::vector<std::string> out(prompts.size());
  std::vector<tokenize::StreamDecoder> decoders;
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    decoders.emplace_back(scorer.tokens.tokenizer, /*skip_special_tokens=*/true);
  }
  const auto answers =
      generate::answer(scorer.decoder, prompts, options, [&](std::size_t at, batch::TokenId id) {
        out[at] += decoders[at].push(id);
        return cut(out[at], stops).size() == out[at].size();
      });
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    // As it will be kept and read again: ill-formed parts become U+FFFD, as transformers decodes.
    out[i] = tokenize::to_utf8(cut(scorer.tokens.tokenizer.decode(answers[i].ids, true), stops));
    tokens.push_back(static_cast<std::int64_t>(answers[i].ids.size()));
  }
  return out;
}

void answer_all(const Scorer& scorer, const TaskFile& task, std::span<const Question> questions,
                const ScoreLimits& limits, const OnSaid& on_said) {
  const auto step = static_cast<std::size_t>(std::max<std::int64_t>(1, limits.batch_rows));
  for (std::size_t begin = 0; begin < questions.size(); begin += step) {
    const std::size_t end = std::min(questions.size(), begin + step);
    const BatchClock clock;
    std::vector<std::vector<batch::TokenId>> prompts;
    for (std::size_t i = begin; i < end; ++i) {
      prompts.push_back(scorer.tokens.prompt(questions[i].contexts.at(0), task.max_gen_toks));
    }
    std::vector<Said> said(end - begin);
    for (std::int64_t sample = 0; sample < task.samples; ++sample) {
      std::vector<std::int64_t> tokens;
      const std::uint64_t seed = limits.seed + static_cast<std::uint64_t>(sample) * 1'000'003U +
                                 questions[begin].row * 7919U;
      const auto answers = answers_to(scorer, task, prompts, seed, tokens);
      for (std::size_t i = 0; i < answers.size(); ++i) {
        said[i].answers.push_back(answers[i]);
        said[i].tokens += tokens[i];
      }
    }
    const double seconds = clock.seconds_each(said.size());
    for (std::size_t i = begin; i < end; ++i) {
      said[i - begin].seconds = seconds;
      said[i - begin].prompt_tokens = std::ssize(prompts[i - begin]);
      on_said(i, said[i - begin]);
    }
  }
}

}  // namespace

void ask_all(const Scorer& scorer, const TaskFile& task, std::span<const Question> questions,
             const ScoreLimits& limits, const OnSaid& on_said) {
  if (task.kind == TaskKind::kGenerate) {
    return answer_all(scorer, task, questions, limits, on_said);
  }
  if (task.kind == TaskKind::kLabels) {
    return name_labels(scorer, task, questions, limits, on_said);
  }
  LikelihoodBatch batch(scorer, task, on_said);
  for (std::size_t i = 0; i < questions.size(); ++i) {
    batch.add(i, examples_of(scorer, task, questions[i]), questions[i].continuations.size(),
              limits.batch_tokens);
  }
  batch.flush();
}

}  // namespace fettle::evaluate
