#include "nn/attention.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"

namespace fettle::nn {
namespace {

using batch::Segment;

// Which keys a token sees, from the definition: its ancestors' tokens and its own segment's up to
// itself, of these with a window the last ones.
bool sees(const std::vector<Segment>& segments, std::int32_t query, std::int32_t key,
          std::int64_t window) {
  const auto owner = [&](std::int32_t token) {
    for (std::size_t i = 0; i < segments.size(); ++i) {
      if (token >= segments[i].begin && token < segments[i].begin + segments[i].length) {
        return static_cast<std::int32_t>(i);
      }
    }
    return -1;
  };
  const auto position = [&](std::int32_t token) {
    const Segment& segment = segments[static_cast<std::size_t>(owner(token))];
    return segment.first_position + token - segment.begin;
  };
  if (window > 0 && position(query) - position(key) >= window) return false;
  const std::int32_t own = owner(query);
  const std::int32_t other = owner(key);
  if (own == other) return key <= query;
  for (std::int32_t at = segments[static_cast<std::size_t>(own)].parent; at >= 0;
       at = segments[static_cast<std::size_t>(at)].parent) {
    if (at == other) return true;
  }
  return false;
}

// Softmax attention in double precision, a score at a time.
Tensor naive(const Tensor& q, const Tensor& k, const Tensor& v,
             const std::vector<Segment>& segments, std::int64_t first_new,
             std::int64_t window = 0) {
  const std::int64_t group = q.size(1) / k.size(1);
  const std::int64_t dim = q.size(2);
  Tensor out = at::empty(q.sizes(), q.options().dtype(at::kDouble));
  const auto qa = q.accessor<float, 3>();
  const auto ka = k.accessor<float, 3>();
  const auto va = v.accessor<float, 3>();
  auto oa = out.accessor<double, 3>();
  for (std::int64_t t = 0; t < q.size(0); ++t) {
    for (std::int64_t h = 0; h < q.size(1); ++h) {
      std::vector<double> weights(static_cast<std::size_t>(k.size(0)), 0.0);
      double total = 0;
      for (std::int64_t s = 0; s < k.size(0); ++s) {
        if (!sees(segments, static_cast<std::int32_t>(t + first_new), static_cast<std::int32_t>(s),
                  window)) {
          continue;
        }
        double score = 0;
        for (std::int64_t d = 0; d < dim; ++d) score += double{qa[t][h][d]} * ka[s][h / group][d];
        weights[static_cast<std::size_t>(s)] = std::exp(score / std::sqrt(double(dim)));
        total += weights[static_cast<std::size_t>(s)];
      }
      for (std::int64_t d = 0; d < dim; ++d) {
        double sum = 0;
        for (std::int64_t s = 0; s < k.size(0); ++s) {
          sum += weights[static_cast<std::size_t>(s)] * va[s][h / group][d];
        }
        oa[t][h][d] = sum / total;
      }
    }
  }
  return out;
}

void expect_naive(const std::vector<Segment>& segments, std::int64_t first_new,
                  std::int64_t window = 0) {
  std::int64_t keys = 0;
  for (const Segment& segment : segments) keys += segment.length;
  const Tensor q = at::randn({keys - first_new, 4, 8});
  const Tensor k = at::randn({keys, 2, 8});
  const Tensor v = at::randn({keys, 2, 8});
  const AttentionLayout layout =
      attention_layout(segments, first_new, {}, at::kFloat, at::Device(at::kCPU), window);
  const Tensor ours = attend(q, k, v, layout).to(at::kDouble);
  EXPECT_TRUE(at::allclose(ours, naive(q, k, v, segments, first_new, window), 1e-5, 1e-5));
}

void expect_wanted(const std::vector<Segment>& segments, std::int64_t first_new,
                   const std::vector<std::int32_t>& wanted, at::ScalarType type) {
  std::int64_t keys = 0;
  for (const Segment& segment : segments) keys += segment.length;
  const Tensor q = at::randn({keys - first_new, 4, 8}).to(type);
  const Tensor k = at::randn({keys, 2, 8}).to(type);
  const Tensor v = at::randn({keys, 2, 8}).to(type);
  const Tensor rows = tensor::tensor_of(wanted, at::Device(at::kCPU));
  const AttentionLayout layout =
      attention_layout(segments, first_new, wanted, type, at::Device(at::kCPU));
  const Tensor ours = attend(at::index_select(q, 0, rows), k, v, layout).to(at::kDouble);
  const Tensor all =
      naive(q.to(at::kFloat), k.to(at::kFloat), v.to(at::kFloat), segments, first_new);
  EXPECT_TRUE(at::allclose(ours, at::index_select(all, 0, rows), 1e-5, 1e-5));
}

const std::vector<Segment> kTree = {
    {-1, 0, 9, 0}, {0, 9, 5, 9}, {0, 14, 1, 9}, {1, 15, 3, 14}, {-1, 18, 4, 0}};

TEST(Attention, SomeTokensAlone) {
  const std::vector<Segment>& tree = kTree;
  for (const at::ScalarType type : {at::kFloat, at::kDouble}) {  // on kernels, and on libtorch
    expect_wanted(tree, 0, {0, 3, 8, 14, 16, 17, 21}, type);
    expect_wanted(tree, 0, {20}, type);
    expect_wanted({{-1, 0, 13, 0}}, 0, {2, 7}, type);
    expect_wanted({{-1, 0, 6, 0}, {0, 6, 4, 6}}, 8, {1}, type);
    expect_wanted({{-1, 0, 400, 0}, {0, 400, 300, 400}, {-1, 700, 350, 0}}, 0, {5, 399, 650, 1049},
                  type);
  }
  EXPECT_THROW((void)attention_layout(tree, 9, std::vector<std::int32_t>{13}, at::kFloat,
                                      at::Device(at::kCPU)),
               InternalError);
}

TEST(Attention, OneSegmentIsCausal) { expect_naive({{-1, 0, 13, 0}}, 0); }

TEST(Attention, SegmentsSeeAncestorsAndThemselvesAlone) { expect_naive(kTree, 0); }

TEST(Attention, LongSegmentsAreComputedApart) {
  const std::vector<Segment> segments = {{-1, 0, 400, 0}, {0, 400, 300, 400}, {-1, 700, 350, 0}};
  const AttentionLayout layout =
      attention_layout(segments, 0, {}, at::kFloat, at::Device(at::kCPU));
  EXPECT_FALSE(layout.mask.defined());
  EXPECT_EQ(layout.spans.size(), 3U);
  expect_naive(segments, 0);
}

TEST(Attention, NewTokensSeeCachedOnes) {
  expect_naive({{-1, 0, 9, 0}, {0, 9, 5, 9}, {0, 14, 2, 9}}, 9);
  // A segment that goes on where the cache ended.
  expect_naive({{-1, 0, 12, 0}}, 7);
  expect_naive({{-1, 0, 6, 0}, {0, 6, 4, 6}}, 8);
}

TEST(Attention, AWindowHidesEarlierTokens) {
  for (const std::int64_t window : {1, 2, 7, 12, 100}) {
    expect_naive({{-1, 0, 13, 0}}, 0, window);
    expect_naive(kTree, 0, window);
    expect_naive({{-1, 0, 6, 0}, {0, 6, 4, 6}}, 8, window);
  }
  // Blocks of keys that none of a block's queries sees any more.
  for (const std::int64_t window : {40, 700}) expect_naive({{-1, 0, 1500, 0}}, 0, window);
}

// The result and all gradients, on kernels in `type` and on libtorch's operators in float64.
void expect_same_gradients(const std::vector<Segment>& segments, std::int64_t window,
                           at::ScalarType type, double tolerance) {
  std::int64_t keys = 0;
  for (const Segment& segment : segments) keys += segment.length;
  const auto run = [&](at::ScalarType as, const std::vector<Tensor>& given) {
    std::vector<Tensor> in;
    for (const Tensor& x : given) in.push_back(x.to(as).clone().requires_grad_());
    const AttentionLayout layout =
        attention_layout(segments, 0, {}, as, at::Device(at::kCPU), window);
    std::vector<Tensor> out = {attend(in[0], in[1], in[2], layout)};
    out[0].backward(given[3].to(as));
    for (int i = 0; i < 3; ++i) out.push_back(in[static_cast<std::size_t>(i)].grad());
    for (Tensor& x : out) x = x.detach().to(at::kDouble);
    return out;
  };
  std::vector<Tensor> given;
  for (const std::int64_t heads : {4, 2, 2, 4}) {
    given.push_back(at::randn({keys, heads, 32}).to(type));
  }
  const std::vector<Tensor> ours = run(type, given), theirs = run(at::kDouble, given);
  for (std::size_t i = 0; i < ours.size(); ++i) {
    EXPECT_TRUE(at::allclose(ours[i], theirs[i], tolerance, tolerance)) << i << ' ' << window;
  }
}

TEST(Attention, AWindowsGradientsEqualLibtorchs) {
  for (const std::int64_t window : {0, 1, 7, 300}) {
    expect_same_gradients(kTree, window, at::kFloat, 1e-5);
    expect_same_gradients({{-1, 0, 700, 0}}, window, at::kFloat, 1e-5);
    expect_same_gradients({{-1, 0, 700, 0}}, window, at::kBFloat16, 4e-2);
  }
}

TEST(Attention, RefusesWrongShapes) {
  const AttentionLayout layout = attention_layout(std::vector<Segment>{{-1, 0, 4, 0}}, 0, {},
                                                  at::kFloat, at::Device(at::kCPU));
  const Tensor q = at::randn({3, 4, 8});
  EXPECT_THROW((void)attend(q, q, q, layout), InternalError);
}

}  // namespace
}  // namespace fettle::nn
