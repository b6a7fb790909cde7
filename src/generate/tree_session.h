// A growing tree of segments with its cached keys and values: prompts, their continuations, and
// theirs. What generation and multi-answer scoring compute, each token once.
#pragma once

#include <span>
#include <vector>

#include "batch/pack.h"
#include "model/decoder.h"

namespace fettle::generate {

class TreeSession {
 public:
  explicit TreeSession(const model::Decoder& decoder);

  // Queues tokens as a new segment after `parent` (-1: a root) and returns it.
  [[nodiscard]] std::int32_t append(std::int32_t parent, std::span<const batch::TokenId> ids);

  // Queues tokens that go on after `segment` and returns the segment that ends with them: itself,
  // grown, when its tokens are the newest of all and nothing follows it yet, else a new one.
  [[nodiscard]] std::int32_t extend(std::int32_t segment, std::span<const batch::TokenId> ids);

  // Computes the queued tokens. Returns the logits [segments.size(), vocab] float32 on the CPU
  // that follow the last token of each segment named, which must have been queued.
  [[nodiscard]] Tensor run(std::span<const std::int32_t> segments);

  [[nodiscard]] std::int64_t tokens() const { return static_cast<std::int64_t>(ids_.size()); }
  // Position after the segment's last token.
  [[nodiscard]] std::int32_t next_position(std::int32_t segment) const;

 private:
  // Adds the tokens at the end, at the positions from `position` on.
  void push(std::span<const batch::TokenId> ids, std::int32_t position);

  const model::Decoder& decoder_;
  model::KvCache cache_;
  std::vector<batch::TokenId> ids_;
  std::vector<std::int32_t> positions_;
  std::vector<batch::Segment> segments_;
  std::vector<bool> has_children_;
};

}  // namespace fettle::generate
