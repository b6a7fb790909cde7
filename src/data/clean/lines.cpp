#include "data/clean/lines.h"

#include <algorithm>
#include <array>

#include "base/format.h"
#include "data/clean/phrases.h"
#include "data/clean/words.h"

namespace fettle::data::clean {
namespace {

constexpr std::array<std::string_view, 12> kNotices = {
    "terms of use",    "privacy policy",      "cookie policy",    "uses cookies",
    "use of cookies",  "use cookies",         "accept cookies",   "accept all cookies",
    "cookie settings", "all rights reserved", "terms of service", "terms and conditions"};
constexpr std::array<std::string_view, 10> kStarts = {
    "sign in",      "sign-in",  "sign up",   "log in",     "login",
    "subscribe to", "share on", "follow us", "click here", "skip to"};
constexpr std::array<std::string_view, 8> kEnds = {
    "read more", "read more...", "show more",  "load more",
    "see more",  "view all",     "learn more", "read more\xe2\x80\xa6"};
constexpr std::array<std::string_view, 7> kAnywhere = {
    "items in cart", "add to cart", "share this",          "enable javascript",
    "powered by",    "back to top", "forgot your password"};
constexpr std::array<std::string_view, 12> kCounted = {"like",  "likes",   "comment",   "comments",
                                                       "share", "shares",  "view",      "views",
                                                       "reply", "replies", "followers", "votes"};

struct Shape {
  std::size_t words = 0;
  std::size_t letters = 0;
  std::size_t capitals = 0;
  std::size_t others = 0;  // no spaces, digits or symbols: none in a line of digits alone
};

// Adds what ASCII holds; `inside`: whether a word goes on from before. At most 240 bytes: sums are
// kept in bytes, so that many are added at once.
constexpr std::size_t kMostAtOnce = 240;
void add_ascii(std::string_view text, bool inside, Shape& shape) {
  const auto blank = [&](std::size_t i) {
    const auto c = static_cast<unsigned char>(text[i]);
    return static_cast<unsigned char>((static_cast<unsigned char>(c - 0x09) <= 4) |
                                      (static_cast<unsigned char>(c - 0x1c) <= 4));
  };
  unsigned char letters = 0;
  unsigned char capitals = 0;
  unsigned char begun = static_cast<unsigned char>(!inside & !blank(0));
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool letter = static_cast<unsigned char>((c | 0x20) - 'a') < 26;
    const bool capital = static_cast<unsigned char>(c - 'A') < 26;
    letters = static_cast<unsigned char>(letters + letter);
    capitals = static_cast<unsigned char>(capitals + capital);
  }
  for (std::size_t i = 1; i < text.size(); ++i) {
    begun = static_cast<unsigned char>(begun + (blank(i - 1) & (blank(i) ^ 1)));
  }
  shape.words += begun;
  shape.letters += letters;
  shape.capitals += capitals;
  shape.others += letters;  // in ASCII, what is no space, digit or symbol is a letter
}

void add_wide(char32_t c, bool inside, Shape& shape) {
  if (is_space(c)) return;
  const bool letter = is_alpha(c);
  shape.words += !inside;
  shape.letters += letter;
  shape.capitals += letter && is_upper(c);
  shape.others += !is_symbol(c);
}

Shape shape_of(std::string_view line) {
  Shape shape;
  bool inside = false;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t plain = std::min(ascii_prefix(line.substr(at)), kMostAtOnce);
    if (plain > 0) {
      add_ascii(line.substr(at, plain), inside, shape);
      at += plain;
      inside = !is_ascii_space(static_cast<unsigned char>(line[at - 1]));
    } else {
      const char32_t c = next_char(line, at);
      add_wide(c, inside, shape);
      inside = !is_space(c);
    }
  }
  return shape;
}

// "3 likes", "1,204 comments".
bool is_counter(std::string_view low, std::size_t words) {
  if (words != 2 || !is_digit(static_cast<unsigned char>(low.front()))) return false;
  const std::string_view last = low.substr(low.rfind(' ') + 1);
  return std::find(kCounted.begin(), kCounted.end(), last) != kCounted.end();
}

bool is_button(std::string_view low) {
  const auto starts = [&](std::string_view what) { return low.starts_with(what); };
  const auto ends = [&](std::string_view what) { return low.ends_with(what); };
  const auto holds = [&](std::string_view what) {
    return low.find(what) != std::string_view::npos;
  };
  return std::any_of(kStarts.begin(), kStarts.end(), starts) ||
         std::any_of(kEnds.begin(), kEnds.end(), ends) ||
         std::any_of(kAnywhere.begin(), kAnywhere.end(), holds);
}

// Why a trimmed line is no text. `notices`: whether one of kNotices may be in it.
std::string_view reason_of(std::string_view line, const Shape& shape, bool notices,
                           const LinesConfig& config) {
  if (line.empty()) return "";
  const bool small = shape.words <= 10;
  notices = notices && config.policy && shape.words <= 40;
  // A long line that names a policy is a sentence about one.
  const std::string low = notices || small ? lower_ascii(line.substr(0, 400)) : std::string();
  const auto holds = [&](std::string_view what) { return low.find(what) != std::string::npos; };
  if (notices && std::any_of(kNotices.begin(), kNotices.end(), holds)) return "notice";
  if (config.digits && shape.others == 0) return "digits";
  if (config.counters && small && is_counter(low, shape.words)) return "counter";
  if (config.buttons && small && is_button(low)) return "button";
  if (config.one_word && shape.words == 1 && line.size() < 200 &&
      !is_terminal(static_cast<unsigned char>(line.back())) && shape.letters == count_chars(line) &&
      ascii_prefix(line) == line.size()) {
    return "one word";
  }
  if (config.capitals && shape.words > 1 && shape.capitals * 2 > shape.letters) return "capitals";
  return "";
}

}  // namespace

std::string_view boilerplate(std::string_view raw, const LinesConfig& config) {
  const std::string_view line = trim(raw);
  return reason_of(line, shape_of(line), true, config);
}

Verdict remove_boilerplate(std::string& text, const LinesConfig& config) {
  static const Phrases kAllNotices(kNotices);
  thread_local std::vector<Span> lines;
  const bool notices = config.policy && kAllNotices.held_by(text);
  split_lines(text, lines);
  std::string kept;
  kept.reserve(text.size() + 1);
  std::string_view first_reason;
  std::size_t removed = 0;
  std::size_t words = 0;
  std::size_t removed_words = 0;
  for (const Span& span : lines) {
    const std::string_view line = span.in(text);
    const std::string_view trimmed = trim(line);
    const Shape shape = shape_of(trimmed);
    const std::string_view reason = reason_of(trimmed, shape, notices, config);
    words += shape.words;
    if (reason.empty()) {
      if (!kept.empty() || !line.empty()) kept += line;
      kept += '\n';
      continue;
    }
    if (first_reason.empty()) first_reason = reason;
    ++removed;
    removed_words += shape.words;
  }
  if (removed == 0) return Verdict::kept();
  const double share = static_cast<double>(removed_words) / static_cast<double>(words);
  if (config.max_removed_words > 0 && share > config.max_removed_words) {
    return Verdict::dropped(
        "mostly boilerplate",
        fettle::text("{:.3g} of the words; at most {:.3g}", share, config.max_removed_words));
  }
  text = trim_end(kept);
  return Verdict::changed("boilerplate lines removed",
                          fettle::text("{} lines, the first: {}", removed, first_reason));
}

}  // namespace fettle::data::clean
