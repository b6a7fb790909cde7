#include "metric/edit.h"

#include <algorithm>
#include <unordered_map>

#include "base/error.h"
#include "metric/unicode.h"
#include "metric/words.h"

namespace fettle::metric {
namespace {

using Ids = std::span<const std::uint32_t>;

void trim_common(Ids& a, Ids& b) {
  const auto ahead = std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first;
  const auto same = static_cast<std::size_t>(ahead - a.begin());
  a = a.subspan(same);
  b = b.subspan(same);
  while (!a.empty() && !b.empty() && a.back() == b.back()) {
    a = a.first(a.size() - 1);
    b = b.first(b.size() - 1);
  }
}

// Columns of 64 rows of the table of distances, as differences between neighbours.
class Blocks {
 public:
  explicit Blocks(Ids pattern)
      : count_((pattern.size() + 63) / 64), rises_(count_), falls_(count_) {
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      auto& blocks = places_[pattern[i]];
      if (blocks.empty() || blocks.back().first != i / 64) blocks.emplace_back(i / 64, 0);
      blocks.back().second |= std::uint64_t{1} << i % 64;
    }
    std::fill(rises_.begin(), rises_.end(), ~std::uint64_t{0});
    last_ = std::uint64_t{1} << (pattern.size() - 1) % 64;
  }

  // The change of the last row's distance when `item` follows.
  int step(std::uint32_t item) {
    const auto found = places_.find(item);
    std::size_t next = 0;  // of the blocks that hold the item
    int carry = 1;         // the first row's distance rises by one
    int change = 0;
    for (std::size_t k = 0; k < count_; ++k) {
      std::uint64_t equal = 0;
      if (found != places_.end() && next < found->second.size() && found->second[next].first == k) {
        equal = found->second[next++].second;
      }
      const std::uint64_t up = rises_[k];
      const std::uint64_t down = falls_[k];
      const std::uint64_t carried_down = carry < 0 ? std::uint64_t{1} : 0;
      const std::uint64_t both = equal | carried_down;
      const std::uint64_t diagonal = (((both & up) + up) ^ up) | both | down;
      std::uint64_t right_up = down | ~(diagonal | up);
      std::uint64_t right_down = up & diagonal;
      const std::uint64_t top = k + 1 == count_ ? last_ : std::uint64_t{1} << 63;
      change = (right_up & top) != 0 ? 1 : (right_down & top) != 0 ? -1 : 0;
      right_up = right_up << 1 | (carry > 0 ? std::uint64_t{1} : 0);
      right_down = right_down << 1 | carried_down;
      rises_[k] = right_down | ~(diagonal | right_up);
      falls_[k] = right_up & diagonal;
      carry = change;
    }
    return change;
  }

 private:
  std::size_t count_;
  std::vector<std::uint64_t> rises_;
  std::vector<std::uint64_t> falls_;
  std::unordered_map<std::uint32_t, std::vector<std::pair<std::size_t, std::uint64_t>>> places_;
  std::uint64_t last_ = 0;
};

std::vector<std::uint32_t> ids_of(const Points& points) { return {points.begin(), points.end()}; }

// A run of two or more characters of white space becomes one space; then words end at spaces.
std::vector<std::string> jiwer_words(std::string_view text) {
  const Points points = code_points(text);
  Points out;
  for (std::size_t i = 0; i < points.size();) {
    std::size_t end = i;
    while (end < points.size() && is_space(points[end])) ++end;
    if (end - i >= 2) {
      out.push_back(' ');
    } else {
      out.push_back(points[i]);
    }
    i = std::max(end, i + 1);
  }
  out = stripped(std::move(out));
  std::vector<std::string> words;
  Points word;
  out.push_back(' ');
  for (const std::int32_t point : out) {
    if (point != ' ') {
      word.push_back(point);
      continue;
    }
    if (!word.empty()) words.push_back(utf8(word));
    word.clear();
  }
  return words;
}

}  // namespace

std::int64_t edits(Ids a, Ids b) {
  trim_common(a, b);
  if (a.size() > b.size()) std::swap(a, b);
  if (a.empty()) return static_cast<std::int64_t>(b.size());
  if (b.size() > kMaxEditPairs / a.size()) {
    throw DataError("edit distance: {} items against {}; allowed: {} pairs; cut the texts",
                    a.size(), b.size(), kMaxEditPairs);
  }
  Blocks blocks(a);
  auto distance = static_cast<std::int64_t>(a.size());
  for (const std::uint32_t item : b) distance += blocks.step(item);
  return distance;
}

std::int64_t character_edits(std::string_view a, std::string_view b) {
  return edits(ids_of(code_points(a)), ids_of(code_points(b)));
}

std::vector<double> word_errors(std::string_view answer, std::string_view reference) {
  Numbers<std::string> numbers;
  std::vector<std::uint32_t> given;
  std::vector<std::uint32_t> right;
  for (const std::string& word : jiwer_words(answer)) given.push_back(numbers.of(word));
  for (const std::string& word : jiwer_words(reference)) right.push_back(numbers.of(word));
  return {static_cast<double>(edits(given, right)), static_cast<double>(right.size())};
}

std::vector<double> character_errors(std::string_view answer, std::string_view reference) {
  const Points given = stripped(code_points(answer));
  const Points right = stripped(code_points(reference));
  return {static_cast<double>(edits(ids_of(given), ids_of(right))),
          static_cast<double>(right.size())};
}

}  // namespace fettle::metric
