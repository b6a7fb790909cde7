// Row by row operations on the CPU, on libtorch's threads, for T float or Bfloat16; what is
// computed is float32. Arrays are row-major.
#pragma once

#include <cstdint>

#include "tensor/kernels/cpu/element.h"

namespace fettle::tensor::cpu {

struct Rows {
  std::int64_t count = 0;
  std::int64_t size = 0;  // of one
};

// y = x r weight, r = 1 / sqrt(mean(x^2) + eps) a row. x, y: [count, size]; r: [count].
template <class T>
void rms_norm(Rows rows, const T* x, const float* weight, float eps, T* y, float* r);
// The same for known r.
template <class T>
void scale_norm(Rows rows, const T* x, const float* weight, const float* r, T* y);
// dx is written, `beside` (unless null) added to it; weight_gradient [size], unless null, is
// written.
template <class T>
void rms_norm_backward(Rows rows, const T* dy, const T* x, const float* weight, const float* r,
                       const T* beside, T* dx, float* weight_gradient);

// In place: each row becomes its softmax; log_sums [count]: the logarithm of the sum of its
// exponentials.
void softmax(Rows rows, float* values, float* log_sums);

// In place, from logits: the share of each under the known log_sums [count] of its row, times
// -factors [count].
void scaled_shares(Rows rows, const float* log_sums, const float* factors, float* values);

// Means [count, size] under two distributions become that under both: `to`, of the log-sums
// to_log_sums [count], takes in `from`, of from_log_sums. Without means (null) the log-sums alone.
void join_means(Rows rows, const float* from_log_sums, const float* from, float* to_log_sums,
                float* to);

// y = factor x.
template <class T>
void times(std::int64_t size, const float* x, float factor, T* y);

// y [size, count] = x [count, size] turned, in the calling thread.
void turn(Rows rows, const float* x, float* y);

// Rotary positions: x, y [tokens, heads, 2 half]; cos, sin [tokens, half]; direction -1 turns back.
template <class T>
void rotate(std::int64_t tokens, std::int64_t heads, std::int64_t half, const T* x,
            const float* cos, const float* sin, float direction, T* y);

// y = silu(gate) * up, and its gradients; all of `size` elements. In swiglu_backward y, unless
// null, is written too, and gate_gradient may be dy.
template <class T>
void swiglu(std::int64_t size, const T* gate, const T* up, T* y);
template <class T>
void swiglu_backward(std::int64_t size, const T* dy, const T* gate, const T* up, T* gate_gradient,
                     T* up_gradient, T* y);

}  // namespace fettle::tensor::cpu
