// Counts that chunks add up to: what each stage did, and how the rows look before and after.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "data/prepare/packed_rows.h"

namespace fettle::data::prepare {

using Counts = std::map<std::string, std::uint64_t>;

struct StageTally {
  std::uint64_t in = 0;
  std::uint64_t changed = 0;
  std::uint64_t dropped = 0;
  std::uint64_t made = 0;  // new records
  Counts drop_reasons;
  Counts change_reasons;
  // Summed over threads; of a killed run, what its finished chunks took counts too.
  double seconds = 0;
};

// The words of a row fall into bin floor(2 log2(words + 1)): half powers of two.
inline constexpr std::size_t kLengthBins = 48;
[[nodiscard]] std::size_t length_bin(std::uint64_t words);
// The fewest words of a bin.
[[nodiscard]] std::uint64_t bin_begin(std::size_t bin);

struct RowStats {
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  std::uint64_t characters = 0;
  std::uint64_t words = 0;
  std::uint64_t answer_words = 0;
  std::array<std::uint64_t, kLengthBins> lengths{};
  Counts sources;  // by number
  Counts forms;
  Counts labels;
  Counts languages;
  Counts parts;
  Counts months;  // of rows with a date

  void add(const PackedRow& row, const Names& names, std::uint64_t row_bytes);
};

struct Tally {
  std::vector<StageTally> stages;  // 0: reading; then in the recipe's order
  RowStats before;
  RowStats after;
  std::string first_bad;   // what is wrong with the first row that could not be read, and where
  double own_seconds = 0;  // packing, writing and reading rows between passes

  explicit Tally(std::size_t stage_count = 0) : stages(stage_count) {}
  void add(const Tally& other);
  [[nodiscard]] Json json() const;
  [[nodiscard]] static Tally from(const Json& json);
};

}  // namespace fettle::data::prepare
