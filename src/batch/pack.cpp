#include "batch/pack.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "base/error.h"
#include "batch/prefix_tree.h"

namespace fettle::batch {
namespace {

void check_example(const Example& example, std::size_t at) {
  if (example.ids.empty()) {
    throw InternalError("example {} ({}) has no tokens; drop such rows before packing", at,
                        example.origin.text());
  }
  if (example.scored.size() != example.ids.size()) {
    throw InternalError("example {} ({}) has {} tokens but {} flags; they must be as many", at,
                        example.origin.text(), example.ids.size(), example.scored.size());
  }
}

std::vector<std::span<const TokenId>> rows_of(std::span<const Example* const> rows) {
  std::vector<std::span<const TokenId>> ids;
  ids.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    check_example(*rows[i], i);
    ids.emplace_back(rows[i]->ids);
  }
  return ids;
}

// Segments from the root to `segment`.
std::vector<std::int32_t> path_to(const Pack& pack, std::int32_t segment) {
  std::vector<std::int32_t> path;
  for (; segment >= 0; segment = pack.segments[static_cast<std::size_t>(segment)].parent) {
    path.push_back(segment);
  }
  std::reverse(path.begin(), path.end());
  return path;
}

std::int64_t row_length(const Pack& pack, std::int32_t segment) {
  const Segment& last = pack.segments[static_cast<std::size_t>(segment)];
  return std::int64_t{last.first_position} + last.length;
}

// Merges predictions of one target at one row, sorts them, and says for each prediction where it
// went. Merging also catches equal continuations in sibling segments that were too short to share.
void merge_predictions(std::span<const Scored> predictions, Pack& pack) {
  std::vector<std::int32_t> order(predictions.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int32_t>(i);
  const auto at = [&](std::int32_t i) -> const Scored& {
    return predictions[static_cast<std::size_t>(i)];
  };
  std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    return at(a).row != at(b).row ? at(a).row < at(b).row : at(a).target < at(b).target;
  });
  pack.scored_of.resize(predictions.size());
  for (const std::int32_t i : order) {
    const Scored& next = at(i);
    if (!pack.scored.empty() && pack.scored.back().row == next.row &&
        pack.scored.back().target == next.target) {
      pack.scored.back().count += next.count;
    } else {
      pack.scored.push_back(next);
    }
    pack.scored_of[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(pack.scored.size()) - 1;
  }
  pack.counted = static_cast<double>(predictions.size());
}

}  // namespace

std::int32_t TreeBuilder::add(std::int32_t parent, std::span<const TokenId> ids) {
  const auto segments = static_cast<std::int32_t>(pack_.segments.size());
  if (ids.empty()) throw InternalError("segment {} has no tokens; it needs one", segments);
  if (parent < -1 || parent >= segments) {
    throw InternalError("segment {} names parent {}; allowed are -1 to {}", segments, parent,
                        segments - 1);
  }
  constexpr auto kMost = static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max());
  if (ids.size() > kMost - pack_.ids.size()) {
    throw DataError("a pack would hold {} tokens, over 2^31 - 1; use a smaller batch",
                    pack_.ids.size() + ids.size());
  }
  Segment segment{.parent = parent,
                  .begin = static_cast<std::int32_t>(pack_.ids.size()),
                  .length = static_cast<std::int32_t>(ids.size())};
  if (parent >= 0) {
    segment.first_position = static_cast<std::int32_t>(row_length(pack_, parent));
  }
  for (std::int32_t i = 0; i < segment.length; ++i) {
    pack_.positions.push_back(segment.first_position + i);
  }
  pack_.ids.insert(pack_.ids.end(), ids.begin(), ids.end());
  pack_.segments.push_back(segment);
  return segments;
}

