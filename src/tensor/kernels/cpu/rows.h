// Operations on rows that are not products, for one thread: a table an instruction set.
#pragma once

#include <cstdint>
#include <type_traits>

#include "tensor/kernels/cpu/element.h"

namespace fettle::tensor::cpu {

// The shares of a row of scores, not yet divided by their sum.
struct Shares {
  float largest = -3.0e38F;  // the score that they are relative to
  float sum = 0.0F;          // of the shares
};

// Memory of scores is read and written up to so many floats at a time.
inline constexpr std::int64_t kWidest = 16;

// Those whose rows are of type T; what they compute is float32.
template <class T>
struct TypedRowKernels {
  float (*dot)(const T* a, const T* b, std::int64_t size);
  void (*widen)(const T* from, std::int64_t size, float* to);
  // to = factor * from, rounded.
  void (*times)(const float* from, std::int64_t size, float factor, T* to);
  void (*add)(T* to, const T* from, std::int64_t size);

  // y = x * r * weight with r = 1 / sqrt(mean(x^2) + eps), which is returned (arXiv 1910.07467).
  float (*rms_norm)(const T* x, const float* weight, std::int64_t size, float eps, T* y);
  // y = x * r * weight for a known r.
  void (*scale_norm)(const T* x, const float* weight, std::int64_t size, float r, T* y);
  // dx of that, plus `beside` unless it is null; weight_gradient += unless it is null.
  void (*rms_norm_backward)(const T* dy, const T* x, const float* weight, const T* beside,
                            std::int64_t size, float r, T* dx, float* weight_gradient);
  // y's halves are x's halves turned: first cos - second sin, second cos + first sin, where sin is
  // multiplied by `direction` (1, or -1 to turn back). cos, sin: [half]. y may be x.
  void (*rotate)(const T* x, const float* cos, const float* sin, std::int64_t half, float direction,
                 T* y);
  // y = gate * sigmoid(gate) * up (SwiGLU, arXiv 2002.05202).
  void (*swiglu)(const T* gate, const T* up, std::int64_t size, T* y);
  // Its gradients; y, unless null, is written too. gate_gradient may be dy.
  void (*swiglu_backward)(const T* dy, const T* gate, const T* up, std::int64_t size,
                          T* gate_gradient, T* up_gradient, T* y);

  // Rows of scores in float32 give rows of shares that begin where the scores began. What stands
  // behind a row's `size` is not used, and becomes 0 up to the end of a vector.
  // Shares exp(scale * (score - largest)) for the scores; largest: theirs, or `so_far` if that is
  // larger.
  Shares (*shares)(float* scores, std::int64_t size, float scale, float so_far);
  // With the shares' log_sum: shares exp(scale * score - log_sum) for the scores, and for the
  // gradient of the shares that of the scores, scale * share * (gradient - dot), as T too.
  void (*shares_backward)(float* scores, float* gradient, std::int64_t size, float scale,
                          float log_sum, float dot);
};

struct RowKernels {
  // In place: values become the softmax of scale * value. Returns the logarithm of the sum of the
  // exponentials.
  float (*softmax)(float* values, std::int64_t size, float scale);
  // In place: values become exp(scale * value - shift).
  void (*exp_shifted)(float* values, std::int64_t size, float scale, float shift);
  // to [columns, rows] = from [rows, columns] turned; `stride` floats from row to row of it.
  void (*turn)(const float* from, std::int64_t stride, std::int64_t rows, std::int64_t columns,
               float* to);
  TypedRowKernels<float> of_floats;
  TypedRowKernels<Bfloat16> of_bfloat16;

  template <class T>
  [[nodiscard]] const TypedRowKernels<T>& of() const {
    if constexpr (std::is_same_v<T, float>) {
      return of_floats;
    } else {
      return of_bfloat16;
    }
  }
};

}  // namespace fettle::tensor::cpu
