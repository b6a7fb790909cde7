// C4's and FineWeb's rules, which look at lines.
#include <algorithm>
#include <array>

#include "base/format.h"
#include "data/clean/phrases.h"
#include "data/clean/quality.h"

namespace fettle::data::clean {
namespace {

constexpr std::array<std::string_view, 6> kPolicy = {"terms of use",   "privacy policy",
                                                     "cookie policy",  "uses cookies",
                                                     "use of cookies", "use cookies"};

// All phrases that judge() looks for.
constexpr std::array<std::string_view, 8> kWatched = {
    "terms of use",   "privacy policy", "cookie policy", "uses cookies",
    "use of cookies", "use cookies",    "lorem ipsum",   "javascript"};

// Without [1], [], [edit] and [citation needed].
std::string without_citations(std::string_view line) {
  std::string out;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t open = std::min(line.find('[', at), line.size());
    out += line.substr(at, open - at);
    at = open;
    if (at == line.size()) break;
    std::size_t end = at + 1;
    while (end < line.size() && is_digit(static_cast<unsigned char>(line[end]))) ++end;
    if (end < line.size() && line[end] == ']') {
      at = end + 1;
      continue;
    }
    const std::string_view rest = line.substr(at);
    constexpr std::string_view kEdit = "[edit]";
    constexpr std::string_view kNeeded = "[citation needed]";
    if (rest.starts_with(kEdit)) {
      at += kEdit.size();
    } else if (rest.starts_with(kNeeded)) {
      at += kNeeded.size();
    } else {
      // The digits are no citation: nothing between here and their end is one.
      out += line.substr(at, end - at);
      at = end;
    }
  }
  return out;
}

bool has_words(std::string_view line, std::int64_t least) {
  std::int64_t words = 0;
  bool inside = false;
  for (std::size_t at = 0; at < line.size() && words < least;) {
    const bool blank = is_space(next_char(line, at));
    words += !blank && !inside;
    inside = !blank;
  }
  return words >= least;
}

std::size_t longest_word(std::string_view line) {
  std::size_t longest = 0;
  std::size_t chars = 0;
  for (std::size_t at = 0; at < line.size();) {
    chars = is_space(next_char(line, at)) ? 0 : chars + 1;
    longest = std::max(longest, chars);
  }
  return longest;
}

// Is a word of the line longer than `most` characters? Most lines have a blank in any so many
// bytes, and then need no count.
bool has_long_word(std::string_view line, std::size_t most) {
  for (std::size_t at = 0; line.size() - at > most;) {
    std::size_t blank = at + most + 1;
    while (blank > at && !is_ascii_space(static_cast<unsigned char>(line[blank - 1]))) --blank;
    if (blank == at) return longest_word(line) > most;
    at = blank;
  }
  return false;
}

bool ends_well(std::string_view line) {
  if (line.empty() || line.ends_with("...")) return false;
  return std::string_view(".?!\"'").find(line.back()) != std::string_view::npos;
}

enum class Line { kKept, kRemoved, kLorem, kCurly };

// `watched`: whether one of kWatched may be in the line.
Line judge(std::string& line, bool watched, const C4Config& config) {
  const bool few = !has_words(line, config.min_words_per_line);
  const auto longest = static_cast<std::size_t>(config.max_word_length);
  if (longest > 0 && has_long_word(line, longest)) return Line::kRemoved;
  if (config.citations && line.find('[') != std::string::npos) line = without_citations(line);
  if (config.terminal_punctuation && !ends_well(line)) return Line::kRemoved;
  if (few) return Line::kRemoved;
  if (!watched) {
    const bool curly = config.curly_bracket && line.find('{') != std::string::npos;
    return curly ? Line::kCurly : Line::kKept;
  }
  const std::string low = lower_ascii(line);
  const auto holds = [&](std::string_view what) { return low.find(what) != std::string::npos; };
  if (config.lorem_ipsum && holds("lorem ipsum")) return Line::kLorem;
  if (config.javascript && holds("javascript")) return Line::kRemoved;
  if (config.curly_bracket && line.find('{') != std::string::npos) return Line::kCurly;
  const bool policy = config.policy && std::any_of(kPolicy.begin(), kPolicy.end(), holds);
  return policy ? Line::kRemoved : Line::kKept;
}

// Is the character before byte `at`, or at it, one of a word?
bool word_before(std::string_view text, std::size_t at) {
  if (at == 0) return false;
  std::size_t begin = at - 1;
  while (begin > 0 && at - begin < 4 && (static_cast<unsigned char>(text[begin]) & 0xc0) == 0x80) {
    --begin;
  }
  return is_word(next_char(text, begin));
}

bool word_at(std::string_view text, std::size_t at) {
  return at < text.size() && is_word(next_char(text, at));
}

// The first of the words that stands in the text by itself.
std::string_view bad_word(std::string_view low, const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word.empty()) continue;
    for (std::size_t at = low.find(word); at != std::string_view::npos;
         at = low.find(word, at + 1)) {
      if (!word_before(low, at) && !word_at(low, at + word.size())) return word;
    }
  }
  return {};
}

