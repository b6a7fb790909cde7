#include "data/clean/mojibake.h"

#include <array>
#include <optional>

#include "data/clean/badness.h"
#include "data/clean/chars.h"
#include "data/clean/mojibake_tables.h"

namespace fettle::data::clean {
namespace {

using Wide = std::u32string;

constexpr std::uint64_t bit(MojibakeClass kind) { return std::uint64_t{1} << kind; }

unsigned char byte_at(std::string_view bytes, std::size_t at) {
  return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0;
}

bool continues(unsigned char byte) { return (byte & 0xc0) == 0x80; }

std::optional<std::string> encoded(std::u32string_view text, std::size_t encoding) {
  std::string bytes;
  bytes.reserve(text.size());
  for (const char32_t point : text) {
    const int byte = byte_in(encoding, point);
    if (byte < 0) return std::nullopt;
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

// Continuations beside a space that was U+00A0: 0x85 and 0xa0 are left out.
bool beside_space(unsigned char byte) { return continues(byte) && byte != 0x85 && byte != 0xa0; }

// Length of the UTF-8 sequence at `at` in which one byte 0xa0 became a space; 0: none.
std::size_t altered(std::string_view bytes, std::size_t at) {
  const unsigned char a = byte_at(bytes, at);
  const unsigned char b = byte_at(bytes, at + 1);
  const unsigned char c = byte_at(bytes, at + 2);
  const unsigned char d = byte_at(bytes, at + 3);
  const bool two = a == 0xc2 || a == 0xc3 || a == 0xc5 || a == 0xce || a == 0xd0 || a == 0xd9;
  if (two && b == ' ') return 2;
  if ((a == 0xe2 || a == 0xe3) && b == ' ' && beside_space(c)) return 3;
  if (a >= 0xe0 && a <= 0xe3 && beside_space(b) && c == ' ') return 3;
  if (a != 0xf0) return 0;
  const int spaces = (b == ' ') + (c == ' ') + (d == ' ');
  const int continuations = continues(b) + continues(c) + continues(d);
  return spaces == 1 && continuations == 2 ? 4 : 0;
}

// "à" before a word stays one word of its own, except where Portuguese goes on: "àquele".
bool a_grave_alone(std::string_view rest) {
  if (rest.substr(0, 2) != "\xc3 ") return false;
  const std::string_view next = rest.substr(2);
  for (const std::string_view joined : {" ", "quele", "quela", "quilo", "s "}) {
    if (next.substr(0, joined.size()) == joined) return false;
  }
  return true;
}

std::string with_no_break_spaces(const std::string& bytes) {
  std::string apart;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    apart += bytes[i];
    if (a_grave_alone(std::string_view(bytes).substr(i, 8))) apart += '\xa0';
  }
  for (std::size_t i = 0; i < apart.size();) {
    const std::size_t length = altered(apart, i);
    for (std::size_t k = 0; k < length; ++k) {
      if (apart[i + k] == ' ') apart[i + k] = '\xa0';
    }
    i += length == 0 ? 1 : length;
  }
  return apart;
}

// 6 where a surrogate pair of CESU-8 lost the last byte of a half or of both.
std::size_t lossy_pair(std::string_view bytes, std::size_t at) {
  const auto b = [&](std::size_t i) { return byte_at(bytes, at + i); };
  const auto lost = [](unsigned char c) { return c == 0x1a || c == '?'; };
  const bool heads =
      b(0) == 0xed && (b(1) & 0xf0) == 0xa0 && b(3) == 0xed && b(4) >= 0xb0 && b(4) <= 0xbf;
  if (!heads || (!lost(b(2)) && !lost(b(5)))) return 0;
  const bool tails = (lost(b(2)) || continues(b(2))) && (lost(b(5)) || continues(b(5)));
  return tails ? 6 : 0;
}

// Length of a UTF-8 sequence at `at` of which a byte was lost (0x1a, or ? after 0xc2 and 0xc3).
std::size_t lossy(std::string_view bytes, std::size_t at) {
  const unsigned char a = byte_at(bytes, at);
  if (a == 0x1a) return 1;
  const unsigned char b = byte_at(bytes, at + 1);
  if (const std::size_t pair = lossy_pair(bytes, at)) return pair;
  if (a >= 0xc2 && a <= 0xdf) return b == 0x1a || (a <= 0xc3 && b == '?') ? 2 : 0;
  const std::size_t length = a >= 0xe0 && a <= 0xef ? 3 : a >= 0xf0 && a <= 0xf4 ? 4 : 0;
  if (length == 0) return 0;
  int lost = 0;
  int questions = 0;
  for (std::size_t i = 1; i < length; ++i) {
    const unsigned char c = byte_at(bytes, at + i);
    if (c != 0x1a && c != '?' && !continues(c)) return 0;
    questions += c == '?';
    lost += c == 0x1a || c == '?';
  }
  return lost > 0 && questions <= 1 ? length : 0;
}

std::string with_losses_marked(const std::string& bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size();) {
    const std::size_t length = lossy(bytes, i);
    if (length == 0) {
      out += bytes[i++];
    } else {
      out += "\xef\xbf\xbd";
      i += length;
    }
  }
  return out;
}

// CESU-8: a surrogate pair written as two sequences of three bytes. 0: none here.
char32_t surrogate_pair(std::string_view bytes, std::size_t at) {
  const auto b = [&](std::size_t i) { return byte_at(bytes, at + i); };
  const bool pair = b(0) == 0xed && (b(1) & 0xf0) == 0xa0 && continues(b(2)) && b(3) == 0xed &&
                    (b(4) & 0xf0) == 0xb0 && continues(b(5));
  if (!pair) return 0;
  const unsigned high = (b(1) & 0x0fU) << 6 | (b(2) & 0x3fU);
  const unsigned low = (b(4) & 0x0fU) << 6 | (b(5) & 0x3fU);
  return 0x10000 + (high << 10 | low);
}

// Strict UTF-8, and where bytes 0xed or 0xc0 occur also CESU-8 and Java's null.
std::optional<Wide> decoded(std::string_view bytes) {
  Wide out;
  for (std::size_t at = 0; at < bytes.size();) {
    if (const char32_t pair = surrogate_pair(bytes, at)) {
      out += pair;
      at += 6;
    } else if (byte_at(bytes, at) == 0xc0 && byte_at(bytes, at + 1) == 0x80) {
      out += U'\0';
      at += 2;
    } else {
      const char32_t point = next_char(bytes, at);
      if (point == kBadByte) return std::nullopt;
      out += point;
    }
  }
  return out;
}

bool has_altered(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (altered(bytes, i) > 0) return true;
  }
  return false;
}

std::optional<Wide> reread(std::u32string_view text, std::size_t encoding) {
  std::optional<std::string> bytes = encoded(text, encoding);
  if (!bytes) return std::nullopt;
  const Encoding& row = mojibake_encodings()[encoding];
  if (row.name != "macroman" && has_altered(*bytes)) bytes = with_no_break_spaces(*bytes);
  if (row.sloppy) bytes = with_losses_marked(*bytes);
  return decoded(*bytes);
}

// Length of the run of UTF-8-like sequences at `at`.
std::size_t utf8_like(std::u32string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size()) {
    const std::uint64_t first = mojibake_class(text[end]);
    std::size_t length = 0;
    for (std::size_t n = 1; n <= 3 && length == 0; ++n) {
      const auto kind = static_cast<MojibakeClass>(kFirst2 + n - 1);
      if ((first & bit(kind)) == 0) continue;
      std::size_t k = 1;
      while (k <= n && end + k < text.size() &&
             (mojibake_class(text[end + k]) & bit(kContinuation)) != 0) {
        ++k;
      }
      if (k > n) length = n + 1;
    }
    if (length == 0) break;
    end += length;
  }
  return end - at;
}

