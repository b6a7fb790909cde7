#include "tensor/kernels/cpu/share_out.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <numeric>
#include <span>
#include <vector>

namespace fettle::tensor::cpu {
namespace {

using i64 = std::int64_t;
using Clock = std::chrono::steady_clock;

// How much the last work counts in a thread's speed.
constexpr double kNews = 0.2;
// No thread is held to be slower than so much of the average: it must work to show that it is not.
constexpr double kSlowest = 0.3;
// The time of less work says nothing.
constexpr double kShortest = 20e-6;

// The speeds of the first of the calling thread's team, beside one another.
std::span<double> speeds_of(i64 threads) {
  thread_local std::vector<double> speeds;
  const auto count = static_cast<std::size_t>(threads);
  if (speeds.size() < count) speeds.resize(count, 1.0);
  return std::span(speeds).first(count);
}

double sum_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

// Where each thread's share ends.
std::vector<i64> ends_of(i64 count, std::span<const double> speeds) {
  const double all = sum_of(speeds);
  std::vector<i64> ends;
  double passed = 0;
  for (const double speed : speeds) {
    passed += speed;
    ends.push_back(std::min<i64>(count, std::llround(passed / all * static_cast<double>(count))));
  }
  ends.back() = count;
  return ends;
}

// rates: what each thread did in a second.
void learn(std::span<const double> rates, std::span<double> speeds) {
  const double average = sum_of(speeds) / static_cast<double>(speeds.size());
  const double per_rate = sum_of(speeds) / sum_of(rates);
  for (std::size_t t = 0; t < rates.size(); ++t) {
    speeds[t] += kNews * (rates[t] * per_rate - speeds[t]);
    speeds[t] = std::max(kSlowest * average, speeds[t]);
  }
}

}  // namespace

void share_out(i64 count, i64 least, c10::function_ref<void(i64, i64)> body) {
  const i64 threads = std::min<i64>(at::get_num_threads(), count / std::max<i64>(1, least));
  if (threads <= 1 || at::in_parallel_region()) {
    if (count > 0) body(0, count);
    return;
  }
  const std::span<double> speeds = speeds_of(threads);
  const std::vector<i64> ends = ends_of(count, speeds);
  std::vector<double> rates(static_cast<std::size_t>(threads));
  std::atomic<bool> tells = true;
  at::parallel_for(0, threads, 1, [&](i64 first, i64 last) {
    for (i64 thread = first; thread < last; ++thread) {
      const auto t = static_cast<std::size_t>(thread);
      const i64 begin = thread == 0 ? 0 : ends[t - 1];
      const Clock::time_point start = Clock::now();
      if (begin < ends[t]) body(begin, ends[t]);
      const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
      if (begin == ends[t] || seconds < kShortest) tells = false;
      rates[t] = static_cast<double>(ends[t] - begin) / seconds;
    }
  });
  if (tells) learn(rates, speeds);
}

void hand_out(i64 count, c10::function_ref<void(i64)> body) {
  std::atomic<i64> next = 0;
  const i64 threads = std::min<i64>(at::get_num_threads(), count);
  at::parallel_for(0, threads, 1, [&](i64 first, i64 last) {
    for (i64 thread = first; thread < last; ++thread) {
      for (i64 i = next++; i < count; i = next++) body(i);
    }
  });
}

}  // namespace fettle::tensor::cpu
