#include "objective/head_log_probs.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "base/error.h"
#include "objective/log_probs.h"
#include "tensor/kernels/cpu/kernels.h"
#include "tensor/kernels/cpu/pointwise.h"
#include "tensor/kernels/cpu/product.h"
#include "tensor/on_kernels.h"

namespace fettle::objective {
namespace {

namespace cpu = tensor::cpu;

// Which target is looked up in which row.
struct Lookups {
  const std::int64_t* rows;
  const std::int64_t* targets;
  std::int64_t count;
};

Lookups lookups_of(const Tensor& rows, const Tensor& targets) {
  return {rows.const_data_ptr<std::int64_t>(), targets.const_data_ptr<std::int64_t>(),
          targets.size(0)};
}

// The rows [first, first + count) of hidden states and their shares of the vocabulary.
struct Chunk {
  const Tensor& hidden;
  const Tensor& head;
  std::int64_t first;
  std::int64_t count;
  float* shares;  // [count, vocab]

  [[nodiscard]] std::int64_t width() const { return hidden.size(1); }
  [[nodiscard]] std::int64_t vocab() const { return head.size(0); }
  // The chunk's hidden states, [count, width].
  [[nodiscard]] cpu::Matrix states() const {
    return tensor::matrix_of(hidden.narrow(0, first, count));
  }

  // body(i, the place of lookup i in shares)
  template <class Body>
  void each_lookup(const Lookups& lookups, const Body& body) const {
    for (std::int64_t i = 0; i < lookups.count; ++i) {
      const std::int64_t row = lookups.rows[i] - first;
      if (row >= 0 && row < count) body(i, row * vocab() + lookups.targets[i]);
    }
  }

  void make_logits() const {
    const cpu::Product product = {states(), tensor::turned(head), width()};
    cpu::multiply({&product, 1}, cpu::result(shares, count, vocab(), vocab()));
  }

  // The mean of the head's rows under the shares, to the chunk's rows of `to`.
  void mean_head(const Tensor& to) const {
    const cpu::Product product = {cpu::matrix(shares, vocab()), tensor::matrix_of(head), vocab()};
    cpu::multiply({&product, 1}, tensor::result_of(to.narrow(0, first, count)));
  }

  // gradient [vocab, width] += shares^T states.
  void add_head_gradient(const Tensor& gradient) const {
    const cpu::Product product = {cpu::matrix(shares, 1, vocab()), states(), count};
    cpu::multiply({&product, 1}, tensor::result_of(gradient), /*accumulate=*/true);
  }
};

template <class Body>
void each_chunk(const Tensor& hidden, const Tensor& head, const Body& body) {
  const std::int64_t rows = hidden.size(0);
  const Tensor buffer =
      at::empty({std::min(kHeadRows, rows), head.size(0)}, at::TensorOptions(at::kFloat));
  for (std::int64_t first = 0; first < rows; first += kHeadRows) {
    body(Chunk{hidden, head, first, std::min(kHeadRows, rows - first),
               buffer.mutable_data_ptr<float>()});
  }
}

void widen_row(const Tensor& source, std::int64_t row, float* to) {
  tensor::by_element(source.scalar_type(), [&]<class T>(T) {
    cpu::row_kernels<T>().widen(tensor::data_of<T>(source) + row * source.size(1), source.size(1),
                                to);
  });
}

std::vector<float> row_sums(const Tensor& gradient, const Lookups& lookups, std::int64_t rows) {
  std::vector<float> sums(static_cast<std::size_t>(rows), 0.0F);
  const float* const each = gradient.const_data_ptr<float>();
  for (std::int64_t i = 0; i < lookups.count; ++i) {
    sums[static_cast<std::size_t>(lookups.rows[i])] += each[i];
  }
  return sums;
}

class HeadLogProbs : public torch::autograd::Function<HeadLogProbs> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& hidden,
                        const Tensor& head, const Tensor& rows, const Tensor& targets,
                        bool with_gradient) {
    const Lookups lookups = lookups_of(rows, targets);
    Tensor out = at::empty({lookups.count}, at::TensorOptions(at::kFloat));
    float* const log_probs = out.mutable_data_ptr<float>();
    Tensor means;
    if (with_gradient) means = at::empty(hidden.sizes(), at::TensorOptions(at::kFloat));
    each_chunk(hidden, head, [&](const Chunk& chunk) {
      chunk.make_logits();
      chunk.each_lookup(lookups,
                        [&](std::int64_t i, std::int64_t at) { log_probs[i] = chunk.shares[at]; });
      std::vector<float> log_sums(static_cast<std::size_t>(chunk.count));
      cpu::softmax({chunk.count, chunk.vocab()}, chunk.shares, log_sums.data());
      chunk.each_lookup(lookups, [&](std::int64_t i, std::int64_t at) {
        log_probs[i] -= log_sums[static_cast<std::size_t>(at / chunk.vocab())];
      });
      if (with_gradient) chunk.mean_head(means);
    });
    context->save_for_backward({hidden, head, rows, targets, means});
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const torch::autograd::variable_list saved = context->get_saved_variables();
    const Tensor gradient = gradients[0].contiguous();
    const Lookups lookups = lookups_of(saved[2], saved[3]);
    const std::vector<float> sums = row_sums(gradient, lookups, saved[0].size(0));
    torch::autograd::variable_list out(5);
    if (context->needs_input_grad(0)) {
      out[0] = hidden_gradient(saved[1], saved[4], gradient, lookups, sums);
    }
    if (context->needs_input_grad(1)) {
      out[1] = head_gradient(saved[0], saved[1], gradient, lookups, sums);
    }
    return out;
  }

