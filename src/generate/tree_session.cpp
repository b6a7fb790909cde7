#include "generate/tree_session.h"

#include <ATen/ops/index_select.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "base/error.h"

namespace fettle::generate {

TreeSession::TreeSession(const model::Decoder& decoder)
    : decoder_(decoder), cache_(decoder.config.num_hidden_layers) {}

std::int32_t TreeSession::next_position(std::int32_t segment) const {
  if (segment < 0) return 0;
  const batch::Segment& last = segments_.at(static_cast<std::size_t>(segment));
  return last.first_position + last.length;
}

void TreeSession::push(std::span<const batch::TokenId> ids, std::int32_t position) {
  if (ids.empty()) throw InternalError("a segment without tokens");
  for (const batch::TokenId id : ids) {
    ids_.push_back(id);
    positions_.push_back(position++);
  }
}

std::int32_t TreeSession::append(std::int32_t parent, std::span<const batch::TokenId> ids) {
  const auto begin = static_cast<std::int32_t>(ids_.size());
  const std::int32_t position = next_position(parent);
  push(ids, position);
  if (parent >= 0) has_children_[static_cast<std::size_t>(parent)] = true;
  segments_.push_back({parent, begin, static_cast<std::int32_t>(ids.size()), position});
  has_children_.push_back(false);
  return static_cast<std::int32_t>(segments_.size()) - 1;
}

std::int32_t TreeSession::extend(std::int32_t segment, std::span<const batch::TokenId> ids) {
  const auto index = static_cast<std::size_t>(segment);
  const batch::Segment& last = segments_.at(index);
  const bool newest = last.begin + last.length == static_cast<std::int32_t>(ids_.size());
  if (!newest || has_children_[index]) return append(segment, ids);
  push(ids, next_position(segment));
  segments_[index].length += static_cast<std::int32_t>(ids.size());
  return segment;
}

Tensor TreeSession::run(std::span<const std::int32_t> segments) {
  const c10::AutoGradMode no_gradient(false);
  const std::int64_t cached = cache_.size();
  const auto first = static_cast<std::size_t>(cached);
  std::vector<std::int32_t> rows;
  for (const std::int32_t segment : segments) {
    const batch::Segment& named = segments_.at(static_cast<std::size_t>(segment));
    rows.push_back(named.begin + named.length - 1 - static_cast<std::int32_t>(cached));
    if (rows.back() < 0) throw InternalError("segment {} has no new token", segment);
  }
  std::vector<std::int32_t> wanted = rows;
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  for (std::int32_t& row : rows) {
    row = static_cast<std::int32_t>(std::lower_bound(wanted.begin(), wanted.end(), row) -
                                    wanted.begin());
  }
  const Tensor hidden = model::hidden_states(
      decoder_,
      {std::span(ids_).subspan(first), std::span(positions_).subspan(first), segments_, wanted}, {},
      &cache_);
  const Tensor picked = at::index_select(hidden, 0, tensor::tensor_of(rows, hidden.device()));
  return model::logits(decoder_, picked).to(at::kCPU, at::kFloat).contiguous();
}

}  // namespace fettle::generate
