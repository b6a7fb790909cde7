// libtorch's CPU memory comes from one pool of ours (tensor/memory_pool.h).
#pragma once

#include "tensor/memory_pool.h"

namespace fettle::tensor {

// From here on every CPU tensor is allocated in the pool. Once a process, before threads start;
// tensors from before stay valid. Under AddressSanitizer nothing changes, so that it sees each
// block.
void use_memory_pool();

// The pool's figures; all 0 before use_memory_pool().
[[nodiscard]] PoolStats memory_stats();

// Counts peak_in_use anew from what is in use.
void reset_memory_peak();

// Gives free memory back to the system, after a phase that needed much.
void trim_memory();

}  // namespace fettle::tensor
