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

// Some rows of hidden states and some words of the vocabulary.
struct Piece {
  const Tensor& hidden;
  const Tensor& head;
  std::int64_t row, rows;
  std::int64_t word, words;
  float* shares;  // [rows, words]

  [[nodiscard]] std::int64_t width() const { return hidden.size(1); }
  [[nodiscard]] cpu::Rows extent() const { return {rows, words}; }
  [[nodiscard]] Tensor states() const { return hidden.narrow(0, row, rows); }
  [[nodiscard]] Tensor head_rows() const { return head.narrow(0, word, words); }

  // body(i, the place of lookup i in shares)
  template <class Body>
  void each_lookup(const Lookups& lookups, const Body& body) const {
    for (std::int64_t i = 0; i < lookups.count; ++i) {
      const std::int64_t at = lookups.rows[i] - row;
      const std::int64_t target = lookups.targets[i] - word;
      if (at >= 0 && at < rows && target >= 0 && target < words) body(i, at * words + target);
    }
  }

  void make_logits() const {
    const cpu::Product product = {tensor::matrix_of(states()), tensor::turned(head_rows()),
                                  width()};
    cpu::multiply({&product, 1}, cpu::result(shares, rows, words, words));
  }

  // The mean of the head's rows under the shares, to [rows, width].
  void mean_head(float* to) const {
    const cpu::Product product = {cpu::matrix(shares, words), tensor::matrix_of(head_rows()),
                                  words};
    cpu::multiply({&product, 1}, cpu::result(to, rows, width(), width()));
  }

  // gradient [vocab, width] += shares^T states.
  void add_head_gradient(const Tensor& gradient) const {
    const cpu::Product product = {cpu::matrix(shares, 1, words), tensor::matrix_of(states()), rows};
    cpu::multiply({&product, 1}, tensor::result_of(gradient.narrow(0, word, words)),
                  /*accumulate=*/true);
  }
};

// All words of some rows before the next rows.
template <class Body>
void each_piece(const Tensor& hidden, const Tensor& head, const Body& body) {
  const std::int64_t rows = hidden.size(0);
  const std::int64_t words = head.size(0);
  const Tensor buffer = at::empty({std::min(kHeadRows, rows), std::min(kHeadWords, words)},
                                  at::TensorOptions(at::kFloat));
  for (std::int64_t row = 0; row < rows; row += kHeadRows) {
    for (std::int64_t word = 0; word < words; word += kHeadWords) {
      body(Piece{hidden, head, row, std::min(kHeadRows, rows - row), word,
                 std::min(kHeadWords, words - word), buffer.mutable_data_ptr<float>()});
    }
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

// Each row's softmax over the words that were added, and the mean of the head's rows under it.
struct SoftmaxSoFar {
  SoftmaxSoFar(const Tensor& hidden, bool with_means)
      : log_sums(at::empty({hidden.size(0)}, at::TensorOptions(at::kFloat))) {
    if (!with_means) return;
    means = at::empty(hidden.sizes(), log_sums.options());
    mean_of_piece =
        at::empty({std::min(kHeadRows, hidden.size(0)), hidden.size(1)}, log_sums.options());
  }

  // In place of its logits the piece's shares among its own words.
  void add(const Piece& piece) {
    std::vector<float> own(static_cast<std::size_t>(piece.rows));
    cpu::softmax(piece.extent(), piece.shares, own.data());
    float* const so_far = log_sums.mutable_data_ptr<float>() + piece.row;
    float* const mean =
        means.defined() ? means.mutable_data_ptr<float>() + piece.row * piece.width() : nullptr;
    if (piece.word == 0) {
      std::ranges::copy(own, so_far);
      if (mean != nullptr) piece.mean_head(mean);
      return;
    }
    float* const of_piece = mean == nullptr ? nullptr : mean_of_piece.mutable_data_ptr<float>();
    if (mean != nullptr) piece.mean_head(of_piece);
    cpu::join_means({piece.rows, piece.width()}, own.data(), of_piece, so_far, mean);
  }

  Tensor log_sums;  // [rows]
  Tensor means;     // [rows, width], or undefined
  Tensor mean_of_piece;
};

class HeadLogProbs : public torch::autograd::Function<HeadLogProbs> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& hidden,
                        const Tensor& head, const Tensor& rows, const Tensor& targets,
                        bool with_gradient) {
    const Lookups lookups = lookups_of(rows, targets);
    Tensor out = at::empty({lookups.count}, at::TensorOptions(at::kFloat));
    float* const log_probs = out.mutable_data_ptr<float>();
    SoftmaxSoFar softmax(hidden, with_gradient);
    each_piece(hidden, head, [&](const Piece& piece) {
      piece.make_logits();
      piece.each_lookup(lookups,
                        [&](std::int64_t i, std::int64_t at) { log_probs[i] = piece.shares[at]; });
      softmax.add(piece);
    });
    const float* const log_sums = softmax.log_sums.const_data_ptr<float>();
    for (std::int64_t i = 0; i < lookups.count; ++i) log_probs[i] -= log_sums[lookups.rows[i]];
    context->save_for_backward({hidden, head, rows, targets, softmax.means, softmax.log_sums});
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
      out[1] = head_gradient(saved[0], saved[1], saved[5], gradient, lookups, sums);
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
  static Tensor head_gradient(const Tensor& hidden, const Tensor& head, const Tensor& log_sums,
                              const Tensor& gradient, const Lookups& lookups,
                              const std::vector<float>& sums) {
    Tensor out = at::zeros(head.sizes(), at::TensorOptions(at::kFloat));
    const float* const each = gradient.const_data_ptr<float>();
    each_piece(hidden, head, [&](const Piece& piece) {
      piece.make_logits();
      cpu::scaled_shares(piece.extent(), log_sums.const_data_ptr<float>() + piece.row,
                         sums.data() + piece.row, piece.shares);
      piece.each_lookup(lookups,
                        [&](std::int64_t i, std::int64_t at) { piece.shares[at] += each[i]; });
      piece.add_head_gradient(out);
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
