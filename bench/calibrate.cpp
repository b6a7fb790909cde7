// What this machine's cores and memory do at most, right now: printed as one JSON object.
// usage: bench_calibrate [THREADS] [SECONDS]  (all cores, 0.25 s a figure)
// fp32_gflops: multiply-add on registers alone. bf16_gflops: products of bf16 into fp32, by matrix
// tiles where the processor has them, else by dot products of pairs; null where it has neither.
// read_gbps: a sum over 256 MB a thread.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#ifdef __linux__
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif
#define FETTLE_EACH_WIDTH __attribute__((target_clones("avx512f", "arch=haswell", "default")))
#else
#define FETTLE_EACH_WIDTH
#endif

namespace {

using Vector = float __attribute__((vector_size(64), may_alias));

constexpr int kChains = 12;  // independent sums: latency 4 to 5, two a cycle, and some room
constexpr std::int64_t kRound = 1 << 16;  // multiply-adds of each chain between looks at the clock
constexpr std::size_t kFloats = std::size_t{64} << 20;  // 256 MB a thread

// What a round leaves, so that no compiler leaves the round out.
std::atomic<float> g_sink{0};

// Multiply-adds of kChains vectors of 16 floats; the target's width makes one or more
// instructions of each.
FETTLE_EACH_WIDTH void multiply_add_round() {
  Vector sums[kChains] = {};
  Vector factor = Vector{} + 0.999F;
  Vector addend = Vector{} + 0.5F;
  asm volatile("" : "+m"(factor), "+m"(addend));
  for (std::int64_t i = 0; i < kRound; ++i) {
#pragma GCC unroll 12
    for (Vector& sum : sums) sum = sum * factor + addend;
  }
  float total = 0;
  for (const Vector& sum : sums) total += sum[0];
  g_sink.store(total, std::memory_order_relaxed);
}
constexpr std::int64_t kTileRound = 1 << 14;
constexpr double kTileRoundFlops = 4.0 * 2 * 16 * 16 * 32 * kTileRound;
constexpr double kRoundFlops = 2.0 * 16 * kChains * kRound;

#if defined(__x86_64__)
#ifdef __linux__
// Tiles' state is saved for a process that asked: arch_prctl(ARCH_REQ_XCOMP_PERM, 18).
bool has_tiles() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  constexpr unsigned kBits = 1U << 22 | 1U << 24;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d & kBits) == kBits &&
         syscall(SYS_arch_prctl, 0x1023, 18L) == 0;
}
#else
bool has_tiles() { return false; }
#endif

// What LDTILECFG reads: a palette, 16-bit widths from byte 16 on, rows from byte 48 on. The
// intrinsic tells the compiler of its first bytes alone: the rest must be there before the program
// runs.
struct alignas(64) TileShapes {
  std::uint8_t palette = 1, unused[15] = {};
  std::uint16_t widths[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
static_assert(sizeof(TileShapes) == 64);
constexpr TileShapes kTileShapes;

// Four sums, as a product has them; the tiles hold zeros.
__attribute__((target("amx-tile,amx-bf16"))) void tile_round() {
  _tile_loadconfig(&kTileShapes);
  for (std::int64_t i = 0; i < kTileRound; ++i) {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_release();
}

bool has_bf16() {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512bf16") != 0;
}

__attribute__((target("avx512f,avx512bf16"))) void dot_round() {
  __m512 sums[kChains];
  for (__m512& sum : sums) sum = _mm512_setzero_ps();
  __m512i bits = _mm512_set1_epi32(0x3f003e80);
  asm volatile("" : "+v"(bits));
  const __m512bh pairs = (__m512bh)bits;
  for (std::int64_t i = 0; i < kRound; ++i) {
#pragma GCC unroll 12
    for (__m512& sum : sums) sum = _mm512_dpbf16_ps(sum, pairs, pairs);
  }
  float total = 0;
  for (const __m512& sum : sums) total += _mm512_cvtss_f32(sum);
  g_sink.store(total, std::memory_order_relaxed);
}
#else
bool has_tiles() { return false; }
void tile_round() {}
bool has_bf16() { return false; }
void dot_round() {}
#endif

FETTLE_EACH_WIDTH void read_round(const float* data) {
  Vector sums[8] = {};
  const auto* vectors = reinterpret_cast<const Vector*>(data);
  for (std::size_t i = 0; i < kFloats / 16; i += 8) {
#pragma GCC unroll 8
    for (std::size_t j = 0; j < 8; ++j) sums[j] += vectors[i + j];
  }
  float total = 0;
  for (const Vector& sum : sums) total += sum[0];
  g_sink.store(total, std::memory_order_relaxed);
}

// Rounds a second of all threads together, each running `round(thread)` for so many seconds.
double rounds_per_second(int threads, double seconds, const std::function<void(int)>& round) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> rates(static_cast<std::size_t>(threads));
  std::vector<std::thread> running;
  std::atomic<int> waiting{threads};
  for (int thread = 0; thread < threads; ++thread) {
    running.emplace_back([&, thread] {
      round(thread);  // wide units wake up
      waiting.fetch_sub(1);
      while (waiting.load() > 0) std::this_thread::yield();
      const auto begin = Clock::now();
      double spent = 0;
      int done = 0;
      for (; spent < seconds; ++done) {
        round(thread);
        spent = std::chrono::duration<double>(Clock::now() - begin).count();
      }
      rates[static_cast<std::size_t>(thread)] = done / spent;
    });
  }
  for (std::thread& thread : running) thread.join();
  double total = 0;
  for (const double rate : rates) total += rate;
  return total;
}

double read_gbps(int threads, double seconds) {
  std::vector<float*> blocks;
  for (int i = 0; i < threads; ++i) {
    auto* block = static_cast<float*>(std::aligned_alloc(64, kFloats * sizeof(float)));
    if (block == nullptr) return 0;
    std::fill_n(block, kFloats, 1.0F);
    blocks.push_back(block);
  }
  const double rate = rounds_per_second(
      threads, seconds, [&](int thread) { read_round(blocks[static_cast<std::size_t>(thread)]); });
  for (float* block : blocks) std::free(block);
  return rate * static_cast<double>(kFloats) * sizeof(float) / 1e9;
}

}  // namespace

int main(int argc, char** argv) {
  const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const int threads = argc > 1 ? std::clamp(std::atoi(argv[1]), 1, 4096) : cores;
  const double seconds = argc > 2 ? std::clamp(std::atof(argv[2]), 0.01, 60.0) : 0.25;
  const double fp32 =
      rounds_per_second(threads, seconds, [](int) { multiply_add_round(); }) * kRoundFlops / 1e9;
  std::printf("{\"threads\": %d, \"fp32_gflops\": %.1f, \"bf16_gflops\": ", threads, fp32);
  if (has_tiles()) {
    const double tiles = rounds_per_second(threads, seconds, [](int) { tile_round(); });
    std::printf("%.1f", tiles * kTileRoundFlops / 1e9);
  } else if (has_bf16()) {
    const double bf16 = rounds_per_second(threads, seconds, [](int) { dot_round(); });
    std::printf("%.1f", bf16 * 2 * kRoundFlops / 1e9);
  } else {
    std::printf("null");
  }
  std::printf(", \"read_gbps\": %.1f}\n", read_gbps(threads, seconds));
  return 0;
}
