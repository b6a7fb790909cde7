// The same code on a GPU, where one is at hand: forward, gradients and the cache equal the CPU's.
#include <ATen/Context.h>
#include <ATen/ops/allclose.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include "model/score.h"
#include "tests/model/tiny_decoder.h"

namespace fettle::model {
namespace {

const at::Device kGpu = at::Device(at::kCUDA, 0);

Decoder moved(const Decoder& decoder, at::Device device) {
  Decoder out = decoder;
  for_each_parameter(out, [&](const std::string&, Tensor& value) {
    value = value.detach().to(device).requires_grad_(true);
  });
  return out;
}

batch::Pack small_pack() {
  batch::Pack pack;
  pack.segments = {{-1, 0, 6, 0}, {0, 6, 4, 6}, {0, 10, 3, 6}};
  for (std::int32_t i = 0; i < 13; ++i) {
    pack.ids.push_back((i * 7 + 3) % 64);
    pack.positions.push_back(i < 10 ? i : i - 4);
  }
  pack.scored = {{5, 3, 2.0F, 0}, {7, 9, 1.0F, 0}, {12, 1, 1.0F, 1}};
  return pack;
}

TEST(Cuda, LogProbabilitiesAndGradientsEqualTheCpus) {
  if (!at::globalContext().hasCUDA()) GTEST_SKIP() << "no GPU that libtorch can use";
  Decoder cpu = moved(tiny_decoder(tiny_config()), at::Device(at::kCPU));
  Decoder gpu = moved(cpu, kGpu);
  const batch::Pack pack = small_pack();
  const Tensor here = scored_log_probs(cpu, pack, {});
  const Tensor there = scored_log_probs(gpu, pack, {});
  EXPECT_TRUE(at::allclose(here.detach(), there.detach().to(at::kCPU), 1e-4, 1e-4));
  here.sum().backward();
  there.sum().backward();
  EXPECT_TRUE(
      at::allclose(cpu.embed_tokens.grad(), gpu.embed_tokens.grad().to(at::kCPU), 1e-3, 1e-4));
}

}  // namespace
}  // namespace fettle::model
