#include "tensor/kernels/cpu/pointwise.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tensor/kernels/cpu/kernels.h"
#include "tensor/kernels/cpu/share_out.h"

namespace fettle::tensor::cpu {
namespace {

using i64 = std::int64_t;

// Fewer elements are not worth a second thread.
constexpr i64 kLeastElements = 1 << 14;
constexpr i64 kLeastCopied = 1 << 17;
// The rows whose share of a weight's gradient is summed apart: the sum does not hang on threads.
constexpr i64 kRowsOfSum = 64;

// Elements are shared out so many at a time: each is computed by the same vectors.
constexpr i64 kElements = 1 << 10;

// body(begin, end) over elements.
template <class Body>
void over_elements(i64 size, const Body& body, i64 fewest = kLeastElements) {
  share_out((size + kElements - 1) / kElements, fewest / kElements,
            [&](i64 begin, i64 end) { body(begin * kElements, std::min(end * kElements, size)); });
}

// body(begin, end) over rows.
template <class Body>
void over_rows(Rows rows, const Body& body) {
  share_out(rows.count, kLeastElements / std::max<i64>(1, rows.size), body);
}

}  // namespace

template <class T>
void rms_norm(Rows rows, const T* x, const float* weight, float eps, T* y, float* r) {
  const auto& kernel = row_kernels<T>();
  over_rows(rows, [&](i64 begin, i64 end) {
    for (i64 i = begin; i < end; ++i) {
      r[i] = kernel.rms_norm(x + i * rows.size, weight, rows.size, eps, y + i * rows.size);
    }
  });
}

template <class T>
void scale_norm(Rows rows, const T* x, const float* weight, const float* r, T* y) {
  const auto& kernel = row_kernels<T>();
  over_rows(rows, [&](i64 begin, i64 end) {
    for (i64 i = begin; i < end; ++i) {
      kernel.scale_norm(x + i * rows.size, weight, rows.size, r[i], y + i * rows.size);
    }
  });
}

template <class T>
void rms_norm_backward(Rows rows, const T* dy, const T* x, const float* weight, const float* r,
                       const T* beside, T* dx, float* weight_gradient) {
  const auto& kernel = row_kernels<T>();
  const i64 parts = (rows.count + kRowsOfSum - 1) / kRowsOfSum;
  std::vector<float> sums;
  if (weight_gradient != nullptr) sums.resize(static_cast<std::size_t>(parts * rows.size));
  share_out(parts, 1, [&](i64 begin, i64 end) {
    for (i64 i = begin * kRowsOfSum; i < std::min(end * kRowsOfSum, rows.count); ++i) {
      float* const sum = sums.empty() ? nullptr : sums.data() + i / kRowsOfSum * rows.size;
      const i64 at = i * rows.size;
      kernel.rms_norm_backward(dy + at, x + at, weight, beside == nullptr ? nullptr : beside + at,
                               rows.size, r[i], dx + at, sum);
    }
  });
  if (weight_gradient == nullptr) return;
  std::fill_n(weight_gradient, rows.size, 0.0F);
  for (i64 part = 0; part < parts; ++part) {
    kernels().rows().of_floats.add(weight_gradient, sums.data() + part * rows.size, rows.size);
  }
}

void softmax(Rows rows, float* values, float* log_sums) {
  const RowKernels& kernel = kernels().rows();
  over_rows(rows, [&](i64 begin, i64 end) {
    for (i64 i = begin; i < end; ++i) {
      log_sums[i] = kernel.softmax(values + i * rows.size, rows.size, 1.0F);
    }
  });
}

void scaled_shares(Rows rows, const float* log_sums, const float* factors, float* values) {
  const RowKernels& kernel = kernels().rows();
  over_rows(rows, [&](i64 begin, i64 end) {
    for (i64 i = begin; i < end; ++i) {
      float* const row = values + i * rows.size;
      kernel.exp_shifted(row, rows.size, 1.0F, log_sums[i]);
      for (i64 j = 0; j < rows.size; ++j) row[j] *= -factors[i];
    }
  });
}

void join_means(Rows rows, const float* from_log_sums, const float* from, float* to_log_sums,
                float* to) {
  over_rows(rows, [&](i64 begin, i64 end) {
    for (i64 i = begin; i < end; ++i) {
      const float most = std::max(from_log_sums[i], to_log_sums[i]);
      const float taken = std::exp(from_log_sums[i] - most);
      const float kept = std::exp(to_log_sums[i] - most);
      to_log_sums[i] = most + std::log(taken + kept);
      if (to == nullptr) continue;
      const float take = taken / (taken + kept);
      const float keep = kept / (taken + kept);
      for (i64 j = i * rows.size; j < (i + 1) * rows.size; ++j) {
        to[j] = keep * to[j] + take * from[j];
      }
    }
  });
}

template <class T>
void rotate(i64 tokens, i64 heads, i64 half, const T* x, const float* cos, const float* sin,
            float direction, T* y) {
  const auto& kernel = row_kernels<T>();
  over_rows({tokens, heads * half * 2}, [&](i64 begin, i64 end) {
    for (i64 row = begin * heads; row < end * heads; ++row) {
      const i64 angle = row / heads * half;
      kernel.rotate(x + row * half * 2, cos + angle, sin + angle, half, direction,
                    y + row * half * 2);
    }
  });
}

template <class T>
void times(i64 size, const float* x, float factor, T* y) {
  const auto& kernel = row_kernels<T>();
  over_elements(
      size, [&](i64 begin, i64 end) { kernel.times(x + begin, end - begin, factor, y + begin); },
      kLeastCopied);
}

void turn(Rows rows, const float* x, float* y) {
  kernels().rows().turn(x, rows.size, rows.count, rows.size, y);
}

template <class T>
void swiglu(i64 size, const T* gate, const T* up, T* y) {
  const auto& kernel = row_kernels<T>();
  over_elements(size, [&](i64 begin, i64 end) {
    kernel.swiglu(gate + begin, up + begin, end - begin, y + begin);
  });
}

template <class T>
void swiglu_backward(i64 size, const T* dy, const T* gate, const T* up, T* gate_gradient,
                     T* up_gradient, T* y) {
  const auto& kernel = row_kernels<T>();
  over_elements(size, [&](i64 begin, i64 end) {
    kernel.swiglu_backward(dy + begin, gate + begin, up + begin, end - begin, gate_gradient + begin,
                           up_gradient + begin, y == nullptr ? nullptr : y + begin);
  });
}

// Both types of each.
#define FETTLE_BOTH(T)                                                                     \
  template void rms_norm<T>(Rows, const T*, const float*, float, T*, float*);              \
  template void scale_norm<T>(Rows, const T*, const float*, const float*, T*);             \
  template void rms_norm_backward<T>(Rows, const T*, const T*, const float*, const float*, \
                                     const T*, T*, float*);                                \
  template void rotate<T>(i64, i64, i64, const T*, const float*, const float*, float, T*); \
  template void times<T>(i64, const float*, float, T*);                                    \
  template void swiglu<T>(i64, const T*, const T*, T*);                                    \
  template void swiglu_backward<T>(i64, const T*, const T*, const T*, T*, T*, T*);
FETTLE_BOTH(float)
FETTLE_BOTH(Bfloat16)
#undef FETTLE_BOTH

}  // namespace fettle::tensor::cpu
