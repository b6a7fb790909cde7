#include "data/match/duplicates.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <vector>

#include "base/error.h"
#include "data/match/near_pairs.h"
#include "data/match/parallel.h"
#include "data/match/print.h"
#include "data/match/sorter.h"
#include "data/match/union_find.h"

namespace fettle::data {
namespace {

struct KeyOfRow {
  Key key;
  std::uint64_t row = 0;
  auto operator<=>(const KeyOfRow&) const = default;
};

constexpr std::uint64_t kLeastSorter = std::uint64_t{8} << 20;

class Search {
 public:
  Search(const Fingerprinter& prints, const PrintSource& source, std::uint64_t rows,
         const SearchBench& bench)
      : prints_(prints),
        source_(source),
        bench_(bench),
        exact_(static_cast<std::size_t>(rows)),
        clusters_(static_cast<std::size_t>(rows)),
        rank_(static_cast<std::size_t>(rows), 0),
        guarded_(static_cast<std::size_t>(rows), false) {
    bench_.memory = std::max(bench.memory, 4 * kLeastSorter);
  }

  SearchReport run(const std::function<void(const ClusterRow&)>& sink) {
    find_equal();
    std::optional<NearPairs> pairs;
    if (prints_.is_near()) {
      pairs.emplace(prints_.options(), bench_);
      pairs->gather(source_, exact_);
      report_.candidates = pairs->candidates();
      pairs->verify(source_, clusters_, report_);
    }
    tell(pairs ? &*pairs : nullptr, sink);
    return report_;
  }

 private:
  void find_equal() {
    Sorter<KeyOfRow> keys(bench_.folder, "keys", bench_.memory);
    source_([&](std::uint64_t row, std::string_view bytes) {
      const PrintHead head = PrintView(bytes).head();
      keys.add({head.key, row});
      rank_[row] = head.rank;
      guarded_[row] = head.guarded != 0;
      ++report_.rows;
    });
    KeyOfRow first{{0, 0}, std::numeric_limits<std::uint64_t>::max()};
    keys.for_each([&](const KeyOfRow& one) {
      if (first.row == std::numeric_limits<std::uint64_t>::max() || one.key != first.key) {
        first = one;
        return;
      }
      exact_.join(static_cast<std::uint32_t>(first.row), static_cast<std::uint32_t>(one.row));
      clusters_.join(static_cast<std::uint32_t>(first.row), static_cast<std::uint32_t>(one.row));
      ++report_.exact;
    });
  }

  [[nodiscard]] bool better(std::uint32_t row, std::uint32_t than) const {
    if (guarded_[row] != guarded_[than]) return guarded_[row];
    return rank_[row] > rank_[than];
  }

  void tell(const NearPairs* pairs, const std::function<void(const ClusterRow&)>& sink) {
    const auto rows = static_cast<std::uint32_t>(clusters_.size());
    std::vector<std::uint32_t> kept(rows);
    for (std::uint32_t row = 0; row < rows; ++row) {
      const std::uint32_t root = clusters_.root(row);
      if (root == row || better(row, kept[root])) kept[root] = row;
    }
    std::vector<bool> several(rows, false);
    for (std::uint32_t row = 0; row < rows; ++row) {
      if (clusters_.root(row) != row) several[clusters_.root(row)] = true;
    }
    std::vector<ClusterRow> block;
    for (std::uint32_t row = 0; row < rows; ++row) {
      const std::uint32_t root = clusters_.root(row);
      if (!several[root]) continue;
      const bool dropped = row != kept[root] && !guarded_[row];
      block.push_back({row, root, kept[root], dropped, false, 1});
      if (block.size() == kBlock) flush(block, pairs, sink);
    }
    flush(block, pairs, sink);
  }

  void flush(std::vector<ClusterRow>& block, const NearPairs* pairs,
             const std::function<void(const ClusterRow&)>& sink) {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> texts;
    for (ClusterRow& one : block) {
      texts.emplace_back(exact_.root(one.row), exact_.root(one.kept));
      one.exact = one.dropped && texts.back().first == texts.back().second;
    }
    for_each_piece(block.size(), bench_.threads, [&](std::size_t i) {
      if (!block[i].dropped || block[i].exact || pairs == nullptr) return;
      block[i].similarity = pairs->similarity(texts[i].first, texts[i].second);
    });
    for (const ClusterRow& one : block) sink(one);
    block.clear();
  }

  static constexpr std::size_t kBlock = 1 << 14;

  const Fingerprinter& prints_;
  const PrintSource& source_;
  SearchBench bench_;
  UnionFind exact_;
  UnionFind clusters_;
  std::vector<double> rank_;
  std::vector<bool> guarded_;
  SearchReport report_;
};

}  // namespace

Fingerprinter::Fingerprinter(const NearOptions& options, std::uint64_t seed)
    : options_(options),
      bands_(choose_bands(options.threshold, options.permutations, options.recall)),
      hasher_(std::in_place, options.permutations, seed) {
  if (!(options.threshold > 0 && options.threshold <= 1)) {
    throw UsageError("the threshold is {}; give a similarity above 0, at most 1",
                     options.threshold);
  }
}

void Fingerprinter::print(std::string_view normal, const Standing& standing,
                          std::string& out) const {
  const auto bands = static_cast<std::uint32_t>(bands_.bands);
  thread_local std::vector<std::uint64_t> shingles;
  thread_local std::vector<std::uint64_t> keys;
  thread_local std::vector<std::uint32_t> signature;
  shingles.clear();
  if (hasher_) shingles_of(normal, options_.shingling, shingles);
  const bool banded = !shingles.empty();
  append_plain(out, PrintHead{hash128(normal), standing.rank, standing.guarded ? 1U : 0U,
                              banded ? bands : 0U});
  if (!banded) return;
  signature.resize(static_cast<std::size_t>(hasher_->permutations()));
  hasher_->sign(shingles, signature);
  band_keys(signature, bands_, keys);
  for (const std::uint64_t key : keys) append_plain(out, key);
  out += normal;
}

SearchReport find_duplicates(const Fingerprinter& prints, const PrintSource& source,
                             std::uint64_t rows, const SearchBench& bench,
                             const std::function<void(const ClusterRow&)>& sink) {
  if (rows >= std::numeric_limits<std::uint32_t>::max()) {
    throw DataError(
        "{} rows are searched for duplicates; at most 4,294,967,294 can be: search "
        "parts of them",
        rows);
  }
  return Search(prints, source, rows, bench).run(sink);
}

}  // namespace fettle::data
