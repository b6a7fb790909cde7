// What a learning curve says, in words with the numbers behind, and what to change. Pure functions
// over logged points; nothing here is fitted to one model or data set.
//
// A curve is cut into windows of a tenth of its reports. Noise is the robust standard deviation of
// single reports, from their second differences (median / 0.6745, over sqrt(6)), which a trend does
// not touch; what is called a rise or a fall is several standard errors of two windows' difference.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "monitor/event.h"
#include "monitor/series.h"

namespace fettle::monitor {

// x: optimizer step.
struct CurvePoints {
  std::vector<Point> train;  // loss, nats a token
  std::vector<Point> eval;   // the same on rows that are not trained on
  std::vector<Point> rate;   // learning rate
  std::int64_t lost = 0;     // reports without a finite loss
};
[[nodiscard]] CurvePoints curve_points(std::span<const Event> events);

struct Finding {
  std::string name;  // of the table below, or "sound", "too short"
  bool alarm = false;
  std::string what;    // one sentence with its numbers
  std::string advice;  // what to change; empty: nothing
};

struct JudgementRow {
  std::string_view name;
  std::string_view help;
};
// divergence, over-fitting, under-fitting, learning rate too high, too low, plateau, noise.
[[nodiscard]] std::span<const JudgementRow> judgements();

// The findings, the worst first; never none: "sound" where nothing is wrong, "too short" for fewer
// than kFewestPoints reports.
inline constexpr std::size_t kFewestPoints = 12;
[[nodiscard]] std::vector<Finding> judge_curve(const CurvePoints& points);

// A line a finding, its advice on a line of its own.
[[nodiscard]] std::string findings_text(std::span<const Finding> findings);

}  // namespace fettle::monitor
