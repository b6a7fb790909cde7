// Which part (train, validation, test) or fold each row belongs to. Rows of one unit (a cluster of
// near-duplicates, a group, or both) never stand in two parts. A function of the rows and the seed.
//
// Counts are scikit-learn's: of a share the first part rounds down, the others round up
// (ShuffleSplit); classes are shared out by the mode of the multivariate hypergeometric
// distribution, the first part first (StratifiedShuffleSplit); folds as KFold, StratifiedKFold,
// GroupKFold and StratifiedGroupKFold make them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace fettle::data {

// size: a whole number from 1 counts rows, a share below 1, 0 takes what the others leave.
struct PartSize {
  std::string name;
  double size = 0;
};

// "train", "validation=0.1", "test=500". Throws UsageError naming the entry: no number, a negative
// one, a name twice, two parts that take the rest, shares above 1 together.
[[nodiscard]] std::vector<PartSize> parse_parts(const std::vector<std::string>& entries);

// Rows of each part; together at most `rows`. Throws DataError when they ask for more than there
// are, or when a part would be empty.
[[nodiscard]] std::vector<std::uint64_t> part_counts(const std::vector<PartSize>& parts,
                                                     std::uint64_t rows);

inline constexpr std::uint16_t kNoPart = 0xffff;

// What is known of each row; an empty span where nothing is. Classes and units are numbers from 0.
struct RowTraits {
  std::size_t rows = 0;
  std::span<const std::uint32_t> classes = {};
  std::span<const std::uint32_t> units = {};
};

// Random parts of those counts; with classes, each class in proportion. Where every unit is one
// row, counts are exact; else a unit goes where it fits best, large units first, and a part may
// hold a few rows more or less.
[[nodiscard]] std::vector<std::uint16_t> random_parts(const RowTraits& traits,
                                                      const std::vector<std::uint64_t>& counts,
                                                      std::uint64_t seed);

// The first part takes the earliest rows, the last one the latest; rows of one time keep their
// order. A unit goes to the part of its latest row: training never sees what a later part holds.
[[nodiscard]] std::vector<std::uint16_t> time_parts(std::span<const double> times,
                                                    std::span<const std::uint32_t> units,
                                                    const std::vector<std::uint64_t>& counts);

// The fold that holds each row out. Throws UsageError for fewer than two folds and DataError for
// fewer rows, units or (with classes) rows of the largest class than folds.
[[nodiscard]] std::vector<std::uint16_t> folds_of(const RowTraits& traits, std::int64_t folds,
                                                  std::uint64_t seed);

// How `draws` of the classes' rows fall on the classes: in proportion, the largest remainders
// rounded up, equal remainders chosen by the seed.
[[nodiscard]] std::vector<std::uint64_t> proportional_draws(std::span<const std::uint64_t> counts,
                                                            std::uint64_t draws, std::uint64_t seed,
                                                            const std::string& stream);

}  // namespace fettle::data
