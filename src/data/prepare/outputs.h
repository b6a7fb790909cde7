// The last pass's chunks put together: one file of rows a split, and why rows were changed or
// dropped.
#pragma once

#include "data/prepare/engine.h"

namespace fettle::data::prepare {

// train first, then validation, test, and others by name. The tally stays empty. Throws IoError,
// and Interrupted when the watch says stop.
[[nodiscard]] Prepared write_outputs(const Job& job, const ChunkList& chunks, const Watch& watch);

}  // namespace fettle::data::prepare
