#include "app/row_model.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "batch/make_example.h"
#include "batch/micro_batch.h"
#include "evaluate/held_out.h"

namespace fettle::app {
namespace {

// Tokens of a pack: enough to keep a processor busy, few enough to fit beside a model.
constexpr std::int64_t kPackTokens = 4096;
// Tokens of prompts and answers that are kept at once.
constexpr std::size_t kSessionTokens = std::size_t{1} << 14;

batch::MicroBatchOptions packs(bool share_prefix) {
  return {.max_tokens = kPackTokens,
          .pack = {.share_prefix = share_prefix, .drop_unread = share_prefix}};
}

std::int64_t scored_tokens(const batch::Example& example) {
  return std::count(example.scored.begin(), example.scored.end(), 1);
}

std::vector<double> softmax(std::span<const double> scores) {
  const double highest = *std::max_element(scores.begin(), scores.end());
  std::vector<double> out;
  double sum = 0;
  for (const double score : scores) {
    out.push_back(std::exp(score - highest));
    sum += out.back();
  }
  for (double& share : out) share /= sum;
  return out;
}

std::string trimmed(const std::string& words) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t begin = words.find_first_not_of(kBlank);
  if (begin == std::string::npos) return "";
  return words.substr(begin, words.find_last_not_of(kBlank) + 1 - begin);
}

// Ids [begin, end), each scored but the first.
batch::Example part_of(const std::vector<std::int32_t>& ids, std::size_t begin, std::size_t end) {
  batch::Example part;
  part.ids.assign(ids.begin() + static_cast<std::ptrdiff_t>(begin),
                  ids.begin() + static_cast<std::ptrdiff_t>(end));
  part.scored.assign(part.ids.size(), 1);
  part.scored.front() = 0;
  return part;
}

void keep_last(batch::Example& example, std::size_t limit) {
  if (example.ids.size() <= limit) return;
  const auto cut = static_cast<std::ptrdiff_t>(example.ids.size() - limit);
  example.ids.erase(example.ids.begin(), example.ids.begin() + cut);
  example.scored.erase(example.scored.begin(), example.scored.begin() + cut);
  example.scored.front() = 0;
}

// Of each row, [hidden_size].
std::vector<std::vector<float>> mean_states(const model::Decoder& decoder,
                                            std::span<const batch::Example* const> rows) {
  const batch::Pack pack = batch::make_pack(rows, {});
  const Tensor hidden = model::hidden_states(decoder, {pack.ids, pack.positions, pack.segments}, {})
                            .to(at::kCPU, at::kFloat);
  std::vector<std::vector<float>> out;
  for (const std::int32_t last : pack.last_segment) {
    const batch::Segment& row = pack.segments[static_cast<std::size_t>(last)];
    const Tensor mean =
        hidden.narrow(0, row.begin, row.length).mean(at::IntArrayRef{0}).contiguous();
    const float* const data = mean.const_data_ptr<float>();
    out.emplace_back(data, data + mean.numel());
  }
  return out;
}

// A stream of draws that depends on what is asked alone.
std::uint64_t seed_of(std::span<const data::Question> questions) {
  Hasher hasher;
  for (const data::Question& one : questions) hasher.add(one.prompt + text("\n{}\n", one.seed));
  return std::stoull(hasher.xxh3_128().substr(0, 15), nullptr, 16);
}

}  // namespace

RowModel::RowModel(const model::ModelConfig& config, std::int64_t max_length) {
  const NamedModel named = resolve_model(config.model_name_or_path, config.adapter_name_or_path);
  text_ = model::open_text_side(named.base, config.chat_template);
  decoder_ = load_named(named, make_compute(config));
  const std::int64_t context = decoder_.config.max_position_embeddings;
  limit_ = static_cast<std::size_t>(max_length == 0 ? context : std::min(max_length, context));
}

std::int64_t RowModel::tokens_of(const std::string& words) const {
  const auto tokens = batch::tokenize_text(text_view(text_), words, "a text");
  return tokens ? static_cast<std::int64_t>(tokens->ids.size()) : 0;
}

std::vector<double> RowModel::perplexities(std::span<const std::string> texts) const {
  const std::lock_guard lock(mutex_);
  std::vector<batch::Example> parts;
  std::vector<std::size_t> text_of;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto tokens = batch::tokenize_text(text_view(text_), texts[i], "a text");
    if (!tokens) continue;
    const std::size_t length = tokens->ids.size();
    for (std::size_t begin = 0; begin + 1 < length; begin += limit_) {
      parts.push_back(part_of(tokens->ids, begin, std::min(length, begin + limit_)));
      text_of.push_back(i);
    }
  }
  const auto scores = evaluate::log_likelihoods(decoder_, parts, packs(true));
  std::vector<double> sums(texts.size(), 0);
  std::vector<std::int64_t> counts(texts.size(), 0);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    sums[text_of[i]] -= scores[i];
    counts[text_of[i]] += scored_tokens(parts[i]);
  }
  for (std::size_t i = 0; i < texts.size(); ++i) {
    sums[i] = counts[i] == 0 ? std::numeric_limits<double>::quiet_NaN()
                             : std::exp(sums[i] / static_cast<double>(counts[i]));
  }
  return sums;
}

