// Long spans that rows share word for word, byte for byte: quotations, licences, navigation.
//
// Winnowing (Schleimer, Wilkerson, Aiken, SIGMOD 2003) marks each row by hashes of runs of bytes,
// so that any common span of at least `bytes` bytes shares a mark; the texts themselves then decide
// how far a span reaches. A mark is compared with its first kOthers rows.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "data/match/duplicates.h"
#include "data/match/words.h"

namespace fettle::data {

inline constexpr std::size_t kOthers = 8;

// Where a mark stands, and the hash of the run that begins there.
struct Mark {
  std::uint64_t hash = 0;
  std::uint32_t at = 0;
};

// Marks of every common span of at least `bytes` bytes (>= 16): runs of bytes / 2, one mark in each
// window of the rest. Ascending by place.
void marks_of(std::string_view text, std::size_t bytes, std::vector<Mark>& out);

// Appends what the search must know of a row. Pure and thread-safe. Throws DataError for a text
// from 4 GiB on.
void span_print(std::string_view text, std::size_t bytes, std::string& out);

// Part of a row that an earlier row holds as well.
struct SharedSpan {
  ByteSpan here;
  std::uint32_t other = 0;  // the earlier row
  std::uint32_t there = 0;  // where it begins there
};

// For each row that shares spans of at least `bytes` bytes with an earlier row: those spans in
// order, whole code points. The prints are span_print()'s of the same `bytes`; a span may overlap
// another one that comes from another row. Rows are told in ascending order.
void find_shared_spans(const PrintSource& source, std::uint64_t rows, std::size_t bytes,
                       const SearchBench& bench,
                       const std::function<void(std::uint32_t row, std::uint32_t row_bytes,
                                                const std::vector<SharedSpan>&)>& sink);

// Bytes of a row that any of the spans covers.
[[nodiscard]] std::uint64_t covered_bytes(const std::vector<SharedSpan>& spans);

}  // namespace fettle::data
