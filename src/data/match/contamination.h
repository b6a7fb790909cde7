// Overlap of training rows with evaluation sets: which item, and which part of the row.
//
// Rule (GPT-3, Brown et al. 2020, appendix C; lm-evaluation-harness' Janitor): a row is dirty when
// it shares n words in a row with an item, in lower case and without punctuation (words.h). n is
// 13, or for each benchmark the 5th percentile of its items' lengths in words, held within 8..13.
// An item of 8 to n-1 words is looked for as a whole. A shorter item is found only where a row's
// whole text equals it: so few words meet by chance. Words are compared, not hashes: no false hit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "data/match/shingles.h"
#include "data/match/words.h"

namespace fettle::data {

struct ContaminationRule {
  std::int64_t words = 13;
  std::int64_t least_words = 8;
  bool by_length = false;  // n from the 5th percentile of each benchmark

  // What cutting leaves (Janitor): this many characters beside a span go too; pieces of at most
  // least_piece characters are dropped, and a row with more than most_spans spans is dropped whole.
  std::int64_t margin = 200;
  std::int64_t least_piece = 200;
  std::int64_t most_spans = 10;
};

struct Overlap {
  ByteSpan row;                 // bytes of the row's text
  std::uint32_t benchmark = 0;  // in the order of add()
  std::uint32_t item = 0;       // within the benchmark, from 0
  std::uint32_t word = 0;       // of the item, where the overlap begins
  std::uint32_t words = 0;
};

class BenchmarkIndex {
 public:
  // Throws UsageError for a rule that cannot be.
  explicit BenchmarkIndex(const ContaminationRule& rule);

  void add(std::string name, const std::vector<std::string>& items);
  void close();  // before find()

  // Thread-safe. Overlaps in the order of the row, each as long as the words agree. Every n words
  // that an item holds lie within an overlap; of equal runs in several items, the first kNamed are
  // named.
  [[nodiscard]] std::vector<Overlap> find(std::string_view text) const;

  static constexpr std::size_t kNamed = 4;

  struct Benchmark {
    std::string name;
    std::uint32_t words = 0;  // n
    std::uint64_t items = 0;
    std::uint64_t shorter = 0;  // items below least_words: found by equality alone
  };
  [[nodiscard]] const std::vector<Benchmark>& benchmarks() const { return benchmarks_; }
  [[nodiscard]] const ContaminationRule& rule() const { return rule_; }

 private:
  struct Item {
    std::uint32_t benchmark = 0;
    std::uint32_t number = 0;
    std::string text;
    std::vector<std::uint32_t> begins;  // of each word in `text`, and the end + 1

    [[nodiscard]] std::size_t words() const { return begins.size() - 1; }
    [[nodiscard]] std::string_view word(std::size_t i) const {
      return std::string_view(text).substr(begins[i], begins[i + 1] - 1 - begins[i]);
    }
  };
  struct Entry {
    std::uint64_t hash = 0;
    std::uint32_t item = 0;
    std::uint32_t word = 0;
    auto operator<=>(const Entry&) const = default;
  };
  struct Table {
    std::uint32_t words = 0;
    std::vector<Entry> entries;
    std::vector<std::uint64_t> filter;  // bits by hash: most words of a row end here
    unsigned shift = 0;
  };

  [[nodiscard]] std::uint32_t run_length(const std::vector<Words>& items) const;
  Table& table_of(std::uint32_t words);
  void index(std::uint32_t item, std::uint32_t run);
  [[nodiscard]] std::vector<Overlap> find_whole(const Words& row) const;
  void find_runs(const Words& row, const std::vector<std::uint64_t>& hashes, const Table& table,
                 std::vector<Overlap>& out) const;
  [[nodiscard]] std::uint32_t agreeing(const Words& row, std::size_t at, const Item& item,
                                       std::size_t word) const;

  ContaminationRule rule_;
  std::vector<Benchmark> benchmarks_;
  std::vector<Item> items_;
  std::vector<Table> tables_;
  std::unordered_map<std::string, std::uint32_t> whole_;  // text of a short item to its index
};

// The row without its overlaps, by the rule's margins; nothing when the row is too dirty or no
// piece is long enough. Pieces are joined by a line end. Lengths count code points.
[[nodiscard]] std::optional<std::string> cut_overlaps(std::string_view text,
                                                      const std::vector<Overlap>& overlaps,
                                                      const ContaminationRule& rule);

}  // namespace fettle::data
