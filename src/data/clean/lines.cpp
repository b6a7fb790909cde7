#include "data/clean/lines.h"

#include <algorithm>
#include <array>

#include "base/format.h"
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
  bool digits_only = true;
};

Shape shape_of(std::string_view line) {
  Shape shape;
  bool inside = false;
  for (std::size_t at = 0; at < line.size();) {
    const char32_t c = next_char(line, at);
    const bool blank = is_space(c);
    shape.words += !blank && !inside;
    inside = !blank;
    if (is_alpha(c)) {
      ++shape.letters;
      shape.capitals += is_upper(c);
    }
    shape.digits_only = shape.digits_only && (blank || is_digit(c) || is_symbol(c));
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

}  // namespace

std::string_view boilerplate(std::string_view raw, const LinesConfig& config) {
  const std::string_view line = trim(raw);
  if (line.empty()) return "";
  const Shape shape = shape_of(line);
  const bool small = shape.words <= 10;
  // A long line that names a policy is a sentence about one.
  const std::string low = lower_ascii(line.substr(0, 400));
  const auto holds = [&](std::string_view what) { return low.find(what) != std::string::npos; };
  const bool notice =
      config.policy && shape.words <= 40 && std::any_of(kNotices.begin(), kNotices.end(), holds);
  if (notice) return "notice";
  if (config.digits && shape.digits_only) return "digits";
  if (config.counters && is_counter(low, shape.words)) return "counter";
  if (config.buttons && small && is_button(low)) return "button";
  if (config.one_word && shape.words == 1 && line.size() < 200 &&
      !is_terminal(static_cast<unsigned char>(line.back())) && shape.letters == count_chars(line) &&
      ascii_prefix(line) == line.size()) {
    return "one word";
  }
  if (config.capitals && shape.words > 1 && shape.capitals * 2 > shape.letters) return "capitals";
  return "";
}

Verdict remove_boilerplate(std::string& text, const LinesConfig& config) {
  thread_local std::vector<Span> lines;
  split_lines(text, lines);
  std::string kept;
  std::string_view first_reason;
  std::size_t removed = 0;
  std::size_t words = 0;
  std::size_t removed_words = 0;
  for (const Span& span : lines) {
    const std::string_view line = span.in(text);
    const std::size_t count = shape_of(line).words;
    const std::string_view reason = boilerplate(line, config);
    words += count;
    if (reason.empty()) {
      if (!kept.empty() || !line.empty()) kept += line;
      kept += '\n';
      continue;
    }
    if (first_reason.empty()) first_reason = reason;
    ++removed;
    removed_words += count;
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
