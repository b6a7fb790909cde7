// How a piece's bytes are cut: frames one after another, each the rows of one file or member.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "data/stream.h"

namespace fettle::data::collect {

inline constexpr std::size_t kPieceBytes = std::size_t{4} << 20;
inline constexpr std::size_t kPieceRecords = 2000;
// simdjson reads that far behind the text; every frame has so many bytes behind it.
inline constexpr std::size_t kPadding = 64;

struct Frame {
  int format = 0;           // index in formats(), or kProblemFrame
  std::string_view name;    // of the file or member
  std::string_view header;  // a table's column names as its first line writes them
  std::int64_t line = 1;    // of the first row: line, element, page
  std::string_view data;
};

inline constexpr int kProblemFrame = 255;

// Collects a piece: frames or records, not both.
class PieceBuilder {
 public:
  void add(const Frame& frame);
  // A row that was left out while cutting: `what` as a Problem says it.
  void add_problem(std::string_view name, std::int64_t line, std::string_view what);
  void add(Piece::Read record);

  [[nodiscard]] bool empty() const { return piece_.bytes.empty() && piece_.records.empty(); }
  [[nodiscard]] bool holds_records() const { return !piece_.records.empty(); }
  [[nodiscard]] bool full() const {
    return piece_.bytes.size() >= kPieceBytes || piece_.records.size() >= kPieceRecords ||
           record_bytes_ >= kPieceBytes;
  }
  // Rows that are large count by what they hold.
  void count_bytes(std::size_t bytes) { record_bytes_ += bytes; }
  [[nodiscard]] Piece take(std::string resume_at);

 private:
  Piece piece_;
  std::size_t record_bytes_ = 0;
};

// The frame at `at`, which moves behind it; throws InternalError when there is none.
[[nodiscard]] Frame next_frame(std::string_view bytes, std::size_t& at);
// Whether `at` is the end of the frames.
[[nodiscard]] bool frames_end(std::string_view bytes, std::size_t at);

}  // namespace fettle::data::collect
