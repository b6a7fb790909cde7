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

// How many of a row's tokens are computed.
std::size_t computed_length(const Example& row, const PackOptions& options) {
  if (!options.drop_unread) return row.ids.size();
  const auto last = std::find_if(row.scored.rbegin(), row.scored.rend(),
                                 [](std::uint8_t flag) { return flag != 0; });
  const auto before = static_cast<std::size_t>(row.scored.rend() - last);  // index of last, plus 1
  return before > 1 ? before - 1 : row.ids.size();
}

std::vector<std::span<const TokenId>> computed_rows(std::span<const Example* const> rows,
                                                    const PackOptions& options) {
  std::vector<std::span<const TokenId>> ids;
  ids.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    check_example(*rows[i], i);
    ids.push_back(std::span(rows[i]->ids).first(computed_length(*rows[i], options)));
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

void check_flags(std::span<const std::uint8_t> scored, std::int64_t length, std::int32_t example) {
  if (scored.empty()) return;
  if (std::ssize(scored) != length) {
    throw InternalError("example {} has {} flags for a row of {} tokens; they must be as many",
                        example, scored.size(), length);
  }
  if (scored[0] != 0) {
    throw InternalError("example {} scores its first token, which nothing predicts", example);
  }
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
  for (const Scored& one : predictions) pack.counted += static_cast<double>(one.count);
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

std::int32_t TreeBuilder::add_example(std::int32_t segment, std::span<const std::uint8_t> scored,
                                      std::optional<TokenId> next, float weight) {
  const auto example = static_cast<std::int32_t>(pack_.examples);
  if (segment < 0 || segment >= static_cast<std::int32_t>(pack_.segments.size())) {
    throw InternalError("example {} names segment {}; allowed are 0 to {}", example, segment,
                        static_cast<std::int64_t>(pack_.segments.size()) - 1);
  }
  const std::int64_t length = row_length(pack_, segment) + (next ? 1 : 0);
  check_flags(scored, length, example);
  if (length > std::numeric_limits<std::int32_t>::max() - std::ssize(predictions_)) {
    throw DataError("a pack would score over 2^31 - 1 tokens; use a smaller batch");
  }
  std::int32_t before = -1;  // token that predicts the one at hand
  std::size_t position = 0;
  const auto predict = [&](TokenId target) {
    if (scored[position++] == 0) return;
    predictions_.push_back({.row = before, .target = target, .count = weight, .example = example});
  };
  for (const std::int32_t part : path_to(pack_, segment)) {
    const Segment& piece = pack_.segments[static_cast<std::size_t>(part)];
    for (std::int32_t i = 0; i < piece.length && !scored.empty(); ++i) {
      const std::int32_t token = piece.begin + i;
      predict(pack_.ids[static_cast<std::size_t>(token)]);
      before = token;
    }
  }
  if (next && !scored.empty()) predict(*next);
  pack_.last_segment.push_back(segment);
  pack_.first_scored.push_back(static_cast<std::int32_t>(predictions_.size()));
  pack_.unshared_tokens += length;
  return static_cast<std::int32_t>(pack_.examples++);
}

std::int32_t TreeBuilder::add_answer(std::int32_t parent, std::span<const TokenId> ids) {
  if (ids.empty() || parent < 0) {
    throw InternalError("an answer of {} tokens after segment {} cannot be judged; it needs both",
                        ids.size(), parent);
  }
  const std::int32_t segment = ids.size() > 1 ? add(parent, ids.first(ids.size() - 1)) : parent;
  std::vector<std::uint8_t> scored(static_cast<std::size_t>(row_length(pack_, segment)) + 1, 0);
  std::fill(scored.end() - std::ssize(ids), scored.end(), std::uint8_t{1});
  return add_example(segment, scored, ids.back());
}

Pack TreeBuilder::finish() {
  Pack pack = std::move(pack_);
  merge_predictions(predictions_, pack);
  pack_ = Pack{};
  predictions_.clear();
  return pack;
}

Pack make_pack(std::span<const Example* const> rows, const PackOptions& options) {
  const auto ids = computed_rows(rows, options);
  const PrefixTree tree = make_prefix_tree(ids, options);
  TreeBuilder builder;
  for (const PrefixNode& node : tree.nodes) {
    builder.add(node.parent, ids[static_cast<std::size_t>(node.row)].subspan(
                                 static_cast<std::size_t>(node.begin),
                                 static_cast<std::size_t>(node.end - node.begin)));
  }
  std::int64_t tokens = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Example& row = *rows[i];
    const bool cut = ids[i].size() < row.ids.size();
    builder.add_example(tree.last_node[i],
                        std::span(row.scored).first(ids[i].size() + (cut ? 1 : 0)),
                        cut ? std::optional(row.ids[ids[i].size()]) : std::nullopt, row.weight);
    tokens += std::ssize(row.ids);
  }
  Pack pack = builder.finish();
  pack.unshared_tokens = tokens;
  return pack;
}

std::int64_t packed_tokens(std::span<const Example* const> rows, const PackOptions& options) {
  std::int64_t tokens = 0;
  for (const PrefixNode& node : make_prefix_tree(computed_rows(rows, options), options).nodes) {
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
    const Scored& scored = pack.scored[entry];
    if (scored.row == tokens.back()) {
      row.ids.push_back(scored.target);
      row.scored.push_back(1);
      continue;
    }
    const auto before = std::find(tokens.begin(), tokens.end(), scored.row);
    row.scored[static_cast<std::size_t>(before - tokens.begin()) + 1] = 1;
  }
  return row;
}

}  // namespace fettle::batch
