// Row by row operations on the CPU in float32, on libtorch's threads. Arrays are row-major.
#pragma once

#include <cstdint>

namespace fettle::tensor::cpu {

struct Rows {
  std::int64_t count = 0;
  std::int64_t size = 0;  // of one
};

// y = x r weight, r = 1 / sqrt(mean(x^2) + eps) a row. x, y: [count, size]; r: [count].
void rms_norm(Rows rows, const float* x, const float* weight, float eps, float* y, float* r);
// dx is written; weight_gradient [size], unless null, is written.
void rms_norm_backward(Rows rows, const float* dy, const float* x, const float* weight,
                       const float* r, float* dx, float* weight_gradient);

// In place: each row becomes its softmax; log_sums [count]: the logarithm of the sum of its
// exponentials.
void softmax(Rows rows, float* values, float* log_sums);

// Rotary positions: x, y [tokens, heads, 2 half]; cos, sin [tokens, half]; direction -1 turns back.
void rotate(std::int64_t tokens, std::int64_t heads, std::int64_t half, const float* x,
            const float* cos, const float* sin, float direction, float* y);

// y = silu(gate) * up, and its gradients; all of `size` elements.
void swiglu(std::int64_t size, const float* gate, const float* up, float* y);
void swiglu_backward(std::int64_t size, const float* dy, const float* gate, const float* up,
                     float* gate_gradient, float* up_gradient);

}  // namespace fettle::tensor::cpu
