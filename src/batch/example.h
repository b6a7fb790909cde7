// One row as token ids with the positions that are scored.
#pragma once

#include <cstdint>
#include <vector>

#include "data/row.h"

namespace fettle::batch {

struct Example {
  std::vector<std::int32_t> ids;     // [n]
  std::vector<std::uint8_t> scored;  // [n]; 1: predicting this token is trained (never the first)
  data::Origin origin;
  float weight = 1;  // of each scored token in the loss, above 0
};

}  // namespace fettle::batch
