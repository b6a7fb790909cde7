// What a figure is that its rows do not define: no rows, one class alone, a division by zero.
#pragma once

#include <limits>

namespace fettle::metric {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

}  // namespace fettle::metric
