#include "metric/judge.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "metric/classification.h"
#include "metric/missing.h"

namespace fettle::metric {
namespace {

constexpr std::size_t kMaxKept = std::size_t{16} << 20;

constexpr std::string_view kRating =
    "Judge the answer to the question by the rubric. Be strict and do not reward length.\n"
    "[Rubric]\n{rubric}\n[Question]\n{question}\n[Right answer, may be empty]\n{reference}\n"
    "[Answer]\n{answer}\n[End]\nExplain in two sentences, then rate from 1 (worst) to 10 (best) "
    "exactly in this form: \"[[rating]]\", for example \"[[5]]\".";

constexpr std::string_view kPairwise =
    "Judge which answer to the question is better by the rubric. Their order and length mean "
    "nothing.\n[Rubric]\n{rubric}\n[Question]\n{question}\n[Right answer, may be empty]\n"
    "{reference}\n[Answer A]\n{answer}\n[Answer B]\n{answer_b}\n[End]\nExplain in two sentences, "
    "then give the verdict exactly in this form: \"[[A]]\" if A is better, \"[[B]]\" if B is "
    "better, \"[[C]]\" for a tie.";

constexpr std::string_view kRubric =
    "The better answer is right, does what was asked, leaves nothing needed out, and says it "
    "clearly.";

// The inside of each [[...]], from the last to the first.
template <class Visit>
void each_mark(std::string_view words, const Visit& visit) {
  std::size_t end = words.size();
  while (true) {
    const std::size_t begin = end < 2 ? std::string_view::npos : words.rfind("[[", end - 2);
    if (begin == std::string_view::npos) return;
    const std::string_view rest = words.substr(begin + 2);
    const std::size_t close = rest.find("]]");
    if (close != std::string_view::npos && close <= 16 && visit(rest.substr(0, close))) return;
    end = begin + 1;
  }
}

Verdict mirrored(Verdict verdict) {
  if (verdict == Verdict::kFirst) return Verdict::kSecond;
  return verdict == Verdict::kSecond ? Verdict::kFirst : verdict;
}

Verdict joined(Verdict a, Verdict b) {
  if (a == Verdict::kUnclear || b == Verdict::kUnclear) return Verdict::kUnclear;
  if (a == b) return a;
  // One order sees a tie: the other decides.
  if (a == Verdict::kTie) return b;
  return b == Verdict::kTie ? a : Verdict::kTie;
}

std::optional<std::string> kept_answer(const fs::path& path, const std::string& prompt) {
  if (!fs::exists(path)) return std::nullopt;
  // A damaged entry is asked again. A hash says nothing certain; the whole question does.
  const Result<Json> kept = parse_json(read_file(path, kMaxKept), "");
  const Json* const asked = kept ? find(*kept, "prompt") : nullptr;
  const Json* const answer = kept ? find(*kept, "answer") : nullptr;
  if (asked == nullptr || *asked != prompt || answer == nullptr || !answer->is_string()) {
    return std::nullopt;
  }
  return answer->get<std::string>();
}

}  // namespace

std::string_view rating_template() { return kRating; }
std::string_view pairwise_template() { return kPairwise; }
std::string_view default_rubric() { return kRubric; }

JudgeModel cached_judge(JudgeModel model, std::string name, fs::path folder, std::size_t together) {
  make_folders(folder);
  return [model = std::move(model), name = std::move(name), folder = std::move(folder),
          together](std::span<const std::string> prompts) {
    const auto path_of = [&](const std::string& prompt) {
      return folder / (xxh3_128(name + '\0' + prompt) + ".json");
    };
    std::vector<std::string> answers(prompts.size());
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      std::optional<std::string> kept = kept_answer(path_of(prompts[i]), prompts[i]);
      if (kept) answers[i] = std::move(*kept);
      if (!kept) open.push_back(i);
    }
    for (std::size_t begin = 0; begin < open.size(); begin += together) {
      const std::size_t end = std::min(open.size(), begin + together);
      std::vector<std::string> some;
      for (std::size_t i = begin; i < end; ++i) some.push_back(prompts[open[i]]);
      std::vector<std::string> said = model(some);
      for (std::size_t i = begin; i < end; ++i) {
        answers[open[i]] = std::move(said[i - begin]);
        const Json entry = {
            {"model", name}, {"prompt", prompts[open[i]]}, {"answer", answers[open[i]]}};
        write_file_atomically(path_of(prompts[open[i]]), to_text(entry) + "\n");
      }
    }
    return answers;
  };
}

std::string judge_prompt(std::string_view pattern, const JudgeCase& of) {
  std::string out;
  while (!pattern.empty()) {
    const std::size_t open = pattern.find('{');
    out += pattern.substr(0, open);
    if (open == std::string_view::npos) break;
    pattern.remove_prefix(open + 1);
    const std::size_t close = pattern.find('}');
    const std::string_view name = pattern.substr(0, close);
    if (close != std::string_view::npos && name == "question") {
      out += of.question;
    } else if (close != std::string_view::npos && name == "answer") {
      out += of.answer;
    } else if (close != std::string_view::npos && name == "answer_b") {
      out += of.answer_b;
    } else if (close != std::string_view::npos && name == "reference") {
      out += of.reference;
    } else if (close != std::string_view::npos && name == "rubric") {
      out += of.rubric;
    } else {
      throw UsageError(
          "judge: the prompt holds {{{}}}; allowed: question, answer, answer_b, "
          "reference, rubric",
          name.substr(0, 40));
    }
    pattern.remove_prefix(close + 1);
  }
  return out;
}

