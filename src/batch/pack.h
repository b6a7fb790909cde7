// A training or scoring step's tokens without padding: a tree of segments. A segment attends to its
// ancestors and, causally, to itself. Single rows, packed rows, shared prefixes, preference pairs
// and multiple choice are all this one form.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace fettle::batch {

using TokenId = std::int32_t;

struct Segment {
  std::int32_t parent = -1;          // index of an earlier segment, or -1 for a root
  std::int32_t begin = 0;            // first token in Pack::ids
  std::int32_t length = 0;           // tokens
  std::int32_t first_position = 0;   // rotary position of the first token
};

// One prediction that is scored: the hidden state at token `row` predicts `target`, `count` times
// (a prefix that several rows share is computed once and counted for each of them).
struct Scored {
  std::int32_t row = 0;
  TokenId target = 0;
  float count = 1.0F;
  std::int32_t example = 0;  // index of the (first) example it belongs to, for per-row figures
};

struct Pack {
  std::vector<TokenId> ids;              // [T]
  std::vector<std::int32_t> positions;   // [T]
  std::vector<Segment> segments;         // parents before children
  std::vector<Scored> scored;            // sorted by row
  std::int64_t examples = 0;             // rows that this pack holds
  std::int64_t unshared_tokens = 0;      // tokens that the rows would take without sharing
  double counted = 0;                    // sum of Scored::count
};

}  // namespace fettle::batch
