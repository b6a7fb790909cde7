// Rows that say the same: equal after normalisation (a 128-bit key), or near by Jaccard similarity
// of their shingles (MinHash bands find the pairs, the true similarity decides). Memory is about 28
// bytes a row and the sorters' share; the rest lies in work files. Time grows linearly with rows.
//
// What is found does not depend on the number of threads or on memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "data/match/minhash.h"
#include "data/match/shingles.h"

namespace fettle::data {

struct NearOptions {
  Shingling shingling;
  double threshold = 0.8;  // rows from this true Jaccard similarity on are duplicates
  int permutations = 128;
  double recall = 0.99;  // of pairs exactly at the threshold; choose_bands() follows from it
};

// A row's standing among its duplicates.
struct Standing {
  double rank = 0;       // the highest of a cluster is kept, the first among equals
  bool guarded = false;  // never dropped, and kept rather than any row that is not
};

// Writes what the search must know of a row. Pure and thread-safe.
class Fingerprinter {
 public:
  // exact: only keys, no bands. Throws UsageError for options that cannot be.
  static Fingerprinter exact() { return {}; }
  Fingerprinter(const NearOptions& options, std::uint64_t seed);

  // Appends the print of `normal` (words.h) to `out`.
  void print(std::string_view normal, const Standing& standing, std::string& out) const;

  [[nodiscard]] bool is_near() const { return hasher_.has_value(); }
  [[nodiscard]] const NearOptions& options() const { return options_; }
  [[nodiscard]] const Bands& bands() const { return bands_; }

 private:
  Fingerprinter() = default;

  NearOptions options_;
  Bands bands_;
  std::optional<MinHasher> hasher_;
};

// Visits the prints of the rows in ascending order of their numbers, as often as it is called.
using PrintVisit = std::function<void(std::uint64_t row, std::string_view print)>;
using PrintSource = std::function<void(const PrintVisit&)>;

struct SearchBench {
  std::filesystem::path folder;                     // must exist; work files are removed again
  std::uint64_t memory = std::uint64_t{256} << 20;  // bytes, beside the 28 a row
  int threads = 1;
};

// A row of a cluster of at least two.
struct ClusterRow {
  std::uint32_t row = 0;
  std::uint32_t cluster = 0;  // the lowest row of the cluster
  std::uint32_t kept = 0;     // the row that stands for the cluster
  bool dropped = false;
  bool exact = false;     // dropped because it equals `kept` after normalisation
  double similarity = 0;  // true Jaccard of the dropped row and the kept one: through a chain of
                          // duplicates it can be below the threshold
};

struct SearchReport {
  std::uint64_t rows = 0;
  std::uint64_t exact = 0;       // rows equal to an earlier one
  std::uint64_t candidates = 0;  // pairs that met in a band
  std::uint64_t compared = 0;    // of them, pairs not yet in one cluster
  std::uint64_t verified = 0;    // of them, pairs at or above the threshold
};

// `rows`: above the highest row number, below 2^32 (DataError). Calls sink in the order of rows.
SearchReport find_duplicates(const Fingerprinter& prints, const PrintSource& source,
                             std::uint64_t rows, const SearchBench& bench,
                             const std::function<void(const ClusterRow&)>& sink);

}  // namespace fettle::data
