// Times each operation of the table, by fettle and by libtorch in turn, and prints a JSON line
// each. usage: bench_ops [--tokens N] [--dtype float32|bfloat16] [--threads N] [--seconds S] [NAME
// ...]
#include "bench/ops.h"

#include <ATen/ops/ones_like.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>

#include "base/error.h"
#include "base/json.h"

namespace fettle::bench {
namespace {

struct Options {
  Sizes sizes;
  std::int64_t threads = 0;
  double seconds = 0.3;  // of each side and operation
  std::vector<std::string> names;
};

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Seconds of the fastest forward, and of the fastest backward after it.
struct Timing {
  double forward = 1e9;
  double backward = 1e9;
};

void run_once(const Forward& forward, const Prepared& op, Timing& timing) {
  const double begin = now();
  const Tensor result = forward();
  timing.forward = std::min(timing.forward, now() - begin);
  if (op.leaves.empty()) return;
  const Tensor gradient = at::ones_like(result);
  const double turned = now();
  result.backward(gradient);
  timing.backward = std::min(timing.backward, now() - turned);
  for (const Tensor& leaf : op.leaves) leaf.mutable_grad().reset();
}

// Each side in turn until both had their seconds.
std::pair<Timing, Timing> compare(const Prepared& op, double seconds) {
  Timing ours;
  Timing theirs;
  const double end = now() + 2 * seconds;
  int rounds = 0;
  while (rounds < 3 || now() < end) {
    run_once(op.fettle, op, ours);
    run_once(op.aten, op, theirs);
    ++rounds;
  }
  return {ours, theirs};
}

Json figures(const Cost& cost, const Timing& timing, bool backward) {
  const auto rate = [](double amount, double seconds) {
    return amount == 0 ? Json() : Json(amount / seconds / 1e9);
  };
  Json out = {{"forward_s", timing.forward},
              {"forward_gflops", rate(cost.forward_flops, timing.forward)},
              {"forward_gbps", rate(cost.forward_bytes, timing.forward)}};
  if (backward) {
    out["backward_s"] = timing.backward;
    out["backward_gflops"] = rate(cost.backward_flops, timing.backward);
    out["backward_gbps"] = rate(cost.backward_bytes, timing.backward);
  }
  return out;
}

Options parse(int argc, char** argv) {
  Options out;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : "";
    if (!word.starts_with("--")) {
      out.names.push_back(word);
      continue;
    }
    ++i;
    if (word == "--tokens") {
      out.sizes.tokens = std::clamp(std::atoll(value), 1LL, 1LL << 20);
    } else if (word == "--dtype") {
      out.sizes.dtype = tensor::parse_compute_dtype(value, at::kCPU);
    } else if (word == "--threads") {
      out.threads = std::clamp(std::atoll(value), 0LL, 4096LL);
    } else if (word == "--seconds") {
      out.seconds = std::clamp(std::atof(value), 0.01, 60.0);
    } else {
      throw UsageError(
          "bench_ops: {} is no option; there are --tokens, --dtype, --threads and "
          "--seconds",
          word);
    }
  }
  return out;
}

void run(const Options& options) {
  tensor::set_threads(options.threads);
  for (const OpRow& row : ops()) {
    const bool wanted =
        options.names.empty() ||
        std::find(options.names.begin(), options.names.end(), row.name) != options.names.end();
    if (!wanted) continue;
    const Prepared op = row.make(options.sizes);
    const auto [ours, theirs] = compare(op, options.seconds);
    const bool backward = !op.leaves.empty();
    std::cout << to_text({{"op", std::string(row.name)},
                          {"help", std::string(row.help)},
                          {"fettle", figures(op.cost, ours, backward)},
                          {"aten", figures(op.cost, theirs, backward)}})
              << std::endl;
  }
}

}  // namespace
}  // namespace fettle::bench

int main(int argc, char** argv) {
  try {
    fettle::bench::run(fettle::bench::parse(argc, argv));
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << std::endl;
    return 1;
  }
}
