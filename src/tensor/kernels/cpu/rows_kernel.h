// The rows' kernels for one instruction set.
#pragma once

#include "tensor/kernels/cpu/rows.h"
#include "tensor/kernels/cpu/vector_kernel.h"

namespace fettle::tensor::cpu {
namespace {
namespace rows {

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

// body(at, read, write) over the row's vectors: read(from) takes kLanes numbers, or the last ones
// and zeros; write(to, value) stores as many.
template <class Body>
inline void each(i64 size, const Body& body) {
  const i64 whole = size / kLanes * kLanes;
  for (i64 at = 0; at < whole; at += kLanes) {
    body(
        at, [](const auto* from) { return load(from); },
        [](auto* to, Vector value) { store(to, value); });
  }
  if (whole < size) {
    const i64 count = size - whole;
    body(
        whole, [count](const auto* from) { return load_some(from, count, 0.0F); },
        [count](auto* to, Vector value) { store_some(to, count, value); });
  }
}

template <class T>
float dot(const T* a, const T* b, i64 size) {
  Vector sum{};
  each(size, [&](i64 at, const auto& read, const auto&) { sum += read(a + at) * read(b + at); });
  return sum_of(sum);
}

template <class T>
void widen(const T* from, i64 size, float* to) {
  each(size, [&](i64 at, const auto& read, const auto& write) { write(to + at, read(from + at)); });
}

template <class T>
void times(const float* from, i64 size, float factor, T* to) {
  each(size, [&](i64 at, const auto& read, const auto& write) {
    write(to + at, read(from + at) * factor);
  });
}

void turn(const float* from, i64 stride, i64 rows, i64 columns, float* to) {
  if (rows % 8 == 0 && columns % 8 == 0) return turn_eights(from, stride, rows, columns, to);
  for (i64 j = 0; j < columns; ++j) {
    for (i64 i = 0; i < rows; ++i) to[j * rows + i] = from[i * stride + j];
  }
}

template <class T>
void add(T* to, const T* from, i64 size) {
  each(size, [&](i64 at, const auto& read, const auto& write) {
    write(to + at, read(to + at) + read(from + at));
  });
}

void exp_shifted(float* values, i64 size, float scale, float shift) {
  each(size, [&](i64 at, const auto& read, const auto& write) {
    write(values + at, exp(read(values + at) * scale - shift));
  });
}

float softmax(float* values, i64 size, float scale) {
  constexpr float kLeast = -3.0e38F;
  Vector most = all(kLeast);
  const i64 whole = size / kLanes * kLanes;
  for (i64 at = 0; at < whole; at += kLanes) {
    const Vector x = load(values + at);
    most = x > most ? x : most;
  }
  const Vector rest = load_some(values + whole, size - whole, kLeast);
  const float shift = largest_of(rest > most ? rest : most) * scale;
  Vector sum{};
  for (i64 at = 0; at < whole; at += kLanes) {
    const Vector share = exp(load(values + at) * scale - shift);
    store(values + at, share);
    sum += share;
  }
  float total = sum_of(sum);
  for (i64 at = whole; at < size; ++at) {
    values[at] = exp(all(values[at] * scale - shift))[0];
    total += values[at];
  }
  const float inverse = 1.0F / total;
  each(size, [&](i64 at, const auto& read, const auto& write) {
    write(values + at, read(values + at) * inverse);
  });
  return shift + __builtin_logf(total);
}

constexpr float kLog2E = 1.44269504F;

// 2^x to 2^-22 of it, for x below 127; below -126 at most 1e-38. The polynomial is the best of
// degree 5 for the relative error on [0, 1] that is 1 at 0.
inline Vector power_of_two(Vector x) {
#ifdef FETTLE_FRACTION
  const Vector whole = x;
  const Vector r = FETTLE_FRACTION(x);
#else
  constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: the sum's last bits are the nearest integer
  x = larger(all(-126.0F), x);
  const Vector n = x - 0.5F + kRound;
  const Vector whole = n - kRound;
  const Vector r = x - whole;
#endif
  Vector p = r * 1.8671300819e-3F + 9.0170302845e-3F;
  p = p * r + 5.5799913146e-2F;
  p = p * r + 2.4016445014e-1F;
  p = p * r + 6.9315131181e-1F;
  p = p * r + 1.0F;
#ifdef FETTLE_SCALE
  return FETTLE_SCALE(p, whole);
#else
  const Whole power = (reinterpret_cast<Whole>(n) << 23) + (127 << 23);
  return p * reinterpret_cast<Vector>(power);
#endif
}

// The first `count` lanes of a vector; in the others `fill`.
inline Vector first_lanes(Vector value, i64 count, float fill) {
  Whole lane{};
  for (int i = 0; i < kLanes; ++i) lane[i] = i;
  return lane < static_cast<std::int32_t>(count) ? value : all(fill);
}

// body(at, keep) over the vectors of a row of `size`, the last of them whole too: keep(value) puts
// 0 behind the row.
template <class Body>
inline void each_whole(i64 size, const Body& body) {
  const i64 whole = size / kLanes * kLanes;
  for (i64 at = 0; at < whole; at += kLanes) {
    body(at, [](Vector value) { return value; });
  }
  if (whole < size) {
    body(whole, [&](Vector value) { return first_lanes(value, size - whole, 0.0F); });
  }
}

// The same memory as numbers of type T, which are read and written by copying alone.
template <class T>
inline T* as(float* row) {
  return reinterpret_cast<T*>(row);
}

// The largest of a row's numbers and `least`.
inline float largest_in(const float* row, i64 size, float least_one) {
  constexpr i64 kAtOnce = 4;  // a comparison waits for the one before
  Vector most[kAtOnce] = {all(least_one), all(least_one), all(least_one), all(least_one)};
  i64 at = 0;
  for (; at + kAtOnce * kLanes <= size; at += kAtOnce * kLanes) {
#pragma GCC unroll 4
    for (i64 i = 0; i < kAtOnce; ++i) most[i] = larger(load(row + at + i * kLanes), most[i]);
  }
  for (; at + kLanes <= size; at += kLanes) most[0] = larger(load(row + at), most[0]);
  if (at < size) most[1] = larger(first_lanes(load(row + at), size - at, least_one), most[1]);
  return largest_of(larger(larger(most[0], most[1]), larger(most[2], most[3])));
}

template <class T>
Shares shares(float* scores, i64 size, float scale, float so_far) {
  const float largest = largest_in(scores, size, so_far);
  Vector sum{};
  each_whole(size, [&](i64 at, const auto& keep) {
    const Vector share = keep(power_of_two((load(scores + at) - largest) * (scale * kLog2E)));
    store(as<T>(scores) + at, share);
    sum += share;
  });
  return {largest, sum_of(sum)};
}

template <class T>
void shares_backward(float* scores, float* gradient, i64 size, float scale, float log_sum,
                     float dot) {
  each_whole(size, [&](i64 at, const auto& keep) {
    const Vector share =
        keep(power_of_two(load(scores + at) * (scale * kLog2E) - log_sum * kLog2E));
    const Vector change = keep(share * (load(gradient + at) * scale - dot * scale));
    store(as<T>(scores) + at, share);
    store(as<T>(gradient) + at, change);
  });
}

template <class T>
void scale_norm(const T* x, const float* weight, i64 size, float r, T* y) {
  each(size, [&](i64 at, const auto& read, const auto& write) {
    write(y + at, read(weight + at) * (read(x + at) * r));
  });
}

template <class T>
float rms_norm(const T* x, const float* weight, i64 size, float eps, T* y) {
  const float mean = dot(x, x, size) / static_cast<float>(size);
  const float r = 1.0F / __builtin_sqrtf(mean + eps);
  scale_norm(x, weight, size, r, y);
  return r;
}

// With g = dy * weight: dx = r g - r^3 x mean(g x).
template <class T>
void rms_norm_backward(const T* dy, const T* x, const float* weight, const T* beside, i64 size,
                       float r, T* dx, float* weight_gradient) {
  Vector sum{};
  each(size, [&](i64 at, const auto& read, const auto&) {
    sum += read(dy + at) * read(weight + at) * read(x + at);
  });
  const float back = r * r * r * sum_of(sum) / static_cast<float>(size);
  each(size, [&](i64 at, const auto& read, const auto& write) {
    const Vector own = read(dy + at) * read(weight + at) * r - read(x + at) * back;
    write(dx + at, beside == nullptr ? own : own + read(beside + at));
  });
  if (weight_gradient == nullptr) return;
  each(size, [&](i64 at, const auto& read, const auto& write) {
    write(weight_gradient + at, read(weight_gradient + at) + read(dy + at) * read(x + at) * r);
  });
}

template <class T>
void rotate(const T* x, const float* cos, const float* sin, i64 half, float direction, T* y) {
  each(half, [&](i64 at, const auto& read, const auto& write) {
    const Vector first = read(x + at);
    const Vector second = read(x + half + at);
    const Vector turn = read(sin + at) * direction;
    const Vector along = read(cos + at);
    write(y + at, first * along - second * turn);
    write(y + half + at, second * along + first * turn);
  });
}

inline Vector sigmoid(Vector x) { return 1.0F / (1.0F + exp(-x)); }

template <class T>
void swiglu(const T* gate, const T* up, i64 size, T* y) {
  each(size, [&](i64 at, const auto& read, const auto& write) {
    const Vector g = read(gate + at);
    write(y + at, g * sigmoid(g) * read(up + at));
  });
}

template <class T>
void swiglu_backward(const T* dy, const T* gate, const T* up, i64 size, T* gate_gradient,
                     T* up_gradient, T* y) {
  each(size, [&](i64 at, const auto& read, const auto& write) {
    const Vector d = read(dy + at);
    const Vector g = read(gate + at);
    const Vector u = read(up + at);
    const Vector s = sigmoid(g);
    const Vector silu = g * s;
    write(up_gradient + at, d * silu);
    write(gate_gradient + at, d * u * s * (1.0F + g * (1.0F - s)));
    if (y != nullptr) write(y + at, silu * u);
  });
}

template <class T>
constexpr TypedRowKernels<T> kTyped = {dot<T>,
                                       widen<T>,
                                       times<T>,
                                       add<T>,
                                       rms_norm<T>,
                                       scale_norm<T>,
                                       rms_norm_backward<T>,
                                       rotate<T>,
                                       swiglu<T>,
                                       swiglu_backward<T>,
                                       shares<T>,
                                       shares_backward<T>};

constexpr RowKernels kTable = {softmax, exp_shifted, turn, kTyped<float>, kTyped<Bfloat16>};

}  // namespace rows
}  // namespace
}  // namespace fettle::tensor::cpu
