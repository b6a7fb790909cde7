#include "metric/bleu_tokenizers.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <utility>

#include "metric/unicode.h"
#include "metric/words.h"

namespace fettle::metric {
namespace {

using Range = std::pair<std::int32_t, std::int32_t>;

template <std::size_t N>
bool among(const std::array<Range, N>& ranges, std::int32_t point) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const Range& range) {
    return point >= range.first && point <= range.second;
  });
}

bool is_digit_point(std::int32_t point) { return point >= '0' && point <= '9'; }
bool is_stop(std::int32_t point) { return point == '.' || point == ','; }
bool is_dash(std::int32_t point) { return point == '-'; }
bool is_other(std::int32_t point) { return !is_digit_point(point); }

bool is_apart(std::int32_t point) {
  constexpr std::array<Range, 6> kApart = {Range{'{', '~'}, Range{'[', '`'}, Range{' ', '&'},
                                           Range{'(', '+'}, Range{':', '@'}, Range{'/', '/'}};
  return among(kApart, point);
}

// sacreBLEU compares characters with texts of two characters where it means planes above the
// first: U+2001 to U+2A6D and U+2F81 to U+2FA1 come of that, and count here as there.
bool is_chinese(std::int32_t point) {
  constexpr std::array<Range, 20> kChinese = {
      Range{0x3400, 0x4db5}, Range{0x4e00, 0x9fbb}, Range{0xf900, 0xfa2d}, Range{0xfa30, 0xfa6a},
      Range{0xfa70, 0xfad9}, Range{0x2001, 0x2a6d}, Range{0x2f81, 0x2fa1}, Range{0xff00, 0xffef},
      Range{0x2e80, 0x2eff}, Range{0x3000, 0x303f}, Range{0x31c0, 0x31ef}, Range{0x2f00, 0x2fdf},
      Range{0x2ff0, 0x2fff}, Range{0x3100, 0x312f}, Range{0x31a0, 0x31bf}, Range{0xfe10, 0xfe1f},
      Range{0xfe30, 0xfe4f}, Range{0x2600, 0x27bf}, Range{0x3200, 0x32ff}, Range{0x3300, 0x33ff}};
  return among(kChinese, point);
}

bool is_asian(std::int32_t point) {
  constexpr std::array<Range, 7> kAsian = {
      Range{0x4e00, 0x9fff}, Range{0x3400, 0x4dbf}, Range{0x31c0, 0x31ef}, Range{0x2e80, 0x2eff},
      Range{0x3200, 0x3f22}, Range{0xf900, 0xfaff}, Range{0xfe30, 0xfe4f}};
  return among(kAsian, point);
}

bool is_asian_punctuation(std::int32_t point) {
  constexpr std::array<Range, 13> kMarks = {
      Range{0x3001, 0x3002}, Range{0x3008, 0x3011}, Range{0x3014, 0x301f}, Range{0xff61, 0xff65},
      Range{0x30fb, 0x30fb}, Range{0xff0e, 0xff0e}, Range{0xff0c, 0xff0c}, Range{0xff1f, 0xff1f},
      Range{0xff1a, 0xff1b}, Range{0xff01, 0xff02}, Range{0xff08, 0xff09}, Range{0xff08, 0xff08},
      Range{0xff09, 0xff09}};
  return among(kMarks, point);
}

bool is_number(std::int32_t point) {
  const auto kind = general_category(point);
  return kind >= UTF8PROC_CATEGORY_ND && kind <= UTF8PROC_CATEGORY_NO;
}
bool is_no_number(std::int32_t point) { return !is_number(point); }
bool is_punctuation(std::int32_t point) {
  const auto kind = general_category(point);
  return kind >= UTF8PROC_CATEGORY_PC && kind <= UTF8PROC_CATEGORY_PO;
}
bool is_symbol(std::int32_t point) {
  const auto kind = general_category(point);
  return kind >= UTF8PROC_CATEGORY_SM && kind <= UTF8PROC_CATEGORY_SO;
}

template <class Belongs>
Points spaced(const Points& points, const Belongs& belongs) {
  Points out;
  for (const std::int32_t point : points) {
    if (belongs(point)) {
      out.insert(out.end(), {' ', point, ' '});
    } else {
      out.push_back(point);
    }
  }
  return out;
}

