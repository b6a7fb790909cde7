#include "metric/ter_alignment.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.h"

namespace fettle::metric {
namespace {

constexpr std::size_t kBeamWidth = 25;  // Tercom's
constexpr std::int64_t kFar = 10'000'000'000'000'000;
constexpr char kNone = 'x';
constexpr char kSame = ' ';
constexpr char kReplace = 's';
constexpr char kInsert = 'i';  // a word of the reference that the answer lacks
constexpr char kDelete = 'd';

}  // namespace

BeamDistance::BeamDistance(const WordIds& reference, std::size_t answer_words)
    : reference_(reference), rows_(answer_words + 1) {
  const auto length = static_cast<double>(reference.size());
  if (answer_words > 0) ratio_ = length / static_cast<double>(answer_words);
  beam_ = kBeamWidth;
  if (static_cast<double>(kBeamWidth) < ratio_ / 2) {
    beam_ = static_cast<std::size_t>(std::ceil(ratio_ / 2 + kBeamWidth));
  }
  for (std::size_t j = 0; j <= reference.size(); ++j) {
    rows_[0].costs.push_back(static_cast<std::int64_t>(j));
    rows_[0].operations.push_back(kInsert);
  }
}

void BeamDistance::fill(const WordIds& answer, std::size_t i, const Row& before, Row& row) const {
  const auto diagonal = static_cast<std::size_t>(std::floor(static_cast<double>(i) * ratio_));
  const std::size_t first = diagonal > beam_ ? diagonal - beam_ : 0;
  const std::size_t end = i == answer.size() ? reference_.size() + 1
                                             : std::min(reference_.size() + 1, diagonal + beam_);
  const auto above = [&](std::size_t j) {
    return j >= before.first && j - before.first < before.costs.size()
               ? before.costs[j - before.first]
               : kFar;
  };
  row.first = first;
  row.costs.assign(end > first ? end - first : 0, kFar);
  row.operations.assign(row.costs.size(), kNone);
  for (std::size_t j = first; j < end; ++j) {
    std::int64_t& cost = row.costs[j - first];
    char& operation = row.operations[j - first];
    const auto offer = [&](std::int64_t offered, char name) {
      if (offered >= cost) return;
      cost = offered;
      operation = name;
    };
    if (j == 0) {
      cost = above(0) + 1;
      operation = kDelete;
      continue;
    }
    const bool same = answer[i - 1] == reference_[j - 1];
    offer(above(j - 1) + (same ? 0 : 1), same ? kSame : kReplace);
    offer(above(j) + 1, kDelete);
    offer(j > first ? row.costs[j - 1 - first] + 1 : kFar, kInsert);
  }
}

Alignment BeamDistance::align(const WordIds& answer) {
  for (std::size_t i = 1; i <= answer.size(); ++i) fill(answer, i, rows_[i - 1], rows_[i]);
  std::string path;
  std::size_t i = answer.size();
  std::size_t j = reference_.size();
  while (i > 0 || j > 0) {
    const Row& row = rows_[i];
    const char operation = j >= row.first ? row.operations[j - row.first] : kNone;
    if (operation == kNone) throw InternalError("ter: the beam lost the path at {} and {}", i, j);
    path += operation;
    if (operation != kInsert) --i;
    if (operation != kDelete) --j;
  }
  Alignment out{.edits = rows_.back().costs.back()};
  std::int64_t place = -1;
  for (auto step = path.rbegin(); step != path.rend(); ++step) {
    const std::uint8_t wrong = *step == kSame ? 0 : 1;
    if (*step != kInsert) {
      ++place;
      out.answer_wrong.push_back(wrong);
    }
    if (*step != kDelete) {
      out.answer_at.push_back(place);
      out.reference_wrong.push_back(wrong);
    }
  }
  return out;
}

std::int64_t BeamDistance::distance(const WordIds& answer, std::size_t same) {
  const Row* before = &rows_[same];
  for (std::size_t i = same + 1; i <= answer.size(); ++i) {
    Row& row = i % 2 == 0 ? even_ : odd_;
    fill(answer, i, *before, row);
    before = &row;
  }
  return before->costs.back();
}

}  // namespace fettle::metric
