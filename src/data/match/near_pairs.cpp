#include "data/match/near_pairs.h"

#include <algorithm>
#include <string>

#include "data/match/parallel.h"
#include "data/match/print.h"

namespace fettle::data {
namespace {

// 12 bytes: a band's key in two halves, so that no padding is sorted and written.
struct BandOfRow {
  std::uint32_t high = 0;
  std::uint32_t low = 0;
  std::uint32_t row = 0;

  bool operator<(const BandOfRow& other) const {
    return key() != other.key() ? key() < other.key() : row < other.row;
  }
  [[nodiscard]] std::uint64_t key() const { return (std::uint64_t{high} << 32) | low; }
};

constexpr std::size_t kBlock = 1 << 16;    // pairs verified between two looks at the clusters
constexpr std::size_t kPairsAtOnce = 256;  // pairs a thread takes at once

}  // namespace

NearPairs::NearPairs(const NearOptions& options, const SearchBench& bench)
    : options_(options),
      bench_(bench),
      pairs_(bench.folder, "pairs", bench.memory / 4),
      texts_(bench.folder / "texts") {}

void NearPairs::gather(const PrintSource& source, UnionFind& exact) {
  paired_.assign(exact.size(), false);
  Sorter<BandOfRow> bands(bench_.folder, "bands", bench_.memory / 4 * 3);
  source([&](std::uint64_t number, std::string_view bytes) {
    const auto row = static_cast<std::uint32_t>(number);
    if (exact.root(row) != row) return;
    const PrintView print(bytes);
    for (std::size_t i = 0; i < print.head().bands; ++i) {
      const std::uint64_t key = print.band(i);
      bands.add({static_cast<std::uint32_t>(key >> 32), static_cast<std::uint32_t>(key), row});
    }
  });
  std::vector<std::uint32_t> bucket;
  std::uint64_t key = 0;
  bands.for_each([&](const BandOfRow& one) {
    if (one.key() != key) {
      pair_bucket(bucket);
      bucket.clear();
      key = one.key();
    }
    bucket.push_back(one.row);
  });
  pair_bucket(bucket);
}

void NearPairs::pair_bucket(const std::vector<std::uint32_t>& rows) {
  if (rows.size() < 2) return;
  for (const std::uint32_t row : rows) paired_[row] = true;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const std::size_t others = rows.size() <= kAllPairs ? i : std::min(i, kLeaders);
    for (std::size_t k = 0; k < others; ++k) pairs_.add({rows[k], rows[i]});
    if (others < i) pairs_.add({rows[i - 1], rows[i]});
  }
}

void NearPairs::verify(const PrintSource& source, UnionFind& clusters, SearchReport& report) {
  std::size_t next = 0;
  source([&](std::uint64_t row, std::string_view bytes) {
    for (; next < row; ++next) texts_.add({});
    texts_.add(paired_[next++] ? PrintView(bytes).text() : std::string_view());
  });
  for (; next < paired_.size(); ++next) texts_.add({});
  texts_.close();
  std::vector<RowPair> block;
  RowPair last;
  pairs_.for_each([&](const RowPair& pair) {
    if (pair == last) return;
    last = pair;
    ++candidates_;
    if (clusters.root(pair.first) == clusters.root(pair.second)) return;
    block.push_back(pair);
    if (block.size() == kBlock) join_block(block, clusters, report);
  });
  join_block(block, clusters, report);
  report.candidates = candidates_;
}

void NearPairs::join_block(std::vector<RowPair>& block, UnionFind& clusters,
                           SearchReport& report) const {
  std::vector<char> near(block.size(), 0);
  for_each_piece(
      (block.size() + kPairsAtOnce - 1) / kPairsAtOnce, bench_.threads, [&](std::size_t piece) {
        std::string text;
        std::vector<std::uint64_t> first;
        std::vector<std::uint64_t> second;
        const std::size_t begin = piece * kPairsAtOnce;
        for (std::size_t i = begin; i < std::min(block.size(), begin + kPairsAtOnce); ++i) {
          if (i == begin || block[i].first != block[i - 1].first) {
            texts_.get(block[i].first, text);
            shingles_of(text, options_.shingling, first);
          }
          texts_.get(block[i].second, text);
          shingles_of(text, options_.shingling, second);
          near[i] = jaccard(first, second) >= options_.threshold;
        }
      });
  for (std::size_t i = 0; i < block.size(); ++i) {
    ++report.compared;
    if (near[i] == 0) continue;
    ++report.verified;
    clusters.join(block[i].first, block[i].second);
  }
  block.clear();
}

double NearPairs::similarity(std::uint32_t a, std::uint32_t b) const {
  std::string text;
  std::vector<std::uint64_t> first;
  std::vector<std::uint64_t> second;
  texts_.get(a, text);
  shingles_of(text, options_.shingling, first);
  texts_.get(b, text);
  shingles_of(text, options_.shingling, second);
  return jaccard(first, second);
}

}  // namespace fettle::data
