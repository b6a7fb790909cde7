// How far annotators agree beyond chance. NaN where a figure is undefined (no pair, one value
// only).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace fettle::data {

enum class Weights { kNone, kLinear, kQuadratic };

// Cohen 1960; weighted: Cohen 1968. a[i] and b[i] in [0, classes) are what two annotators said of
// row i; classes stand in their order where weights are used. InternalError for other values.
[[nodiscard]] double cohen_kappa(std::span<const int> a, std::span<const int> b,
                                 std::size_t classes, Weights weights = Weights::kNone);

// Fleiss 1971. counts: [rows][classes], how many annotators said each class; each row has the same
// sum, at least 2 (InternalError otherwise).
[[nodiscard]] double fleiss_kappa(std::span<const std::int64_t> counts, std::size_t classes);

enum class Level { kNominal, kOrdinal, kInterval };

// Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section for many annotators and
// missing values. values: [annotators][units], NaN where an annotator did not say; a unit with
// fewer than two values does not count. times[u]: how many units of these same values unit u stands
// for; empty: one each.
[[nodiscard]] double krippendorff_alpha(std::span<const double> values, std::size_t units,
                                        Level level, std::span<const double> times = {});

}  // namespace fettle::data
