// The table of figures, as `fettle show metrics` prints it.
#pragma once

#include <span>
#include <string_view>

namespace fettle::metric {

struct MetricRow {
  std::string_view name;
  std::string_view help;
  std::string_view source;
};

[[nodiscard]] std::span<const MetricRow> metrics();

}  // namespace fettle::metric