std::u32string undone(std::u32string text, bool inside, std::string& what);

// Mojibake within text that has other characters too.
Wide with_islands_undone(std::u32string_view text, std::string& what) {
  Wide out;
  for (std::size_t at = 0; at < text.size();) {
    const bool open = at == 0 || (mojibake_class(text[at - 1]) & bit(kStrictContinuation)) == 0;
    const std::size_t length = open && text[at] >= 0x80 ? utf8_like(text, at) : 0;
    const std::u32string_view island = text.substr(at, length);
    if (length > 0 && length < text.size() && is_bad(island)) {
      out += undone(Wide(island), true, what);
    } else {
      out += text.substr(at, length == 0 ? 1 : length);
    }
    at += length == 0 ? 1 : length;
  }
  return out;
}

// C1 controls mean windows-1252, as browsers read them.
Wide with_controls_read(std::u32string_view text) {
  const std::u32string_view high = mojibake_encodings()[1].high;
  Wide out(text);
  for (char32_t& c : out) {
    if (c >= 0x80 && c <= 0x9f) c = high[c - 0x80];
  }
  return out;
}

std::optional<Wide> one_step(std::u32string_view text, bool inside, std::string& what) {
  if (!is_bad(text)) return std::nullopt;
  const auto encodings = mojibake_encodings();
  bool latin = false;
  bool windows = false;
  for (std::size_t e = 0; e < encodings.size(); ++e) {
    if (auto read = reread(text, e)) {
      if (what.empty()) what = "utf-8 read as " + std::string(encodings[e].name);
      return read;
    }
    if (e <= 1 && encoded(text, e)) (e == 0 ? latin : windows) = true;
  }
  if (!inside) {
    std::string found;
    Wide fixed = with_islands_undone(text, found);
    if (fixed != text) {
      if (what.empty()) what = found;
      return fixed;
    }
  }
  if (latin && windows) {
    // What both encodings have is likely meant: controls alone tell them apart.
    bool controls = false;
    for (const char32_t c : text) controls = controls || (c >= 0x80 && c <= 0x9f);
    if (!controls) return std::nullopt;
  }
  Wide fixed = with_controls_read(text);
  if (what.empty()) what = "windows-1252 read as latin-1";
  return fixed;
}

std::u32string undone(std::u32string text, bool inside, std::string& what) {
  for (int round = 0; round < kMaxRounds; ++round) {
    std::string step = what;
    std::optional<Wide> next = one_step(text, inside, step);
    if (!next || *next == text) break;
    text = std::move(*next);
    what = step;
  }
  return text;
}

// The line's characters; nothing if a byte of it is no UTF-8.
std::optional<Wide> wide(std::string_view line) {
  Wide out;
  for (std::size_t at = 0; at < line.size();) {
    const char32_t point = next_char(line, at);
    if (point == kBadByte) return std::nullopt;
    out += point;
  }
  return out;
}

}  // namespace

Mojibake undo_mojibake(std::string_view text) {
  Mojibake result;
  if (ascii_prefix(text) == text.size()) {
    result.text = text;
    return result;
  }
  result.text.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    const std::string_view line = text.substr(at, end - at);
    at = end;
    std::string what;
    const std::optional<Wide> before =
        ascii_prefix(line) == line.size() || !is_bad_line(line) ? std::nullopt : wide(line);
    const std::optional<Wide> after =
        before ? std::optional<Wide>(undone(*before, false, what)) : std::nullopt;
    if (!after || *after == *before) {
      result.text += line;
      continue;
    }
    for (const char32_t point : *after) append_char(result.text, point);
    if (result.what.empty()) result.what = what;
  }
  return result;
}

}  // namespace fettle::data::clean
