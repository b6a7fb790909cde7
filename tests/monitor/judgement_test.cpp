// Curves whose trouble is known, many draws of each: what is found, and how often wrongly.
#include "monitor/judgement.h"

#include <gmock/gmock.h>

#include <cmath>
#include <functional>
#include <limits>
#include <map>

#include "base/format.h"
#include "base/random.h"
#include "tests/monitor/events.h"

namespace fettle::monitor {
namespace {

using Shape = std::function<double(double)>;  // share of the run to loss
constexpr int kDraws = 100;

struct Plan {
  Shape train;
  Shape eval = {};
  double noise = 0.05;  // standard deviation of a report over its loss
  int steps = 200;
  int evaluations = 8;
  bool decaying_rate = true;
};

CurvePoints draw(const Plan& plan, std::uint64_t seed) {
  const Random random(seed, "curve");
  CurvePoints out;
  for (int i = 0; i < plan.steps; ++i) {
    const double share = static_cast<double>(i) / (plan.steps - 1);
    const double loss = plan.train(share);
    out.train.push_back({static_cast<double>(i),
                         loss * (1 + plan.noise * random.normal(static_cast<std::uint64_t>(i)))});
    out.rate.push_back({static_cast<double>(i), plan.decaying_rate ? 1e-4 * (1 - share) : 1e-4});
  }
  for (int i = 1; plan.eval && i <= plan.evaluations; ++i) {
    const double share = static_cast<double>(i) / plan.evaluations;
    out.eval.push_back({share * (plan.steps - 1), plan.eval(share)});
  }
  return out;
}

bool has(const std::vector<Finding>& findings, std::string_view name) {
  return std::ranges::any_of(findings, [&](const Finding& one) { return one.name == name; });
}

// How many of kDraws curves have the finding.
int found(const Plan& plan, std::string_view name) {
  int count = 0;
  for (int seed = 0; seed < kDraws; ++seed) {
    const auto findings = judge_curve(draw(plan, static_cast<std::uint64_t>(seed)));
    count += has(findings, name) ? 1 : 0;
  }
  return count;
}

// How many have any alarm, and which, by name.
int alarms(const Plan& plan, std::map<std::string, int>& names) {
  int count = 0;
  for (int seed = 0; seed < kDraws; ++seed) {
    bool alarm = false;
    const auto findings = judge_curve(draw(plan, static_cast<std::uint64_t>(seed)));
    for (const Finding& one : findings) {
      if (one.alarm) ++names[one.name];
      alarm = alarm || one.alarm;
    }
    EXPECT_NE(alarm, has(findings, "sound"));
    count += alarm ? 1 : 0;
  }
  return count;
}

// From `from` to `to`, falling e-fold in `time` of the run.
Shape falling(double from, double to, double time) {
  return [=](double share) { return to + (from - to) * std::exp(-share / time); };
}

TEST(Judgement, SoundCurvesRaiseNoAlarm) {
  std::map<std::string, int> names;
  int count = 0;
  int curves = 0;
  for (const double noise : {0.01, 0.05, 0.15}) {
    for (const double time : {0.03, 0.1, 0.2}) {
      for (const int steps : {40, 200, 600}) {
        for (const double to : {0.1, 0.5, 2.0}) {
          if (to < 2 && time > 0.1) continue;  // there is more to be had
          const Shape train = falling(3, to, time);
          const Shape eval = [=](double share) { return 1.02 * falling(3, to, time)(share); };
          count += alarms({train, eval, noise, steps}, names);
          count += alarms({train, {}, noise, steps}, names);
          curves += 2 * kDraws;
        }
      }
    }
  }
  std::string told;
  for (const auto& [name, times] : names) told += text("{} {}, ", name, times);
  EXPECT_LE(count, curves / 200) << count << " of " << curves << ": " << told;
}

TEST(Judgement, OverFitting) {
  const Shape eval = [](double share) {
    return falling(3, 0.8, 0.08)(share) + 0.5 * std::max(0.0, share - 0.4);
  };
  for (const double noise : {0.01, 0.05, 0.15}) {
    EXPECT_GE(found({falling(3, 0.3, 0.15), eval, noise}, "over-fitting"), 0.98 * kDraws);
    EXPECT_GE(found({falling(3, 0.3, 0.15), eval, noise, 60, 4}, "over-fitting"), 0.98 * kDraws);
  }
  // A gap that does not grow is none.
  EXPECT_EQ(found({falling(3, 0.3, 0.1), falling(3, 0.9, 0.1)}, "over-fitting"), 0);
}

TEST(Judgement, Divergence) {
  const Shape rising = [](double share) {
    return falling(3, 1, 0.1)(share) + 6 * std::max(0.0, share - 0.6);
  };
  EXPECT_GE(found({rising}, "divergence"), 0.98 * kDraws);
  EXPECT_GE(found({[](double share) { return 2 + 3 * share; }}, "divergence"), 0.98 * kDraws);
  // Lost at once: all reports but the first are far above it, and scatter.
  const Shape lifted = [](double share) { return share == 0 ? 6.6 : 40.0; };
  EXPECT_GE(found({.train = lifted, .noise = 0.2, .steps = 40}, "divergence"), 0.98 * kDraws);
  CurvePoints lost = draw({falling(3, 1, 0.1)}, 0);
  lost.lost = 3;
  EXPECT_TRUE(has(judge_curve(lost), "divergence"));
  EXPECT_TRUE(has(judge_curve({.train = {}, .eval = {}, .rate = {}, .lost = 3}), "divergence"));
}

TEST(Judgement, UnderFitting) {
  for (const double noise : {0.01, 0.05}) {
    EXPECT_GE(found({falling(4, 0.5, 0.8), {}, noise}, "under-fitting"), 0.98 * kDraws);
    EXPECT_GE(found({falling(4, 0.5, 0.8), falling(4, 0.6, 0.8), noise}, "under-fitting"),
              0.98 * kDraws);
  }
}

TEST(Judgement, LearningRateTooLow) {
  const Shape slow = [](double share) { return 3 - 0.25 * share; };
  EXPECT_GE(found({slow, {}, 0.01}, "learning rate too low"), 0.98 * kDraws);
  EXPECT_GE(found({[](double) { return 2.5; }, {}, 0.03}, "learning rate too low"), 0.98 * kDraws);
  EXPECT_EQ(
      found({[](double share) { return 2.5 - 1e-5 * share; }, {}, 0.0}, "learning rate too low"),
      kDraws);
  // What was solved from the start has nothing to learn.
  EXPECT_EQ(found({[](double) { return 0.001; }, {}, 0.03}, "learning rate too low"), 0);
}

TEST(Judgement, LearningRateTooHigh) {
  const Shape jump = [](double share) {
    const double bump = share > 0.15 && share < 0.45 ? 1.5 : 0.0;
    return falling(3, 1, 0.08)(share) + bump;
  };
  EXPECT_GE(found({jump}, "learning rate too high"), 0.98 * kDraws);
  // One bad batch is no jump.
  const Shape spike = [](double share) {
    return falling(3, 1, 0.08)(share) + (std::abs(share - 0.5) < 0.002 ? 3.0 : 0.0);
  };
  EXPECT_LE(found({spike}, "learning rate too high"), 0.01 * kDraws);
}

TEST(Judgement, NoiseAndPlateau) {
  EXPECT_GE(found({falling(1, 0.9, 0.2), {}, 0.6}, "noise"), 0.98 * kDraws);
  Plan flat{falling(3, 1, 0.03)};
  flat.decaying_rate = false;
  EXPECT_GE(found(flat, "plateau"), 0.98 * kDraws);
  std::map<std::string, int> names;
  EXPECT_EQ(alarms(flat, names), 0);
  EXPECT_EQ(found({falling(3, 0.5, 0.4)}, "plateau"), 0);
}

TEST(Judgement, WordsCarryTheNumbers) {
  const Shape eval = [](double share) { return 0.8 + 0.5 * std::abs(share - 0.5); };
  const auto findings = judge_curve(draw({falling(3, 0.3, 0.1), eval, 0.001, 101}, 1));
  ASSERT_EQ(findings.front().name, "over-fitting");
  EXPECT_EQ(findings.front().what.substr(0, 64),
            "The held-out loss rose from 0.8 to 1.05 after step 50, while the");
  EXPECT_THAT(findings_text(findings), testing::HasSubstr("\n  Stop near step 50 ("));
}

TEST(Judgement, AnyPointsAreSurvived) {
  const double huge = std::numeric_limits<double>::max();
  for (const double value : {0.0, -1.0, huge, -huge, 1e-300}) {
    for (const int count : {0, 1, 2, 11, 12, 13, 50}) {
      CurvePoints points;
      for (int i = 0; i < count; ++i) points.train.push_back({static_cast<double>(i), value});
      points.eval = points.train;
      const auto findings = judge_curve(points);
      ASSERT_FALSE(findings.empty());
      EXPECT_EQ(findings.front().name == "too short", count < 12);
    }
  }
}

TEST(Judgement, PointsAreThoseOfTheEvents) {
  std::vector<Event> events = events_of_steps(1, 40);
  events.push_back(make_event(Kind::kStep, 41, {{"loss", std::nan("")}}));
  const CurvePoints points = curve_points(events);
  EXPECT_EQ(points.train.size(), 40U);
  EXPECT_EQ(points.rate.size(), 40U);
  EXPECT_EQ(points.eval.size(), 4U);
  EXPECT_EQ(points.lost, 1);
  EXPECT_DOUBLE_EQ(points.eval[1].x, 20);
}

}  // namespace
}  // namespace fettle::monitor
