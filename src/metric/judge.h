// A model as judge: what it is asked, what its words mean, and how far it agrees with people. The
// model is a function; its answers are kept on disk.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metric/interval.h"

namespace fettle::metric {

// The model's answer to each prompt, in their order; empty where it gave none. Throws when the
// model or its server fails.
using JudgeModel = std::function<std::vector<std::string>(std::span<const std::string> prompts)>;

// The same model, whose answers are kept as files of `folder` named by model and prompt: asked
// once, also after a kill. name: the model and its settings. together: prompts that the model is
// asked before their answers are kept. Throws IoError.
[[nodiscard]] JudgeModel cached_judge(JudgeModel model, std::string name,
                                      std::filesystem::path folder, std::size_t together = 16);

// The template with {question}, {answer}, {answer_b}, {reference} and {rubric} filled in, once:
// braces in what is filled in mean nothing. Throws UsageError for an unknown name in braces.
struct JudgeCase {
  std::string question;
  std::string answer;
  std::string answer_b = {};
  std::string reference = {};
  std::string rubric = {};
};
[[nodiscard]] std::string judge_prompt(std::string_view pattern, const JudgeCase& of);

// Templates that the parsers below understand, after Zheng et al. 2023 (MT-Bench).
[[nodiscard]] std::string_view rating_template();    // ends with [[1]] to [[10]]
[[nodiscard]] std::string_view pairwise_template();  // ends with [[A]], [[B]] or [[C]] for a tie
[[nodiscard]] std::string_view default_rubric();

// The last [[number]] between least and most; nothing where there is none.
[[nodiscard]] std::optional<double> parse_rating(std::string_view words, double least, double most);

enum class Verdict { kFirst, kSecond, kTie, kUnclear };

// By the last of [[A]], [[B]], [[C]].
[[nodiscard]] Verdict parse_verdict(std::string_view words);

struct Rating {
  std::optional<double> value;  // nothing where the words hold none
  std::string words;
};
[[nodiscard]] std::vector<Rating> rate(const JudgeModel& model, std::span<const JudgeCase> cases,
                                       std::string_view pattern, double least, double most);

struct PairVerdict {
  Verdict verdict = Verdict::kUnclear;  // of both orders: kTie where they contradict each other
  Verdict as_given = Verdict::kUnclear;
  Verdict swapped = Verdict::kUnclear;  // in terms of the given order
  [[nodiscard]] bool consistent() const { return as_given == swapped; }
};

// Each pair in both orders.
[[nodiscard]] std::vector<PairVerdict> compare(const JudgeModel& model,
                                               std::span<const JudgeCase> cases,
                                               std::string_view pattern);

struct PairSummary {
  std::size_t rows = 0;  // with a clear verdict
  std::size_t unclear = 0;
  double win_rate = 0;    // of the first; a tie counts half; NaN for no rows
  Interval interval;      // bootstrap, 95%
  double consistent = 0;  // share of clear rows whose orders agree
  double first_place =
      0;  // share of single verdicts for whichever answer came first, ties left out
};
[[nodiscard]] PairSummary summary(std::span<const PairVerdict> verdicts, std::uint64_t seed);

struct Agreement {
  std::size_t rows = 0;
  double share = 0;
  Interval interval;  // Wilson's, 95%
  double kappa = 0;   // Cohen's
};

// Of judge and people over the rows where the judge was clear.
[[nodiscard]] Agreement agreement(std::span<const Verdict> judge, std::span<const Verdict> human);

}  // namespace fettle::metric
