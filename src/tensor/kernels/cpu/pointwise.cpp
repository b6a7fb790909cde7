#include "tensor/kernels/cpu/pointwise.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <vector>

#include "tensor/kernels/cpu/kernels.h"

namespace fettle::tensor::cpu {
namespace {

using i64 = std::int64_t;

// Fewer elements are not worth a second thread.
constexpr i64 kLeastElements = 1 << 14;
// The rows whose share of a weight's gradient is summed apart: the sum does not hang on threads.
constexpr i64 kRowsOfSum = 64;

// body(begin, end) over rows.
template <class Body>
void over_rows(Rows rows, const Body& body) {
  at::parallel_for(0, rows.count, std::max<i64>(1, kLeastElements / std::max<i64>(1, rows.size)),
                   body);
}

}  // namespace

void rms_norm(Rows rows, const float* x, const float* weight, float eps, float* y, float* r) {
  const RowKernels& kernel = kernels().rows();
  over_rows(rows, [&](i64 begin, i64 end) {
    for (i64 i = begin; i < end; ++i) {
      r[i] = kernel.rms_norm(x + i * rows.size, weight, rows.size, eps, y + i * rows.size);
    }
  });
}

void rms_norm_backward(Rows rows, const float* dy, const float* x, const float* weight,
                       const float* r, float* dx, float* weight_gradient) {
  const RowKernels& kernel = kernels().rows();
  const i64 parts = (rows.count + kRowsOfSum - 1) / kRowsOfSum;
  std::vector<float> sums;
  if (weight_gradient != nullptr) sums.resize(static_cast<std::size_t>(parts * rows.size));
  at::parallel_for(0, parts, 1, [&](i64 begin, i64 end) {
    for (i64 i = begin * kRowsOfSum; i < std::min(end * kRowsOfSum, rows.count); ++i) {
      float* const sum = sums.empty() ? nullptr : sums.data() + i / kRowsOfSum * rows.size;
      kernel.rms_norm_backward(dy + i * rows.size, x + i * rows.size, weight, rows.size, r[i],
                               dx + i * rows.size, sum);
    }
  });
  if (weight_gradient == nullptr) return;
  std::fill_n(weight_gradient, rows.size, 0.0F);
  for (i64 part = 0; part < parts; ++part) {
    kernel.add(weight_gradient, sums.data() + part * rows.size, rows.size);
  }
}

void softmax(Rows rows, float* values, float* log_sums) {
  const RowKernels& kernel = kernels().rows();
  over_rows(rows, [&](i64 begin, i64 end) {
    for (i64 i = begin; i < end; ++i) {
      log_sums[i] = kernel.softmax(values + i * rows.size, rows.size);
    }
  });
}

void rotate(i64 tokens, i64 heads, i64 half, const float* x, const float* cos, const float* sin,
            float direction, float* y) {
  const RowKernels& kernel = kernels().rows();
  over_rows({tokens, heads * half * 2}, [&](i64 begin, i64 end) {
    for (i64 row = begin * heads; row < end * heads; ++row) {
      const i64 angle = row / heads * half;
      kernel.rotate(x + row * half * 2, cos + angle, sin + angle, half, direction,
                    y + row * half * 2);
    }
  });
}

void swiglu(i64 size, const float* gate, const float* up, float* y) {
  const RowKernels& kernel = kernels().rows();
  at::parallel_for(0, size, kLeastElements, [&](i64 begin, i64 end) {
    kernel.swiglu(gate + begin, up + begin, end - begin, y + begin);
  });
}

void swiglu_backward(i64 size, const float* dy, const float* gate, const float* up,
                     float* gate_gradient, float* up_gradient) {
  const RowKernels& kernel = kernels().rows();
  at::parallel_for(0, size, kLeastElements, [&](i64 begin, i64 end) {
    kernel.swiglu_backward(dy + begin, gate + begin, up + begin, end - begin, gate_gradient + begin,
                           up_gradient + begin);
  });
}

}  // namespace fettle::tensor::cpu