std::int32_t TreeBuilder::add_example(std::int32_t segment, std::span<const std::uint8_t> scored) {
  const auto example = static_cast<std::int32_t>(pack_.examples);
  if (segment < 0 || segment >= static_cast<std::int32_t>(pack_.segments.size())) {
    throw InternalError("example {} names segment {}; allowed are 0 to {}", example, segment,
                        static_cast<std::int64_t>(pack_.segments.size()) - 1);
  }
  const std::int64_t length = row_length(pack_, segment);
  if (!scored.empty() && static_cast<std::int64_t>(scored.size()) != length) {
    throw InternalError("example {} has {} flags for a row of {} tokens; they must be as many",
                        example, scored.size(), length);
  }
  if (!scored.empty() && scored[0] != 0) {
    throw InternalError("example {} scores its first token, which nothing predicts", example);
  }
  if (length > std::numeric_limits<std::int32_t>::max() - std::ssize(predictions_)) {
    throw DataError("a pack would score over 2^31 - 1 tokens; use a smaller batch");
  }
  std::int32_t before = -1;  // token that predicts the one at hand
  for (const std::int32_t part : path_to(pack_, segment)) {
    const Segment& piece = pack_.segments[static_cast<std::size_t>(part)];
    for (std::int32_t i = 0; i < piece.length && !scored.empty(); ++i) {
      const std::int32_t token = piece.begin + i;
      if (scored[static_cast<std::size_t>(piece.first_position + i)] != 0) {
        predictions_.push_back({.row = before,
                                .target = pack_.ids[static_cast<std::size_t>(token)],
                                .count = 1.0F,
                                .example = example});
      }
      before = token;
    }
  }
  pack_.last_segment.push_back(segment);
  pack_.first_scored.push_back(static_cast<std::int32_t>(predictions_.size()));
  pack_.unshared_tokens += length;
  return static_cast<std::int32_t>(pack_.examples++);
}

std::int32_t TreeBuilder::add_answer(std::int32_t parent, std::span<const TokenId> ids) {
  const std::int32_t segment = add(parent, ids);
  std::vector<std::uint8_t> scored(static_cast<std::size_t>(row_length(pack_, segment)), 0);
  std::fill(scored.end() - static_cast<std::ptrdiff_t>(ids.size()), scored.end(), std::uint8_t{1});
  scored[0] = 0;
  return add_example(segment, scored);
}

Pack TreeBuilder::finish() {
  Pack pack = std::move(pack_);
  merge_predictions(predictions_, pack);
  pack_ = Pack{};
  predictions_.clear();
  return pack;
}

Pack make_pack(std::span<const Example* const> rows, const PackOptions& options) {
  const auto ids = rows_of(rows);
  const PrefixTree tree = make_prefix_tree(ids, options);
  TreeBuilder builder;
  for (const PrefixNode& node : tree.nodes) {
    builder.add(node.parent, ids[static_cast<std::size_t>(node.row)].subspan(
                                 static_cast<std::size_t>(node.begin),
                                 static_cast<std::size_t>(node.end - node.begin)));
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    builder.add_example(tree.last_node[i], rows[i]->scored);
  }
  return builder.finish();
}

std::int64_t packed_tokens(std::span<const Example* const> rows, const PackOptions& options) {
  std::int64_t tokens = 0;
  for (const PrefixNode& node : make_prefix_tree(rows_of(rows), options).nodes) {
    tokens += node.end - node.begin;
  }
  return tokens;
}

Unpacked unpack(const Pack& pack, std::int64_t example) {
  if (example < 0 || example >= pack.examples) {
    throw InternalError("example {} is not in the pack, which holds {}", example, pack.examples);
  }
  const auto at = static_cast<std::size_t>(example);
  Unpacked row;
  std::vector<std::int32_t> tokens;  // where in the pack each token of the row stands
  for (const std::int32_t part : path_to(pack, pack.last_segment[at])) {
    const Segment& piece = pack.segments[static_cast<std::size_t>(part)];
    for (std::int32_t i = 0; i < piece.length; ++i) tokens.push_back(piece.begin + i);
  }
  for (const std::int32_t token : tokens) {
    row.ids.push_back(pack.ids[static_cast<std::size_t>(token)]);
    row.positions.push_back(pack.positions[static_cast<std::size_t>(token)]);
  }
  row.scored.assign(row.ids.size(), 0);
  for (std::int32_t k = pack.first_scored[at]; k < pack.first_scored[at + 1]; ++k) {
    const auto entry = static_cast<std::size_t>(pack.scored_of[static_cast<std::size_t>(k)]);
    const auto before = std::find(tokens.begin(), tokens.end(), pack.scored[entry].row);
    row.scored[static_cast<std::size_t>(before - tokens.begin()) + 1] = 1;
  }
  return row;
}

}  // namespace fettle::batch