std::string low_text(std::string_view text) {
  if (ascii_prefix(text) == text.size()) return lower_ascii(text);
  return metric::utf8(metric::lower(metric::code_points(text)));
}

}  // namespace

Verdict c4_quality(std::string& text, const C4Config& config) {
  if (!config.bad_words.empty()) {
    const std::string low = low_text(text);
    const std::string_view found = bad_word(low, config.bad_words);
    if (!found.empty()) return Verdict::dropped("c4_bad_words", std::string(found));
  }
  static const Phrases kAllWatched(kWatched);
  // A phrase may come to be where a citation is taken out.
  const bool watched = kAllWatched.held_by(text) || text.find('[') != std::string::npos;
  thread_local std::vector<Span> lines;
  thread_local std::string line;
  split_lines(text, lines);
  std::string kept;
  kept.reserve(text.size());
  std::int64_t sentences = 0;
  std::size_t removed = 0;
  for (const Span& span : lines) {
    line = trim(span.in(text));
    const Line verdict = judge(line, watched, config);
    if (verdict == Line::kLorem) return Verdict::dropped("c4_lorem_ipsum");
    if (verdict == Line::kCurly) return Verdict::dropped("c4_curly_bracket");
    if (verdict == Line::kRemoved) {
      ++removed;
      continue;
    }
    sentences += static_cast<std::int64_t>(count_sentences(line));
    if (!kept.empty()) kept += '\n';
    kept += line;
  }
  if (sentences < config.min_sentences) {
    return Verdict::dropped("c4_too_few_sentences",
                            fettle::text("{}; at least {}", sentences, config.min_sentences));
  }
  kept = trim(kept);
  if (kept == text) return Verdict::kept();
  text = std::move(kept);
  return Verdict::changed("c4_lines_removed", fettle::text("{} lines", removed));
}

namespace {

struct FineWebCounts {
  std::size_t lines = 0;
  std::size_t ended = 0;
  std::size_t short_lines = 0;
};

std::size_t last_char(std::string_view text) {
  std::size_t at = text.size() - 1;
  while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) --at;
  return at;
}

FineWebCounts count_lines(std::string_view text, std::size_t short_length,
                          std::vector<Span>& lines) {
  FineWebCounts counts;
  lines.clear();
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    if (!trim(line).empty()) {
      lines.push_back({at, line.size()});
      std::size_t last = last_char(line);
      counts.ended += is_terminal(next_char(line, last));
      counts.short_lines += line.size() <= short_length || count_chars(line) <= short_length;
    }
    at = end + 1;
  }
  counts.lines = lines.size();
  return counts;
}

double ratio(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

Verdict beyond(std::string_view reason, double value, std::string_view side, double bound) {
  return Verdict::dropped(std::string(reason), text("{:.3g}; at {} {:.3g}", value, side, bound));
}

}  // namespace

Verdict fineweb_quality(const Document& document, const FineWebConfig& config) {
  thread_local std::vector<Span> lines;
  const std::string_view source = document.text();
  const FineWebCounts counts =
      count_lines(source, static_cast<std::size_t>(config.short_line_length), lines);
  if (counts.lines == 0) return Verdict::dropped("fineweb_empty");
  const double ended = ratio(counts.ended, counts.lines);
  if (ended < config.min_line_punctuation) {
    return beyond("fineweb_line_punct_ratio", ended, "least", config.min_line_punctuation);
  }
  const double short_lines = ratio(counts.short_lines, counts.lines);
  if (config.max_short_lines > 0 && short_lines > config.max_short_lines) {
    return beyond("fineweb_short_line_ratio", short_lines, "most", config.max_short_lines);
  }
  const auto ends = static_cast<std::size_t>(std::count(source.begin(), source.end(), '\n'));
  const double repeats = ratio(repeated(source, lines).chars, document.chars() - ends);
  if (config.max_duplicate_line_chars > 0 && repeats > config.max_duplicate_line_chars) {
    return beyond("fineweb_char_dup_ratio", repeats, "most", config.max_duplicate_line_chars);
  }
  const double listed = ratio(ends, document.words().size());
  if (config.max_line_ends_per_word > 0 && listed > config.max_line_ends_per_word) {
    return beyond("fineweb_list_ratio", listed, "most", config.max_line_ends_per_word);
  }
  return Verdict::kept();
}

}  // namespace fettle::data::clean
