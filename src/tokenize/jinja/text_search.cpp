#include "tokenize/jinja/text_search.h"

#include <algorithm>

#include "tokenize/jinja/unicode.h"

namespace fettle::tokenize::jinja {
namespace {

// Knuth, Morris and Pratt (1977): calls found(place) for each match, which says whether to go on;
// matches do not overlap. No byte of the haystack is read twice.
template <class Found>
void match_all(std::string_view haystack, std::string_view needle, Found found) {
  std::vector<std::size_t> border(needle.size(), 0);
  for (std::size_t i = 1, k = 0; i < needle.size(); ++i) {
    while (k > 0 && needle[i] != needle[k]) k = border[k - 1];
    if (needle[i] == needle[k]) ++k;
    border[i] = k;
  }
  for (std::size_t i = 0, k = 0; i < haystack.size(); ++i) {
    while (k > 0 && haystack[i] != needle[k]) k = border[k - 1];
    if (haystack[i] == needle[k]) ++k;
    if (k == needle.size()) {
      if (!found(i + 1 - k)) return;
      k = 0;
    }
  }
}

// Up to this length the standard search is faster, and its worst case harmless.
constexpr std::size_t kShortNeedle = 16;

Value replace_between_all(Runtime& runtime, std::string_view text, const Replacement& replacement) {
  TextBuilder out(runtime.meter);
  std::int64_t left = replacement.count;
  std::size_t at = 0;
  while (at < text.size() && left != 0) {
    const std::size_t begin = at;
    next_character(text, at);
    out.append(replacement.to);
    out.append(text.substr(begin, at - begin));
    --left;
  }
  out.append(text.substr(at));
  if (left != 0) out.append(replacement.to);
  return out.finish();
}

}  // namespace

std::vector<std::size_t> find_all(std::string_view haystack, std::string_view needle,
                                  std::size_t limit) {
  std::vector<std::size_t> places;
  if (limit == 0) return places;
  if (needle.size() <= kShortNeedle) {
    for (std::size_t at = haystack.find(needle);
         at != std::string_view::npos && places.size() < limit;
         at = haystack.find(needle, at + needle.size())) {
      places.push_back(at);
    }
    return places;
  }
  match_all(haystack, needle, [&](std::size_t place) {
    places.push_back(place);
    return places.size() < limit;
  });
  return places;
}

std::size_t find_text(std::string_view haystack, std::string_view needle) {
  if (needle.empty()) return 0;
  const std::vector<std::size_t> places = find_all(haystack, needle, 1);
  return places.empty() ? std::string_view::npos : places.front();
}

std::size_t rfind_text(std::string_view haystack, std::string_view needle) {
  if (needle.size() <= kShortNeedle) return haystack.rfind(needle);
  const std::string backwards(haystack.rbegin(), haystack.rend());
  const std::size_t at = find_text(backwards, std::string(needle.rbegin(), needle.rend()));
  return at == std::string_view::npos ? at : haystack.size() - at - needle.size();
}

Value replace_text(Runtime& runtime, std::string_view text, const Replacement& replacement) {
  const auto& [from, to, count] = replacement;
  runtime.meter.scan(text.size() + from.size());
  if (from.empty()) return replace_between_all(runtime, text, replacement);
  const std::size_t limit = count < 0 ? text.size() : static_cast<std::size_t>(count);
  TextBuilder out(runtime.meter);
  std::size_t done = 0;
  for (const std::size_t place : find_all(text, from, limit)) {
    out.append(text.substr(done, place - done));
    out.append(to);
    done = place + from.size();
  }
  out.append(text.substr(done));
  return out.finish();
}

}  // namespace fettle::tokenize::jinja
