// How many rows there are of each month or year.
#pragma once

#include "base/json.h"
#include "data/prepare/svg.h"

namespace fettle::data::prepare {

// Of {"2024-05": rows, ...} as read and as written: a bin for each month from the first to the
// last, for each year where that is more than three years or where some rows name no month. Bins
// that are too many for a name each leave it out. Empty for no rows.
[[nodiscard]] Histogram over_time(const Json& before, const Json& after);

}  // namespace fettle::data::prepare
