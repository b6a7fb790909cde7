// The edit distance of word sequences in a beam around the diagonal, with its alignment: TER's
// core.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace fettle::metric {

using WordIds = std::vector<std::uint32_t>;

struct Alignment {
  std::int64_t edits = 0;
  std::vector<std::int64_t> answer_at = {};  // for each reference word, the answer's place (or -1)
  std::vector<std::uint8_t> answer_wrong = {};  // for each word of the answer
  std::vector<std::uint8_t> reference_wrong = {};
};

// Distances to one reference from answers of one length, as they are shifted: rows of the table
// that an earlier answer shares with a later one are kept.
class BeamDistance {
 public:
  BeamDistance(const WordIds& reference, std::size_t answer_words);

  // Aligns and keeps the answer's rows.
  [[nodiscard]] Alignment align(const WordIds& answer);
  // The distance of an answer that equals the aligned one in its first `same` words.
  [[nodiscard]] std::int64_t distance(const WordIds& answer, std::size_t same);

 private:
  struct Row {
    std::size_t first = 0;  // cells [first, first + costs.size()) are inside the beam
    std::vector<std::int64_t> costs;
    std::vector<char> operations;
  };

  void fill(const WordIds& answer, std::size_t i, const Row& before, Row& row) const;

  const WordIds& reference_;
  double ratio_ = 1;
  std::size_t beam_ = 0;
  std::vector<Row> rows_;
  Row even_;
  Row odd_;
};

}  // namespace fettle::metric
