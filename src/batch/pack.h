// A training or scoring step's tokens without padding: a tree of segments. A segment attends to its
// ancestors and, causally, to itself. Single rows, packed rows, shared prefixes, preference pairs
// and multiple choice are all this one form.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "batch/example.h"

namespace fettle::batch {

using TokenId = std::int32_t;

struct Segment {
  std::int32_t parent = -1;         // index of an earlier segment, or -1 for a root
  std::int32_t begin = 0;           // first token in Pack::ids
  std::int32_t length = 0;          // tokens, at least 1
  std::int32_t first_position = 0;  // rotary position of the first token
};

// One prediction that is scored: the hidden state at token `row` predicts `target`, which counts
// `count` times: the weights of its rows together (a prefix that several rows share is computed
// once and counted for each of them; a row weighs 1 where nobody says otherwise).
struct Scored {
  std::int32_t row = 0;
  TokenId target = 0;
  float count = 1.0F;
  std::int32_t example = 0;  // index of the (first) example it belongs to, for per-row figures
};

struct Pack {
  std::vector<TokenId> ids;             // [T]
  std::vector<std::int32_t> positions;  // [T]
  std::vector<Segment> segments;        // parents before children, tokens in segment order
  std::vector<Scored> scored;           // sorted by row, then target; each pair stands once
  std::int64_t examples = 0;            // rows that this pack holds
  std::int64_t unshared_tokens = 0;     // tokens of the rows, each row counted in full
  double counted = 0;                   // sum of Scored::count
  // segments[last_segment[e]] and its ancestors are example e's row, up to its last token that is
  // computed.
  std::vector<std::int32_t> last_segment;  // [examples]
  // Example e's predictions, in the order of its tokens, are scored[scored_of[k]] for k in
  // [first_scored[e], first_scored[e + 1]).
  std::vector<std::int32_t> first_scored = {0};  // [examples + 1]
  std::vector<std::int32_t> scored_of;
};

struct PackOptions {
  bool share_prefix = false;
  // A shorter common start is repeated in each row: a segment of a few tokens costs attention more
  // than it saves the layers.
  std::int64_t min_shared_length = 8;
  // Segments on the longest way from a root to a row's end.
  std::int32_t max_depth = 8;
  // Leaves out what no prediction reads: a row's tokens from its last scored one on. That one is a
  // target, never an input. A row without scored tokens is kept whole.
  bool drop_unread = false;
};

// The rows as one pack, deterministic in their order. Without sharing each row is one root segment.
// With sharing the rows form a prefix tree: what at least two rows have in common at their start,
// min_shared_length or more, is one segment with the rests as its children; equal rows are one.
// Throws InternalError for an example without tokens, with flags of another length or a scored
// first token, and DataError when the pack would hold 2^31 tokens or more.
[[nodiscard]] Pack make_pack(std::span<const Example* const> rows, const PackOptions& options);

// Tokens that make_pack would compute, without building the pack.
[[nodiscard]] std::int64_t packed_tokens(std::span<const Example* const> rows,
                                         const PackOptions& options);

// Builds a pack step by step, for inference: a prompt, then its answers, then what follows them.
class TreeBuilder {
 public:
  // Appends a segment after `parent` (-1: a root at position 0) and returns its index. Throws
  // InternalError when ids is empty or parent is no segment yet, DataError at 2^31 tokens.
  std::int32_t add(std::int32_t parent, std::span<const TokenId> ids);

  // Declares an example: the row that ends with `segment`, and after it, where `next` is given, one
  // token that is predicted but not computed. scored has one flag a token of the whole row, `next`
  // included (never the first), or is empty when nothing is scored. weight: what each prediction
  // counts. Returns the example's index.
  std::int32_t add_example(std::int32_t segment, std::span<const std::uint8_t> scored,
                           std::optional<TokenId> next = {}, float weight = 1.0F);

  // An answer to be judged, as an example whose last ids.size() tokens are scored: a segment of all
  // but the last token (none for an answer of one token), which nothing reads. Throws InternalError
  // for an answer without tokens or without a parent. Returns the example's index.
  std::int32_t add_answer(std::int32_t parent, std::span<const TokenId> ids);

  // The pack; the builder is empty afterwards.
  [[nodiscard]] Pack finish();

 private:
  Pack pack_;
  std::vector<Scored> predictions_;  // one per example and scored token, in the order of examples
};

// An example of a pack as the tokens and flags it was made of, for tests and for showing packs: its
// computed tokens and, where it is scored, the one predicted after them (without a position).
struct Unpacked {
  std::vector<TokenId> ids;
  std::vector<std::int32_t> positions;
  std::vector<std::uint8_t> scored;
};
[[nodiscard]] Unpacked unpack(const Pack& pack, std::int64_t example);

}  // namespace fettle::batch
