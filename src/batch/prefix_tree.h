// Which starts of rows are computed once: a radix tree over the rows' tokens whose short branches
// are left unshared.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "batch/pack.h"

namespace fettle::batch {

struct PrefixNode {
  std::int32_t parent = -1;  // an earlier node, or -1
  std::int32_t row = 0;      // one of the rows that pass here; the node is its tokens [begin, end)
  std::int64_t begin = 0;
  std::int64_t end = 0;  // > begin
};

struct PrefixTree {
  std::vector<PrefixNode> nodes;        // depth first: a subtree is one range of nodes
  std::vector<std::int32_t> last_node;  // [rows]; the node that each row ends with
};

// rows: none empty. Siblings stand in the order of their first rows. O(total tokens * log rows).
[[nodiscard]] PrefixTree make_prefix_tree(std::span<const std::span<const TokenId>> rows,
                                          const PackOptions& options);

}  // namespace fettle::batch
