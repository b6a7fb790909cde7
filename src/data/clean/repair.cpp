#include "data/clean/repair.h"

#include <utf8proc.h>

#include <array>
#include <cstdlib>
#include <memory>

#include "data/clean/chars.h"
#include "data/clean/entities.h"
#include "data/clean/mojibake.h"

namespace fettle::data::clean {
namespace {

// What a first look at the bytes finds; a repair without its sign is not tried.
enum Sign : unsigned { kHigh = 1, kAmpersand = 2, kTag = 4, kBackslash = 8, kControl = 16 };

// Comparisons instead of a table: they are done for many bytes at once.
unsigned signs_of(std::string_view text) {
  unsigned char found = 0;
  for (const char raw : text) {
    const auto c = static_cast<unsigned char>(raw);
    const bool control = (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f;
    found |= static_cast<unsigned char>(kHigh * (c >= 0x80) | kAmpersand * (c == '&') |
                                        kTag * (c == '<') | kBackslash * (c == '\\') |
                                        kControl * control);
  }
  return found;
}

// The four hexadecimal digits of "\u1234" at `at`, or -1.
int escape_at(std::string_view text, std::size_t at) {
  if (text.substr(at, 2) != "\\u" || at + 6 > text.size()) return -1;
  int value = 0;
  for (std::size_t i = at + 2; i < at + 6; ++i) {
    const char c = static_cast<char>(text[i] | 0x20);
    const int digit = is_digit(static_cast<unsigned char>(text[i])) ? text[i] - '0'
                      : c >= 'a' && c <= 'f'                        ? c - 'a' + 10
                                                                    : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

// A surrogate half in three bytes, as CESU-8 writes it, or -1.
int half_at(std::string_view text, std::size_t at) {
  if (at + 3 > text.size() || static_cast<unsigned char>(text[at]) != 0xed) return -1;
  const auto b = static_cast<unsigned char>(text[at + 1]);
  const auto c = static_cast<unsigned char>(text[at + 2]);
  if (b < 0xa0 || b > 0xbf || (c & 0xc0) != 0x80) return -1;
  return 0xd000 | (b & 0x3f) << 6 | (c & 0x3f);
}

bool is_high(int half) { return half >= 0xd800 && half <= 0xdbff; }
bool is_low(int half) { return half >= 0xdc00 && half <= 0xdfff; }

void append_pair(std::string& out, int high, int low) {
  append_char(out, static_cast<char32_t>(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)));
}

// Appends what stands for the bytes at `at` and gives how many they are.
std::size_t join_at(std::string& out, std::string_view text, std::size_t at) {
  if (text[at] == '\\') {
    const int high = escape_at(text, at);
    const int low = is_high(high) ? escape_at(text, at + 6) : -1;
    if (is_low(low)) {
      append_pair(out, high, low);
      return 12;
    }
    out += text[at];
    return 1;
  }
  const int half = half_at(text, at);
  if (half >= 0) {
    const int low = is_high(half) ? half_at(text, at + 3) : -1;
    if (is_low(low)) {
      append_pair(out, half, low);
      return 6;
    }
    append_char(out, 0xfffd);
    return 3;
  }
  std::size_t end = at;
  const char32_t point = next_char(text, end);
  append_char(out, point == kBadByte ? 0xfffd : point);
  return end - at;
}

// Could NFC change a text that holds this character?
bool may_compose(char32_t c) {
  if (c < 0x300 || c > 0x10ffff) return false;
  if (c >= 0x1100 && c <= 0x11ff) return true;
  if (c >= 0xac00 && c <= 0xd7a3) return false;
  const utf8proc_property_t* const property =
      utf8proc_get_property(static_cast<utf8proc_int32_t>(c));
  return property->combining_class != 0 ||
         (property->decomp_seqindex != UINT16_MAX && property->decomp_type == 0);
}

// Does `rule` hold for a character beyond ASCII?
template <class Rule>
bool any_wide(std::string_view text, const Rule& rule) {
  for (std::size_t at = 0; at < text.size();) {
    at += ascii_prefix(text.substr(at));
    if (at < text.size() && rule(next_char(text, at))) return true;
  }
  return false;
}

// "\x1b[0;31m": the bytes of a terminal escape at `at`, 0 if there is none.
std::size_t terminal_escape(std::string_view text, std::size_t at) {
  if (text[at] != '\x1b' || at + 1 >= text.size() || text[at + 1] != '[') return 0;
  std::size_t end = at + 2;
  while (end < text.size() && end - at < 32 &&
         (is_digit(static_cast<unsigned char>(text[end])) || text[end] == ';')) {
    ++end;
  }
  return end < text.size() && is_ascii_letter(static_cast<unsigned char>(text[end])) ? end + 1 - at
                                                                                     : 0;
}

// Unicode Technical Report 20 lists most of these as unsuitable for text.
bool is_unwanted(char32_t c) {
  return c < 0x09 || c == 0x0b || (c >= 0x0e && c <= 0x1f) ||
         (c >= 0x7f && c <= 0x9f && c != 0x85) || c == 0x200b || (c >= 0x206a && c <= 0x206f) ||
         c == 0xfeff || (c >= 0xfff9 && c <= 0xfffc);
}

// What one look at the characters beyond ASCII finds.
struct WideSigns {
  bool bad = false;  // no UTF-8
  bool unwanted = false;
  bool composable = false;
};

WideSigns wide_signs_of(std::string_view text) {
  WideSigns signs;
  for (std::size_t at = 0; at < text.size();) {
    at += ascii_prefix(text.substr(at));
    if (at == text.size()) break;
    const char32_t c = next_char(text, at);
    signs.bad = signs.bad || c == kBadByte;
    signs.unwanted = signs.unwanted || is_unwanted(c);
    signs.composable = signs.composable || may_compose(c);
  }
  return signs;
}

template <class Function>
void try_repair(std::string& text, Repairs& done, std::string_view name, Function&& function) {
  std::string fixed = function(text);
  if (fixed == text) return;
  text = std::move(fixed);
  done.push_back(name);
}

bool has_tags(std::string_view text) {
  for (std::size_t at = text.find('<'); at != std::string_view::npos; at = text.find('<', at + 1)) {
    const std::string_view next = text.substr(at + 1, 1);
    if (!next.empty() &&
        (next == "/" || next == "!" || is_ascii_letter(static_cast<unsigned char>(next.front())))) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::string with_surrogates_joined(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) at += join_at(out, text, at);
  return out;
}

std::string without_controls(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t plain = at;
    while (at < text.size() && text[at] >= 0x20 && text[at] < 0x7f) ++at;
    out += text.substr(plain, at - plain);
    if (at == text.size()) break;
    if (const std::size_t escape = terminal_escape(text, at)) {
      at += escape;
      continue;
    }
    const std::size_t begin = at;
    const char32_t c = next_char(text, at);
    if (c == kBadByte || !is_unwanted(c)) out += text.substr(begin, at - begin);
  }
  return out;
}

std::string composed(std::string_view text) {
  if (!any_wide(text, may_compose)) return std::string(text);
  utf8proc_uint8_t* raw = nullptr;
  const auto length =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &raw,
                   static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(raw, &std::free);
  // Bytes that are no UTF-8 stop utf8proc: such text stays as it is.
  if (length < 0) return std::string(text);
  return {reinterpret_cast<const char*>(raw), static_cast<std::size_t>(length)};
}

Repairs repair(std::string& text, const RepairConfig& config) {
  Repairs done;
  const unsigned signs = signs_of(text);
  const WideSigns wide = (signs & kHigh) != 0 ? wide_signs_of(text) : WideSigns{};
  const bool halves = (signs & kBackslash) != 0 && text.find("\\u") != std::string::npos;
  if (config.surrogates && (wide.bad || halves)) {
    try_repair(text, done, "surrogates", with_surrogates_joined);
  }
  if (config.markup && (signs & kTag) != 0) try_repair(text, done, "markup", without_markup);
  if (config.entities && (signs & kAmpersand) != 0 && ((signs & kTag) == 0 || !has_tags(text))) {
    try_repair(text, done, "entities", with_entities_read);
  }
  if (config.mojibake && (signs & (kHigh | kAmpersand)) != 0) {
    try_repair(text, done, "mojibake", [](std::string_view t) { return undo_mojibake(t).text; });
  }
  // A text that was repaired may hold anything.
  if (config.controls && ((signs & kControl) != 0 || wide.unwanted || !done.empty())) {
    try_repair(text, done, "control characters", without_controls);
  }
  if (config.nfc && (wide.composable || !done.empty())) try_repair(text, done, "NFC", composed);
  if (config.white_space && !has_plain_spaces(text, config.single_spaces)) {
    try_repair(text, done, "white space",
               [&](std::string_view t) { return with_plain_spaces(t, config.single_spaces); });
  }
  return done;
}

}  // namespace fettle::data::clean