 private:
  static Tensor hidden_gradient(const Tensor& head, const Tensor& means, const Tensor& gradient,
                                const Lookups& lookups, const std::vector<float>& sums) {
    Tensor out = at::empty_like(means);
    const std::int64_t width = means.size(1);
    const float* const mean = means.const_data_ptr<float>();
    const float* const each = gradient.const_data_ptr<float>();
    float* const to = out.mutable_data_ptr<float>();
    for (std::int64_t row = 0; row < means.size(0); ++row) {
      const float sum = sums[static_cast<std::size_t>(row)];
      for (std::int64_t j = row * width; j < (row + 1) * width; ++j) to[j] = -sum * mean[j];
    }
    std::vector<float> target(static_cast<std::size_t>(width));
    for (std::int64_t i = 0; i < lookups.count; ++i) {
      widen_row(head, lookups.targets[i], target.data());
      float* const row = to + lookups.rows[i] * width;
      for (std::int64_t j = 0; j < width; ++j) {
        row[j] += each[i] * target[static_cast<std::size_t>(j)];
      }
    }
    return out.to(head.scalar_type());
  }

  // The shares are computed again: they are too many to keep.
  static Tensor head_gradient(const Tensor& hidden, const Tensor& head, const Tensor& gradient,
                              const Lookups& lookups, const std::vector<float>& sums) {
    Tensor out = at::zeros(head.sizes(), at::TensorOptions(at::kFloat));
    const float* const each = gradient.const_data_ptr<float>();
    each_chunk(hidden, head, [&](const Chunk& chunk) {
      chunk.make_logits();
      std::vector<float> log_sums(static_cast<std::size_t>(chunk.count));
      cpu::softmax({chunk.count, chunk.vocab()}, chunk.shares, log_sums.data());
      for (std::int64_t row = 0; row < chunk.count; ++row) {
        const float sum = sums[static_cast<std::size_t>(chunk.first + row)];
        float* const share = chunk.shares + row * chunk.vocab();
        for (std::int64_t j = 0; j < chunk.vocab(); ++j) share[j] *= -sum;
      }
      chunk.each_lookup(lookups,
                        [&](std::int64_t i, std::int64_t at) { chunk.shares[at] += each[i]; });
      chunk.add_head_gradient(out);
    });
    return out.to(head.scalar_type());
  }
};

void check_ids(const Tensor& ids, std::int64_t limit, const char* what) {
  const std::int64_t* const values = ids.const_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < ids.numel(); ++i) {
    if (values[i] < 0 || values[i] >= limit) {
      throw InternalError("{} {} is not within [0, {})", what, values[i], limit);
    }
  }
}

}  // namespace

Tensor head_log_probs(const Tensor& hidden, const Tensor& head, const Tensor& rows,
                      const Tensor& targets) {
  tensor::expect_shape(targets, {rows.size(0)}, "targets");
  if (!tensor::on_kernels(hidden)) {
    return target_log_probs(at::linear(hidden, head), rows, targets);
  }
  check_ids(rows, hidden.size(0), "row");
  check_ids(targets, head.size(0), "target");
  const bool with_gradient =
      at::GradMode::is_enabled() && (hidden.requires_grad() || head.requires_grad());
  return HeadLogProbs::apply(hidden.contiguous(), head.contiguous(), rows.contiguous(),
                             targets.contiguous(), with_gradient);
}

}  // namespace fettle::objective