std::vector<std::vector<float>> RowModel::vectors(std::span<const std::string> texts) const {
  const std::lock_guard lock(mutex_);
  const c10::AutoGradMode no_gradient(false);
  std::vector<batch::Example> rows;
  std::vector<std::size_t> text_of;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto tokens = batch::tokenize_text(text_view(text_), texts[i], "a text");
    if (!tokens || tokens->ids.empty()) continue;
    rows.push_back(part_of(tokens->ids, 0, std::min(tokens->ids.size(), limit_)));
    std::fill(rows.back().scored.begin(), rows.back().scored.end(), std::uint8_t{0});
    text_of.push_back(i);
  }
  const auto width = static_cast<std::size_t>(decoder_.config.hidden_size);
  std::vector<std::vector<float>> out(texts.size(), std::vector<float>(width, 0.0F));
  std::vector<const batch::Example*> all;
  for (const batch::Example& row : rows) all.push_back(&row);
  for (const auto& chosen : batch::plan_micro_batches(all, packs(false))) {
    std::vector<const batch::Example*> members;
    for (const std::int64_t i : chosen) members.push_back(all[static_cast<std::size_t>(i)]);
    auto means = mean_states(decoder_, members);
    for (std::size_t i = 0; i < members.size(); ++i) {
      out[text_of[static_cast<std::size_t>(chosen[i])]] = std::move(means[i]);
    }
  }
  return out;
}

std::vector<std::vector<double>> RowModel::probabilities(std::span<const Choice> choices,
                                                         bool per_token) const {
  const std::lock_guard lock(mutex_);
  std::vector<batch::Example> examples;
  for (const Choice& choice : choices) {
    for (const std::string& answer : choice.answers) {
      auto example = batch::make_answer(choice.question, answer, text_view(text_));
      if (!example) throw DataError("{}", example.error().message());
      keep_last(*example, limit_);
      examples.push_back(std::move(*example));
    }
  }
  std::vector<double> scores = evaluate::log_likelihoods(decoder_, examples, packs(true));
  for (std::size_t i = 0; per_token && i < scores.size(); ++i) {
    scores[i] /= static_cast<double>(scored_tokens(examples[i]));
  }
  std::vector<std::vector<double>> out;
  std::size_t begin = 0;
  for (const Choice& choice : choices) {
    out.push_back(softmax(std::span(scores).subspan(begin, choice.answers.size())));
    begin += choice.answers.size();
  }
  return out;
}

std::vector<Result<std::string>> RowModel::answers(std::span<const data::Question> questions,
                                                   generate::AnswerOptions options,
                                                   Unended unended) const {
  const std::lock_guard lock(mutex_);
  options.stop_ids = stop_ids(decoder_.config, text_);
  options.sampling.seed ^= seed_of(questions);
  std::vector<Result<std::string>> out;
  Prompts waiting;
  for (const data::Question& question : questions) {
    data::Row row;
    row.messages.push_back({{"role", "user"}, {"content", question.prompt}});
    auto prompt = batch::make_prompt(row, text_view(text_));
    if (!prompt) {
      out.emplace_back(tl::unexpected(prompt.error()));
    } else if (prompt->size() >= limit_) {
      out.emplace_back(problem("", text("{} tokens; at most {}", prompt->size(), limit_ - 1)));
    } else {
      out.emplace_back(std::string());
      waiting.tokens += prompt->size() + static_cast<std::size_t>(options.max_new_tokens);
      waiting.ids.push_back(std::move(*prompt));
      waiting.places.push_back(out.size() - 1);
    }
    if (waiting.tokens >= kSessionTokens) say(std::exchange(waiting, {}), options, unended, out);
  }
  say(std::move(waiting), options, unended, out);
  return out;
}

void RowModel::say(const Prompts& prompts, generate::AnswerOptions& options, Unended unended,
                   std::vector<Result<std::string>>& out) const {
  if (prompts.ids.empty()) return;
  const auto said = generate::answer(decoder_, prompts.ids, options);
  ++options.sampling.seed;
  for (std::size_t i = 0; i < said.size(); ++i) {
    Result<std::string>& answer = out[prompts.places[i]];
    std::string words = trimmed(text_.tokenizer->decode(said[i].ids, true));
    if (!said[i].stopped && unended == Unended::kRefused) {
      answer = problem("", text("no end within {} tokens", options.max_new_tokens));
    } else if (words.empty()) {
      answer = problem("", "an empty answer");
    } else {
      answer = std::move(words);
    }
  }
}

}  // namespace fettle::app
