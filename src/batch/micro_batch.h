// Cuts the rows of an optimizer step into packs that fit a device.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "batch/pack.h"

namespace fettle::batch {

struct MicroBatchOptions {
  std::int64_t rows = 8;        // rows a pack when max_tokens is 0
  std::int64_t max_tokens = 0;  // computed tokens a pack, shared starts counted once; 0: no limit
  PackOptions pack = {};
};

// Indices into `rows`, one list a pack; each row stands in exactly one. With max_tokens a pack
// takes as many rows as fit (a row longer than that stands alone), and with sharing the rows are
// ordered by their tokens first, so that equal starts meet; otherwise their order is kept. The
// gradient of a step does not depend on the cut: losses are sums over the step's rows.
[[nodiscard]] std::vector<std::vector<std::int64_t>> plan_micro_batches(
    std::span<const Example* const> rows, const MicroBatchOptions& options);

}  // namespace fettle::batch