std::optional<double> parse_rating(std::string_view words, double least, double most) {
  std::optional<double> found;
  each_mark(words, [&](std::string_view mark) {
    double value = 0;
    const auto [end, error] = std::from_chars(mark.data(), mark.data() + mark.size(), value);
    if (error != std::errc() || end != mark.data() + mark.size()) return false;
    if (value >= least && value <= most) found = value;
    return true;
  });
  return found;
}

Verdict parse_verdict(std::string_view words) {
  Verdict found = Verdict::kUnclear;
  each_mark(words, [&](std::string_view mark) {
    if (mark == "A") found = Verdict::kFirst;
    if (mark == "B") found = Verdict::kSecond;
    if (mark == "C") found = Verdict::kTie;
    return found != Verdict::kUnclear;
  });
  return found;
}

std::vector<Rating> rate(const JudgeModel& model, std::span<const JudgeCase> cases,
                         std::string_view pattern, double least, double most) {
  std::vector<std::string> prompts;
  for (const JudgeCase& one : cases) prompts.push_back(judge_prompt(pattern, one));
  std::vector<Rating> out;
  for (std::string& words : model(prompts)) {
    out.push_back({parse_rating(words, least, most), std::move(words)});
  }
  return out;
}

std::vector<PairVerdict> compare(const JudgeModel& model, std::span<const JudgeCase> cases,
                                 std::string_view pattern) {
  std::vector<std::string> prompts;
  for (const JudgeCase& one : cases) {
    JudgeCase other = one;
    std::swap(other.answer, other.answer_b);
    prompts.push_back(judge_prompt(pattern, one));
    prompts.push_back(judge_prompt(pattern, other));
  }
  const std::vector<std::string> said = model(prompts);
  std::vector<PairVerdict> out;
  for (std::size_t i = 0; i + 1 < said.size(); i += 2) {
    PairVerdict verdict;
    verdict.as_given = parse_verdict(said[i]);
    verdict.swapped = mirrored(parse_verdict(said[i + 1]));
    verdict.verdict = joined(verdict.as_given, verdict.swapped);
    out.push_back(verdict);
  }
  return out;
}

PairSummary summary(std::span<const PairVerdict> verdicts, std::uint64_t seed) {
  PairSummary out;
  std::vector<double> wins;
  double consistent = 0;
  double first = 0;
  double decided = 0;
  for (const PairVerdict& one : verdicts) {
    if (one.verdict == Verdict::kUnclear) {
      ++out.unclear;
      continue;
    }
    wins.push_back(one.verdict == Verdict::kFirst ? 1 : one.verdict == Verdict::kTie ? 0.5 : 0);
    consistent += one.consistent() ? 1 : 0;
    if (one.as_given != Verdict::kTie) {
      ++decided;
      first += one.as_given == Verdict::kFirst ? 1 : 0;
    }
    if (one.swapped != Verdict::kTie) {
      ++decided;
      first += one.swapped == Verdict::kSecond ? 1 : 0;
    }
  }
  out.rows = wins.size();
  const Statistic mean = [&](std::span<const std::size_t> rows) {
    double sum = 0;
    for (const std::size_t row : rows) sum += wins[row];
    return sum / static_cast<double>(rows.size());
  };
  double sum = 0;
  for (const double win : wins) sum += win;
  const auto rows = static_cast<double>(wins.size());
  out.win_rate = wins.empty() ? kNaN : sum / rows;
  out.interval = bootstrap(wins.size(), mean, {.seed = seed});
  out.consistent = wins.empty() ? kNaN : consistent / rows;
  out.first_place = decided == 0 ? kNaN : first / decided;
  return out;
}

Agreement agreement(std::span<const Verdict> judge, std::span<const Verdict> human) {
  if (judge.size() != human.size()) {
    throw DataError("judge: {} verdicts and {} human ones; one of each a row was expected",
                    judge.size(), human.size());
  }
  std::vector<int> said;
  std::vector<int> truth;
  std::int64_t right = 0;
  for (std::size_t i = 0; i < judge.size(); ++i) {
    if (judge[i] == Verdict::kUnclear || human[i] == Verdict::kUnclear) continue;
    said.push_back(static_cast<int>(judge[i]));
    truth.push_back(static_cast<int>(human[i]));
    right += judge[i] == human[i] ? 1 : 0;
  }
  const auto rows = static_cast<std::int64_t>(said.size());
  return {said.size(), rows == 0 ? kNaN : static_cast<double>(right) / static_cast<double>(rows),
          wilson(right, rows), kappa(confusion(truth, said, 3), KappaWeights::kNone)};
}

}  // namespace fettle::metric