enum class Spaces { kAroundFirst, kAroundSecond };

// Each pair (first, second), from the left and without overlap, with spaces around one of the two.
Points paired(const Points& points, bool (*first)(std::int32_t), bool (*second)(std::int32_t),
              Spaces spaces) {
  Points out;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (i + 1 == points.size() || !first(points[i]) || !second(points[i + 1])) {
      out.push_back(points[i]);
    } else if (spaces == Spaces::kAroundSecond) {
      out.insert(out.end(), {points[i], ' ', points[i + 1], ' '});
      ++i;
    } else {
      out.insert(out.end(), {' ', points[i], ' ', points[i + 1]});
      ++i;
    }
  }
  return out;
}

Points western(Points points) {
  points = paired(points, is_other, is_stop, Spaces::kAroundSecond);
  points = paired(points, is_stop, is_other, Spaces::kAroundFirst);
  return paired(points, is_digit_point, is_dash, Spaces::kAroundSecond);
}

// In one pass: a text may be nothing but what is replaced.
void replace_all(Points& points, std::string_view from, std::string_view to) {
  Points out;
  auto at = points.cbegin();
  while (true) {
    const auto found = std::search(at, points.cend(), from.begin(), from.end());
    out.insert(out.end(), at, found);
    if (found == points.cend()) break;
    out.insert(out.end(), to.begin(), to.end());
    at = found + static_cast<std::ptrdiff_t>(from.size());
  }
  points = std::move(out);
}

void resolve_escapes(Points& points) {
  if (std::find(points.begin(), points.end(), '&') == points.end()) return;
  replace_all(points, "&quot;", "\"");
  replace_all(points, "&amp;", "&");
  replace_all(points, "&lt;", "<");
  replace_all(points, "&gt;", ">");
}

Points padded(Points points) {
  points.insert(points.begin(), ' ');
  points.push_back(' ');
  return points;
}

Points as_13a(Points points) {
  replace_all(points, "<skipped>", "");
  replace_all(points, "-\n", "");
  replace_all(points, "\n", " ");
  resolve_escapes(points);
  return western(spaced(padded(std::move(points)), is_apart));
}

Points international(Points points) {
  points = paired(points, is_no_number, is_punctuation, Spaces::kAroundSecond);
  points = paired(points, is_punctuation, is_no_number, Spaces::kAroundFirst);
  return spaced(points, is_symbol);
}

}  // namespace

std::vector<std::string> bleu_words(std::string_view text, BleuTokenizer tokenizer,
                                    bool lowercase) {
  Points points = code_points(text);
  if (lowercase) points = lower(points);
  points = right_stripped(std::move(points));
  switch (tokenizer) {
    case BleuTokenizer::kNone:
      return split(points);
    case BleuTokenizer::k13a:
      return split(as_13a(std::move(points)));
    case BleuTokenizer::kIntl:
      return split(international(std::move(points)));
    case BleuTokenizer::kChar:
      return split(spaced(points, [](std::int32_t) { return true; }));
    case BleuTokenizer::kZh:
      points = spaced(stripped(std::move(points)), is_chinese);
      return split(western(spaced(points, is_apart)));
  }
  return {};
}

std::vector<std::string> ter_words(std::string_view text, const TerOptions& options) {
  Points points = right_stripped(code_points(text));
  if (!options.case_sensitive) points = lower(points);
  if (options.normalized) {
    replace_all(points, "\n-", "");
    replace_all(points, "\n", " ");
    resolve_escapes(points);
    points = spaced(padded(std::move(points)), is_apart);
    replace_all(points, "'s ", " 's ");
    points = western(std::move(points));
    if (options.asian_support) {
      points =
          spaced(points, [](std::int32_t p) { return is_asian(p) || is_asian_punctuation(p); });
    }
  }
  if (options.no_punct) {
    constexpr std::string_view kMarks = ".,?:;!\"()";
    std::erase_if(points, [&](std::int32_t p) {
      return (p < 128 && kMarks.find(static_cast<char>(p)) != std::string_view::npos) ||
             (options.asian_support && is_asian_punctuation(p));
    });
  }
  return split(points);
}

}  // namespace fettle::metric
