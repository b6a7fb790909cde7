#include "batch/prefix_tree.h"

#include <algorithm>
#include <numeric>

namespace fettle::batch {
namespace {

using Rows = std::span<const std::span<const TokenId>>;

std::int64_t common_length(std::span<const TokenId> a, std::span<const TokenId> b) {
  const auto end = std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first;
  return end - a.begin();
}

// Rows order_[first, last) agree on their first `begin` tokens, which end with node `parent`.
struct Group {
  std::size_t first = 0;
  std::size_t last = 0;
  std::int64_t begin = 0;
  std::int32_t parent = -1;
  std::int32_t depth = 0;
};

class Planner {
 public:
  Planner(Rows rows, const PackOptions& options) : rows_(rows), options_(options) {
    tree_.last_node.assign(rows.size(), -1);
    order_.resize(rows.size());
    std::iota(order_.begin(), order_.end(), std::int32_t{0});
  }

  PrefixTree unshared() {
    for (const std::int32_t row : order_) {
      tree_.last_node[index(row)] = add({.row = row, .end = length(row)});
    }
    return std::move(tree_);
  }

  // Rows in lexicographic order, so that any group is a range and its common start is that of its
  // first and last row. A stack instead of recursion: rows may nest as deep as there are rows.
  PrefixTree shared() {
    std::stable_sort(order_.begin(), order_.end(), [this](std::int32_t a, std::int32_t b) {
      const auto left = rows_[index(a)];
      const auto right = rows_[index(b)];
      return std::lexicographical_compare(left.begin(), left.end(), right.begin(), right.end());
    });
    if (!order_.empty()) stack_.push_back({.last = order_.size()});
    while (!stack_.empty()) {
      const Group group = stack_.back();
      stack_.pop_back();
      visit(group);
    }
    return std::move(tree_);
  }

 private:
  static std::size_t index(std::int32_t row) { return static_cast<std::size_t>(row); }
  std::int64_t length(std::int32_t row) const {
    return static_cast<std::int64_t>(rows_[index(row)].size());
  }

  std::int32_t add(const PrefixNode& node) {
    tree_.nodes.push_back(node);
    return static_cast<std::int32_t>(tree_.nodes.size() - 1);
  }

  void end_rows(std::size_t first, std::size_t last, std::int32_t node) {
    for (std::size_t i = first; i < last; ++i) tree_.last_node[index(order_[i])] = node;
  }

  void visit(Group group) {
    const std::int32_t front = order_[group.first];
    const std::int64_t common =
        common_length(rows_[index(front)], rows_[index(order_[group.last - 1])]);
    const bool equal = common == length(order_[group.last - 1]);
    const bool worth =
        common - group.begin >= options_.min_shared_length && group.depth + 1 < options_.max_depth;
    if (equal || worth) {
      if (common > group.begin) {
        group.parent =
            add({.parent = group.parent, .row = front, .begin = group.begin, .end = common});
        group.begin = common;
        ++group.depth;
      }
      if (equal) return end_rows(group.first, group.last, group.parent);
      // Rows that end here sort before the ones that go on.
      while (length(order_[group.first]) == common) {
        end_rows(group.first, group.first + 1, group.parent);
        ++group.first;
      }
    }
    divide(group, common);
  }

  // Pushes the groups that differ in token `at` (rows that end before it are one of them), the one
  // with the earliest row on top.
  void divide(const Group& group, std::int64_t at) {
    const auto branch = [&](std::size_t i) {
      const auto row = rows_[index(order_[i])];
      return static_cast<std::int64_t>(row.size()) > at ? std::int64_t{row[index_of(at)]}
                                                        : std::int64_t{-1} << 32;
    };
    std::vector<std::pair<std::int32_t, Group>> parts;
    for (std::size_t i = group.first; i < group.last;) {
      Group part = group;
      part.first = i;
      std::int32_t earliest = order_[i];
      const std::int64_t token = branch(i);
      for (; i < group.last && branch(i) == token; ++i) earliest = std::min(earliest, order_[i]);
      part.last = i;
      parts.emplace_back(earliest, part);
    }
    std::sort(parts.begin(), parts.end(),
              [](const auto& a, const auto& b) { return a.first > b.first; });
    for (const auto& [earliest, part] : parts) stack_.push_back(part);
  }

  static std::size_t index_of(std::int64_t at) { return static_cast<std::size_t>(at); }

  Rows rows_;
  const PackOptions& options_;
  std::vector<std::int32_t> order_;
  std::vector<Group> stack_;
  PrefixTree tree_;
};

}  // namespace

PrefixTree make_prefix_tree(Rows rows, const PackOptions& options) {
  Planner planner(rows, options);
  return options.share_prefix ? planner.shared() : planner.unshared();
}

}  // namespace fettle::batch
