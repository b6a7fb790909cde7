#include "metric/text.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <unordered_map>

#include "metric/unicode.h"

namespace fettle::metric {
namespace {

using Points = std::vector<std::int32_t>;

bool is_ascii_punctuation(std::int32_t point) {
  return (point >= '!' && point <= '/') || (point >= ':' && point <= '@') ||
         (point >= '[' && point <= '`') || (point >= '{' && point <= '~');
}

bool is_article(const Points& run) {
  return run == Points{'a'} || run == Points{'a', 'n'} || run == Points{'t', 'h', 'e'};
}

// Words between white space: a run of word characters that is an article counts as white space.
std::vector<std::string> squad_words(std::string_view source) {
  Points points = lower(code_points(source));
  std::erase_if(points, is_ascii_punctuation);
  std::vector<std::string> words;
  Points word;
  const auto end_word = [&] {
    if (!word.empty()) words.push_back(utf8(word));
    word.clear();
  };
  for (std::size_t i = 0; i < points.size();) {
    std::size_t end = i;
    while (end < points.size() && is_word(points[end])) ++end;
    const Points run(points.begin() + static_cast<std::ptrdiff_t>(i),
                     points.begin() + static_cast<std::ptrdiff_t>(end));
    if (is_article(run)) {
      end_word();
    } else if (!run.empty()) {
      word.insert(word.end(), run.begin(), run.end());
    } else if (is_space(points[i])) {
      end_word();
    } else {
      word.push_back(points[i]);
    }
    i = std::max(end, i + 1);
  }
  end_word();
  return words;
}

std::string strip_lower(std::string_view source) {
  Points points = code_points(source);
  while (!points.empty() && is_space(points.back())) points.pop_back();
  const auto begin = std::find_if_not(points.begin(), points.end(), is_space);
  return utf8(lower(Points(begin, points.end())));
}

double f1_of(const std::vector<std::string>& answer, const std::vector<std::string>& right) {
  if (answer.empty() || right.empty()) return answer.empty() && right.empty() ? 1 : 0;
  std::unordered_map<std::string, std::int64_t> left;
  for (const std::string& word : right) ++left[word];
  double common = 0;
  for (const std::string& word : answer) {
    const auto found = left.find(word);
    if (found == left.end() || found->second == 0) continue;
    --found->second;
    ++common;
  }
  return 2 * common / static_cast<double>(answer.size() + right.size());
}

}  // namespace

std::string normalised(std::string_view source, Normaliser normaliser) {
  if (normaliser == Normaliser::kNone) return std::string(source);
  if (normaliser == Normaliser::kStripLower) return strip_lower(source);
  std::string out;
  for (const std::string& word : squad_words(source)) out += (out.empty() ? "" : " ") + word;
  return out;
}

bool exact_match(std::string_view answer, std::span<const std::string> right,
                 Normaliser normaliser) {
  const std::string given = normalised(answer, normaliser);
  if (right.empty()) return given.empty();
  return std::any_of(right.begin(), right.end(), [&](const std::string& text) {
    return normalised(text, normaliser) == given;
  });
}

double token_f1(std::string_view answer, std::span<const std::string> right) {
  const std::vector<std::string> given = squad_words(answer);
  if (right.empty()) return f1_of(given, {});
  double best = 0;
  for (const std::string& text : right) best = std::max(best, f1_of(given, squad_words(text)));
  return best;
}

double token_f1_v1(std::string_view answer, std::span<const std::string> right) {
  const std::vector<std::string> given = squad_words(answer);
  double best = 0;
  for (const std::string& text : right) {
    const std::vector<std::string> words = squad_words(text);
    if (!given.empty() && !words.empty()) best = std::max(best, f1_of(given, words));
  }
  return best;
}

double perplexity(double nll_sum, std::int64_t tokens) {
  if (tokens == 0) return std::numeric_limits<double>::quiet_NaN();
  return std::exp(nll_sum / static_cast<double>(tokens));
}

double bits_per_byte(double nll_sum, std::int64_t bytes) {
  if (bytes == 0) return std::numeric_limits<double>::quiet_NaN();
  return nll_sum / (std::numbers::ln2 * static_cast<double>(bytes));
}

}  // namespace fettle::metric
