#include "metric/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <utility>

namespace fettle::metric {
namespace {

constexpr std::int32_t kCapitalSigma = 0x3a3;
constexpr std::int32_t kSmallSigma = 0x3c3;
constexpr std::int32_t kFinalSigma = 0x3c2;
constexpr std::int32_t kCapitalDottedI = 0x130;
constexpr std::int32_t kDotAbove = 0x307;

// Letters with case, and Unicode's Other_Lowercase and Other_Uppercase that are no modifiers:
// ordinals, Roman numerals, letters in circles and squares.
bool is_cased(std::int32_t point) {
  using Range = std::pair<std::int32_t, std::int32_t>;
  constexpr std::array<Range, 7> kOther = {Range{0xaa, 0xaa},       Range{0xba, 0xba},
                                           Range{0x2160, 0x217f},   Range{0x24b6, 0x24e9},
                                           Range{0x1f130, 0x1f149}, Range{0x1f150, 0x1f169},
                                           Range{0x1f170, 0x1f189}};
  for (const auto& [first, last] : kOther) {
    if (point >= first && point <= last) return true;
  }
  const int kind = general_category(point);
  return kind == UTF8PROC_CATEGORY_LU || kind == UTF8PROC_CATEGORY_LL ||
         kind == UTF8PROC_CATEGORY_LT;
}

// Unicode's Case_Ignorable: marks, modifiers, format characters and punctuation within words.
bool is_case_ignorable(std::int32_t point) {
  constexpr std::array<std::int32_t, 17> kWithinWords = {
      0x27,   0x2e,   0x3a,   0xb7,   0x387,  0x55f,  0x5f4,  0x2018, 0x2019,
      0x2024, 0x2027, 0xfe13, 0xff07, 0xff0e, 0xfe52, 0xfe55, 0xff1a};
  switch (general_category(point)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_SK:
      return true;
    default:
      return std::find(kWithinWords.begin(), kWithinWords.end(), point) != kWithinWords.end();
  }
}

// Unicode 3.13, Final_Sigma: a cased letter before and none after, past what is ignorable.
bool is_final_sigma(const std::vector<std::int32_t>& points, std::size_t at) {
  std::size_t before = at;
  while (before > 0 && is_case_ignorable(points[before - 1])) --before;
  if (before == 0 || !is_cased(points[before - 1])) return false;
  std::size_t after = at + 1;
  while (after < points.size() && is_case_ignorable(points[after])) ++after;
  return after == points.size() || !is_cased(points[after]);
}

}  // namespace

std::vector<std::int32_t> code_points(std::string_view source) {
  std::vector<std::int32_t> points;
  points.reserve(source.size());
  while (!source.empty()) {
    utf8proc_int32_t point = -1;
    const auto length = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(source.data()),
                                         static_cast<utf8proc_ssize_t>(source.size()), &point);
    if (length <= 0) {
      points.push_back(kByteBase + static_cast<unsigned char>(source.front()));
      source.remove_prefix(1);
    } else {
      points.push_back(point);
      source.remove_prefix(static_cast<std::size_t>(length));
    }
  }
  return points;
}

std::string utf8(const std::vector<std::int32_t>& points) {
  std::string out;
  out.reserve(points.size());
  std::array<utf8proc_uint8_t, 4> bytes{};
  for (const std::int32_t point : points) {
    if (point >= kByteBase) {
      out += static_cast<char>(point - kByteBase);
      continue;
    }
    const auto length = utf8proc_encode_char(point, bytes.data());
    out.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(length));
  }
  return out;
}

std::vector<std::int32_t> lower(const std::vector<std::int32_t>& points) {
  std::vector<std::int32_t> out;
  out.reserve(points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    const std::int32_t point = points[i];
    if (point == kCapitalSigma) {
      out.push_back(is_final_sigma(points, i) ? kFinalSigma : kSmallSigma);
    } else if (point == kCapitalDottedI) {
      out.insert(out.end(), {'i', kDotAbove});
    } else {
      out.push_back(point < kByteBase ? utf8proc_tolower(point) : point);
    }
  }
  return out;
}

int general_category(std::int32_t point) {
  return point < kByteBase ? utf8proc_category(point) : UTF8PROC_CATEGORY_CN;
}

bool is_space(std::int32_t point) {
  if ((point >= 0x09 && point <= 0x0d) || (point >= 0x1c && point <= 0x20)) return true;
  if (point == 0x85 || point == 0x2028 || point == 0x2029) return true;
  return general_category(point) == UTF8PROC_CATEGORY_ZS;
}

bool is_word(std::int32_t point) {
  const int kind = general_category(point);
  return point == '_' || (kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_LO) ||
         (kind >= UTF8PROC_CATEGORY_ND && kind <= UTF8PROC_CATEGORY_NO);
}

}  // namespace fettle::metric
