// The rows' kernels for one instruction set; included once a file that is compiled for it, after
// FETTLE_LANES is set. No std templates: the linker might take their copies for other processors.
#pragma once

#include <cstdint>

#include "tensor/kernels/cpu/rows.h"

namespace fettle::tensor::cpu {
namespace {
namespace rows {

using i64 = std::int64_t;
constexpr int kLanes = FETTLE_LANES;
using Vector = float __attribute__((vector_size(FETTLE_LANES * 4)));
using Unaligned = float __attribute__((vector_size(FETTLE_LANES * 4), aligned(4)));
using Whole = std::int32_t __attribute__((vector_size(FETTLE_LANES * 4)));

inline Vector load(const float* from) { return *reinterpret_cast<const Unaligned*>(from); }
inline void store(float* to, Vector value) { *reinterpret_cast<Unaligned*>(to) = value; }
inline Vector all(float value) { return value - Vector{}; }

// The last lanes of a row, `fill` beyond its end.
inline Vector load_some(const float* from, i64 count, float fill) {
  Vector out = all(fill);
  for (i64 i = 0; i < count; ++i) out[i] = from[i];
  return out;
}
inline void store_some(float* to, i64 count, Vector value) {
  for (i64 i = 0; i < count; ++i) to[i] = value[i];
}

inline float sum_of(Vector value) {
  float sum = 0.0F;
  for (int i = 0; i < kLanes; ++i) sum += value[i];
  return sum;
}
inline float largest_of(Vector value) {
  float out = value[0];
  for (int i = 1; i < kLanes; ++i) out = value[i] > out ? value[i] : out;
  return out;
}

// To about 2 units in the last place; 0 below -87.3, the largest finite power above 88.3. The
// polynomial is the one of Cephes' expf.
inline Vector exp(Vector x) {
  constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: the sum holds the nearest whole number
  const Vector low = all(-87.3F);
  const Whole tiny = x < low;
  x = x < low ? low : x;
  x = x > all(88.3F) ? all(88.3F) : x;
  const Vector n = (x * 1.44269504F + kRound) - kRound;
  const Vector r = (x - n * 0.693359375F) + n * 2.12194440e-4F;
  Vector p = r * 1.9875691500e-4F + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * (r * r) + r + 1.0F;
  const Whole power = (__builtin_convertvector(n, Whole) + 127) << 23;
  const Vector out = p * reinterpret_cast<Vector>(power);
  return tiny ? Vector{} : out;
}

// body(at, value) over whole vectors, tail(at, count) over the rest.
template <class Body, class Tail>
inline void each(i64 size, const Body& body, const Tail& tail) {
  const i64 whole = size / kLanes * kLanes;
  for (i64 at = 0; at < whole; at += kLanes) body(at);
  if (whole < size) tail(whole, size - whole);
}

// y[i] = f(i-th lanes of x); the values beyond the end are computed and dropped.
template <class Function>
inline void map(const float* x, i64 size, float* y, const Function& function) {
  each(
      size, [&](i64 at) { store(y + at, function(load(x + at))); },
      [&](i64 at, i64 count) { store_some(y + at, count, function(load_some(x + at, count, 0))); });
}

// The sum of f(lanes of a, lanes of b); f(0, 0) is 0.
template <class Function>
inline float reduce(const float* a, const float* b, i64 size, const Function& function) {
  Vector sum{};
  each(
      size, [&](i64 at) { sum += function(load(a + at), load(b + at)); },
      [&](i64 at, i64 count) {
        sum += function(load_some(a + at, count, 0), load_some(b + at, count, 0));
      });
  return sum_of(sum);
}

float dot(const float* a, const float* b, i64 size) {
  return reduce(a, b, size, [](Vector x, Vector y) { return x * y; });
}

void add(float* to, const float* from, i64 size) {
  each(
      size, [&](i64 at) { store(to + at, load(to + at) + load(from + at)); },
      [&](i64 at, i64 count) {
        for (i64 i = at; i < at + count; ++i) to[i] += from[i];
      });
}

void exp_shifted(float* values, i64 size, float shift) {
  map(values, size, values, [&](Vector x) { return exp(x - shift); });
}

float softmax(float* values, i64 size) {
  constexpr float kLeast = -3.0e38F;
  Vector most = all(kLeast);
  each(
      size,
      [&](i64 at) {
        const Vector x = load(values + at);
        most = x > most ? x : most;
      },
      [&](i64 at, i64 count) {
        const Vector x = load_some(values + at, count, kLeast);
        most = x > most ? x : most;
      });
  const float shift = largest_of(most);
  exp_shifted(values, size, shift);
  const float sum = reduce(values, values, size, [](Vector x, Vector) { return x; });
  const float inverse = 1.0F / sum;
  map(values, size, values, [&](Vector x) { return x * inverse; });
  return shift + __builtin_logf(sum);
}

void softmax_backward(float* gradient, const float* share, i64 size, float dot) {
  each(
      size, [&](i64 at) { store(gradient + at, load(share + at) * (load(gradient + at) - dot)); },
      [&](i64 at, i64 count) {
        for (i64 i = at; i < at + count; ++i) gradient[i] = share[i] * (gradient[i] - dot);
      });
}

float rms_norm(const float* x, const float* weight, i64 size, float eps, float* y) {
  const float mean = dot(x, x, size) / static_cast<float>(size);
  const float r = 1.0F / __builtin_sqrtf(mean + eps);
  each(
      size, [&](i64 at) { store(y + at, load(weight + at) * (load(x + at) * r)); },
      [&](i64 at, i64 count) {
        for (i64 i = at; i < at + count; ++i) y[i] = weight[i] * (x[i] * r);
      });
  return r;
}

// With g = dy * weight: dx = r g - r^3 x mean(g x).
void rms_norm_backward(const float* dy, const float* x, const float* weight, i64 size, float r,
                       float* dx, float* weight_gradient) {
  Vector sum{};
  float rest = 0.0F;
  each(
      size, [&](i64 at) { sum += load(dy + at) * load(weight + at) * load(x + at); },
      [&](i64 at, i64 count) {
        for (i64 i = at; i < at + count; ++i) rest += dy[i] * weight[i] * x[i];
      });
  const float back = r * r * r * (sum_of(sum) + rest) / static_cast<float>(size);
  each(
      size,
      [&](i64 at) { store(dx + at, load(dy + at) * load(weight + at) * r - load(x + at) * back); },
      [&](i64 at, i64 count) {
        for (i64 i = at; i < at + count; ++i) dx[i] = dy[i] * weight[i] * r - x[i] * back;
      });
  if (weight_gradient == nullptr) return;
  for (i64 i = 0; i < size; ++i) weight_gradient[i] += dy[i] * x[i] * r;
}

void rotate(const float* x, const float* cos, const float* sin, i64 half, float direction,
            float* y) {
  each(
      half,
      [&](i64 at) {
        const Vector first = load(x + at);
        const Vector second = load(x + half + at);
        const Vector turn = load(sin + at) * direction;
        store(y + at, first * load(cos + at) - second * turn);
        store(y + half + at, second * load(cos + at) + first * turn);
      },
      [&](i64 at, i64 count) {
        for (i64 i = at; i < at + count; ++i) {
          const float first = x[i];
          const float second = x[half + i];
          y[i] = first * cos[i] - second * sin[i] * direction;
          y[half + i] = second * cos[i] + first * sin[i] * direction;
        }
      });
}

inline Vector sigmoid(Vector x) { return 1.0F / (1.0F + exp(-x)); }

void swiglu(const float* gate, const float* up, i64 size, float* y) {
  const auto product = [](Vector g, Vector u) { return g * sigmoid(g) * u; };
  each(
      size, [&](i64 at) { store(y + at, product(load(gate + at), load(up + at))); },
      [&](i64 at, i64 count) {
        store_some(y + at, count,
                   product(load_some(gate + at, count, 0), load_some(up + at, count, 0)));
      });
}

void swiglu_backward(const float* dy, const float* gate, const float* up, i64 size,
                     float* gate_gradient, float* up_gradient) {
  const auto part = [&](i64 at, Vector d, Vector g, Vector u, const auto& put) {
    const Vector s = sigmoid(g);
    put(up_gradient + at, d * g * s);
    put(gate_gradient + at, d * u * s * (1.0F + g * (1.0F - s)));
  };
  each(
      size, [&](i64 at) { part(at, load(dy + at), load(gate + at), load(up + at), store); },
      [&](i64 at, i64 count) {
        part(at, load_some(dy + at, count, 0), load_some(gate + at, count, 0),
             load_some(up + at, count, 0),
             [&](float* to, Vector value) { store_some(to, count, value); });
      });
}

constexpr RowKernels kTable = {softmax, exp_shifted,    softmax_backward,  dot,
                               add,     rms_norm,       rms_norm_backward, rotate,
                               swiglu,  swiglu_backward};

}  // namespace rows
}  // namespace
}  // namespace fettle::tensor::cpu
