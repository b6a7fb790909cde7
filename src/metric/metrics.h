// The table of metrics, as `fettle show metrics` prints it and score.h looks them up.
#pragma once

#include <span>
#include <string_view>

#include "metric/columns.h"

namespace fettle::metric {

class Options;
struct Prepared;

enum class Better { kHigher, kLower, kNeither };
enum class IntervalKind { kWilson, kBootstrap, kNone };

struct MetricRow {
  std::string_view name;
  std::string_view help;
  std::string_view source;
  Input input;
  Better better;
  IntervalKind interval;
  std::string_view options;  // "name=default|other ...", empty for none
  // nullptr: a table rather than a figure.
  Prepared (*prepare)(const Columns&, Options&);
};

[[nodiscard]] std::span<const MetricRow> metrics();

[[nodiscard]] std::string_view input_name(Input input);
[[nodiscard]] std::string_view better_name(Better better);
[[nodiscard]] std::string_view interval_name(IntervalKind interval);

}  // namespace fettle::metric
