#include "monitor/judgement.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "base/format.h"
#include "monitor/curve_measures.h"

namespace fettle::monitor {
namespace {

struct Measured {
  const CurvePoints& points;
  Windows train;
  double first_step = 0;
  double last_step = 0;

  // Whether a fall or rise of the train loss is more than chance.
  [[nodiscard]] bool counts(double change) const { return change > 4 * train.error; }
  [[nodiscard]] std::int64_t step(double x) const { return std::llround(x); }
};

std::string change_text(double from, double to) { return text("{:.4g} to {:.4g}", from, to); }

// Whether all reports were far above the first one: the windows' means do not show it.
bool lost_at_once(const Measured& m) {
  const double first = m.points.train.front().y;
  const double rise = m.train.end() - first;
  return first > 0 && rise > 2 * first && rise > 2.5 * m.train.noise;
}

std::optional<Finding> divergence(const Measured& m) {
  if (m.points.lost >= 3) {
    return Finding{"divergence", true, text("{} reports had no finite loss.", m.points.lost),
                   "Lower learning_rate to a third, or set max_grad_norm to 1; look at the rows of "
                   "those steps (fettle show mask --in-order)."};
  }
  const bool at_once = lost_at_once(m);
  const Point& best = at_once ? m.points.train.front() : m.train.means[m.train.best()];
  const double rise = m.train.end() - best.y;
  const double least = std::max(0.2 * m.train.fall(), 0.02 * std::abs(best.y));
  if (!at_once && (!m.counts(rise) || rise < least)) return std::nullopt;
  return Finding{"divergence", true,
                 text("The train loss rose from {} after step {}, and did not come back (noise of "
                      "a window: {:.2g}).",
                      change_text(best.y, m.train.end()), m.step(best.x), m.train.error),
                 "Lower learning_rate to a third or lengthen the warm-up (warmup_ratio); keep the "
                 "best checkpoint (load_best_model_at_end: true)."};
}

// The noise of evaluations counts only where there are enough to see it.
double eval_noise(const std::vector<Point>& eval) {
  return eval.size() < 6 ? 0 : point_noise(eval);
}

std::optional<Finding> over_fitting(const Measured& m) {
  const std::vector<Point>& eval = m.points.eval;
  if (eval.size() < 3) return std::nullopt;
  const auto best = std::min_element(eval.begin(), eval.end(),
                                     [](const Point& a, const Point& b) { return a.y < b.y; });
  const double rise = eval.back().y - best->y;
  const double least = (eval.size() < 6 ? 0.05 : 0.02) * std::abs(best->y);
  if (rise <= least || rise <= 3 * eval_noise(eval)) return std::nullopt;
  double then = m.train.end();  // the train loss when the evaluation was best
  for (const Point& mean : m.train.means) {
    if (mean.x <= best->x || &mean == &m.train.means.front()) then = mean.y;
  }
  // Where the train loss rose too, it is the training that went wrong.
  if (m.train.end() > then + m.train.error) return std::nullopt;
  return Finding{
      "over-fitting", true,
      text("The held-out loss rose from {} after step {}, while the train loss went "
           "from {}.",
           change_text(best->y, eval.back().y), m.step(best->x), change_text(then, m.train.end())),
      text("Stop near step {} (load_best_model_at_end: true), train fewer epochs, or add "
           "rows; a smaller lora_rank or more lora_dropout and weight_decay hold back "
           "too.",
           m.step(best->x))};
}

struct Remaining {
  double from = 0;  // a third before the end
  double end = 0;
  double fall = 0;
  bool held_out = false;
};

std::optional<Remaining> remaining(const Measured& m) {
  const std::vector<Point>& eval = m.points.eval;
  if (eval.size() >= 4) {
    const std::size_t last = eval.size() - 1;
    const Remaining out{eval[last - (last + 1) / 3].y, eval[last].y,
                        remaining_fall(eval[last - 2 * ((last + 1) / 3)].y,
                                       eval[last - (last + 1) / 3].y, eval[last].y),
                        true};
    if (out.from - out.end <= 3 * eval_noise(eval)) return std::nullopt;
    return out;
  }
  const Windows& train = m.train;
  const Remaining out{train.at(2.0 / 3), train.end(),
                      remaining_fall(train.at(1.0 / 3), train.at(2.0 / 3), train.end())};
  if (!m.counts(out.from - out.end)) return std::nullopt;
  return out;
}

// Steps that are too small: a fall that did not bend, and not far.
std::optional<Finding> slow_and_steady(const Measured& m) {
  const double early = m.train.start() - m.train.at(0.5);
  const double late = m.train.at(0.5) - m.train.end();
  const double share = (early + late) / std::abs(m.train.start());
  if (!m.counts(late) || late < 0.5 * early || share < 0.03 || share > 0.15) return std::nullopt;
  return Finding{"learning rate too low", true,
                 text("The train loss fell steadily and slowly: from {} in the first half, {} in "
                      "the second.",
                      change_text(m.train.start(), m.train.at(0.5)),
                      change_text(m.train.at(0.5), m.train.end())),
                 "Raise learning_rate to three times as much, then again."};
}

std::optional<Finding> under_fitting(const Measured& m) {
  const std::optional<Remaining> left = remaining(m);
  if (!left || left->fall < 0.1 * std::abs(left->end) || slow_and_steady(m)) return std::nullopt;
  const std::string more = std::isfinite(left->fall)
                               ? text("about {:.2g} more is to be had", left->fall)
                               : std::string("and it was not slowing down");
  return Finding{
      "under-fitting", true,
      text("The {} loss was still falling when training ended: from {} in its last "
           "third; {}.",
           left->held_out ? "held-out" : "train", change_text(left->from, left->end), more),
      "Train longer (num_train_epochs, max_steps), or raise learning_rate or lora_rank."};
}

std::optional<Finding> nothing_learned(const Measured& m) {
  const double level = std::abs(m.train.start());
  const double change = m.train.start() - m.train.end();
  if (4 * m.train.error > 0.1 * level || level < 0.02) return std::nullopt;
  // Without noise any change is more than chance; a third of a percent is nothing all the same.
  const double most = std::max(std::abs(change), m.train.fall());
  const bool moved = m.counts(std::abs(change)) || m.counts(m.train.fall() - m.train.error);
  if (moved && most > 0.003 * level) return std::nullopt;
  if (std::abs(change) > 0.03 * level) return std::nullopt;
  return Finding{"learning rate too low", true,
                 text("Nothing was learned: the train loss went from {}, within its noise of "
                      "{:.2g}.",
                      change_text(m.train.start(), m.train.end()), 4 * m.train.error),
                 "Raise learning_rate tenfold; if that changes nothing, look at what is scored "
                 "(fettle show mask)."};
}

std::optional<Finding> too_high(const Measured& m) {
  const std::vector<Point>& means = m.train.means;
  double lowest = means.front().y;
  for (std::size_t i = 1; i + 1 < means.size(); ++i) {
    const double rise = means[i].y - lowest;
    const double fallen = means.front().y - lowest;
    const double least = std::max(0.25 * fallen, 0.05 * std::abs(lowest));
    const bool back = m.train.end() < means[i].y - rise / 2;
    if (rise > 6 * m.train.error && rise > least && back) {
      return Finding{"learning rate too high", true,
                     text("The train loss jumped from {} near step {} before it came back.",
                          change_text(lowest, means[i].y), m.step(means[i].x)),
                     "Halve learning_rate, lengthen the warm-up (warmup_ratio), or set "
                     "max_grad_norm to 1."};
    }
    lowest = std::min(lowest, means[i].y);
  }
  return std::nullopt;
}

// Whether the steps from x on were still large enough to move anything.
bool rate_was_on(const Measured& m, double from) {
  double peak = 0;
  std::vector<double> later;
  for (const Point& point : m.points.rate) {
    peak = std::max(peak, point.y);
    if (point.x >= from) later.push_back(point.y);
  }
  return m.points.rate.empty() || median_of(std::move(later)) > 0.1 * peak;
}

std::optional<Finding> plateau(const Measured& m) {
  const std::vector<Point>& means = m.train.means;
  const double near = std::max(3 * m.train.error, 0.02 * m.train.fall());
  std::size_t from = means.size() - 1;
  while (from > 0 && std::abs(means[from - 1].y - m.train.end()) <= near) --from;
  const double flat = (m.last_step - means[from].x) / (m.last_step - m.first_step);
  if (from == 0 || flat < 0.6 || !rate_was_on(m, means[from].x)) return std::nullopt;
  return Finding{
      "plateau", false,
      text("From step {} on, {:.0f}% of the run, the train loss stayed at {:.4g} (within "
           "{:.2g}).",
           m.step(means[from].x), 100 * flat, m.train.end(), near),
      "Fewer steps would do; to go lower, change the rows, lora_rank or the schedule."};
}

std::optional<Finding> noise(const Measured& m) {
  const double size = std::max(std::abs(m.train.end()), m.train.fall());
  if (m.train.noise <= 0.3 * size) return std::nullopt;
  return Finding{"noise", true,
                 text("Single reports scatter by {:.2g} around a train loss of {:.4g} (its whole "
                      "fall: {:.2g}).",
                      m.train.noise, m.train.end(), m.train.fall()),
                 "Raise gradient_accumulation_steps or the batch size, or logging_steps to see the "
                 "trend."};
}

// alone: nothing else is said of the curve.
Finding sound(const Measured& m, bool alone) {
  std::string what =
      text("The train loss went from {}", change_text(m.train.start(), m.train.end()));
  const std::vector<Point>& eval = m.points.eval;
  if (eval.size() > 1) {
    what += text(", the held-out loss from {}", change_text(eval.front().y, eval.back().y));
  }
  what += alone ? "; nothing in the curve asks for a change." : "; nothing in the curve is wrong.";
  return {"sound", false, what, ""};
}

struct Judge {
  std::optional<Finding> (*judge)(const Measured&);
};
// Of causes that show in the same place the first one speaks.
constexpr std::array<Judge, 8> kJudges = {{{divergence},
                                           {over_fitting},
                                           {too_high},
                                           {nothing_learned},
                                           {slow_and_steady},
                                           {under_fitting},
                                           {noise},
                                           {plateau}}};

constexpr std::array<JudgementRow, 7> kRows = {{
    {"divergence", "the train loss rose and stayed up, or was no number"},
    {"over-fitting", "the held-out loss rose while the train loss fell"},
    {"learning rate too high", "the train loss jumped and came back"},
    {"learning rate too low", "the train loss hardly fell, or slowly and steadily"},
    {"under-fitting", "the loss was still falling at the end"},
    {"noise", "single reports scatter more than the curve falls"},
    {"plateau", "most of the run changed nothing"},
}};

double number_of(const Event& event, const char* name) {
  const Value* const value = event.find(name);
  if (value == nullptr) return NAN;
  if (const double* const real = std::get_if<double>(value)) return *real;
  const auto* const whole = std::get_if<std::int64_t>(value);
  return whole == nullptr ? NAN : static_cast<double>(*whole);
}

void add(std::vector<Point>& points, double x, double y) {
  if (std::isfinite(y)) points.push_back({x, y});
}

}  // namespace

std::span<const JudgementRow> judgements() { return kRows; }

CurvePoints curve_points(std::span<const Event> events) {
  CurvePoints out;
  for (const Event& event : events) {
    const auto x = static_cast<double>(event.step);
    if (event.kind == Kind::kStep) {
      const double loss = number_of(event, "loss");
      if (event.find("loss") != nullptr && !std::isfinite(loss)) ++out.lost;
      add(out.train, x, loss);
      add(out.rate, x, number_of(event, "learning_rate"));
    } else if (event.kind == Kind::kEvaluation) {
      add(out.eval, x, number_of(event, "eval_loss"));
    }
  }
  return out;
}

std::vector<Finding> judge_curve(const CurvePoints& points) {
  if (points.train.size() < kFewestPoints && points.lost < 3) {
    return {{"too short", false,
             text("{} reports of the train loss are too few to judge a curve (at least {}).",
                  points.train.size(), kFewestPoints),
             "Set logging_steps to 1, or train longer."}};
  }
  Measured m{points, {}, 0, 0};
  std::vector<Finding> out;
  if (points.train.size() < kFewestPoints) return {*divergence(m)};
  m.train = windows_of(points.train);
  m.first_step = points.train.front().x;
  m.last_step = points.train.back().x;
  for (const Judge& row : kJudges) {
    // What a diverged run would have become is not known.
    if (!out.empty() && out.front().name == "divergence") break;
    if (auto finding = row.judge(m)) {
      const bool said = std::ranges::any_of(
          out, [&](const Finding& other) { return other.name == finding->name; });
      if (!said) out.push_back(std::move(*finding));
    }
  }
  const bool alarm = std::ranges::any_of(out, [](const Finding& one) { return one.alarm; });
  if (!alarm) out.insert(out.begin(), sound(m, out.empty()));
  return out;
}

std::string findings_text(std::span<const Finding> findings) {
  std::string out;
  for (const Finding& finding : findings) {
    out += text("{}: {}\n", finding.name, finding.what);
    if (!finding.advice.empty()) out += text("  {}\n", finding.advice);
  }
  return out;
}

}  // namespace fettle::monitor
