// Work for libtorch's threads.
#pragma once

#include <c10/util/FunctionRef.h>

#include <cstdint>

namespace fettle::tensor::cpu {

// body(begin, end) once a thread, over shares of [0, count) as large as each thread's speed in the
// work before: on a shared machine a neighbour slows one processor alone, and equal shares would
// make all others wait for it. Fewer than `least` are not worth a thread. Within a thread of such
// work all is the caller's. What a share computes may not hang on where it begins.
void share_out(std::int64_t count, std::int64_t least,
               c10::function_ref<void(std::int64_t begin, std::int64_t end)> body);

// body(i) for all i of [0, count), each taken by the next thread that is free; the longest first is
// best.
void hand_out(std::int64_t count, c10::function_ref<void(std::int64_t i)> body);

}  // namespace fettle::tensor::cpu
