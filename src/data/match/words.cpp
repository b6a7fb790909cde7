#include "data/match/words.h"

#include <utf8proc.h>

#include <array>
#include <limits>

#include "base/error.h"
#include "base/utf8.h"

namespace fettle::data {
namespace {

enum class Kind : std::uint8_t { kLetter, kMark, kAlone, kSpace, kDeleted };

struct Ascii {
  std::array<Kind, 128> kind{};
  std::array<char, 128> lower{};
};

constexpr Ascii ascii_table() {
  Ascii table;
  for (int c = 0; c < 128; ++c) {
    const bool digit = c >= '0' && c <= '9';
    const bool upper = c >= 'A' && c <= 'Z';
    const bool small = c >= 'a' && c <= 'z';
    const bool space = c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f);
    const auto at = static_cast<std::size_t>(c);
    table.kind[at] = digit || upper || small ? Kind::kLetter
                     : space                 ? Kind::kSpace
                                             : Kind::kDeleted;
    table.lower[at] = static_cast<char>(upper ? c - 'A' + 'a' : c);
  }
  return table;
}

constexpr Ascii kAscii = ascii_table();

bool is_unspaced(std::int32_t c) {
  return (c >= 0x0e00 && c <= 0x0eff) || (c >= 0x1000 && c <= 0x109f) ||
         (c >= 0x1780 && c <= 0x17ff) || (c >= 0x3040 && c <= 0x30ff) ||
         (c >= 0x3400 && c <= 0x9fff) || (c >= 0xf900 && c <= 0xfaff) ||
         (c >= 0x20000 && c <= 0x3ffff);
}

Kind kind_of(std::int32_t c) {
  if (c == 0x85 || c == 0xfeff) return c == 0x85 ? Kind::kSpace : Kind::kDeleted;
  const utf8proc_category_t category = utf8proc_category(c);
  switch (category) {
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return Kind::kSpace;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
      return Kind::kMark;
    default:
      break;
  }
  const bool punctuation = category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_SO;
  const bool control = category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CF;
  if (punctuation || control) return Kind::kDeleted;
  return is_unspaced(c) ? Kind::kAlone : Kind::kLetter;
}

// Where spans are not asked for, nothing is kept but the text.
template <bool kSpans>
class Reader {
 public:
  explicit Reader(std::string_view source) : source_(source) {
    if (source.size() >= std::numeric_limits<std::uint32_t>::max()) {
      throw DataError("a text has {} bytes; at most 4 GiB can be compared: cut it into parts",
                      source.size());
    }
    out_.text.reserve(source.size() + 1);
  }

  Words read() {
    for (std::size_t at = 0; at < source_.size();) {
      const auto byte = static_cast<unsigned char>(source_[at]);
      if (byte < 128 && !kSpans) {
        at += take_run(at);
      } else if (byte < 128) {
        take(kAscii.kind[byte], at, 1, {&kAscii.lower[byte], 1});
        ++at;
      } else {
        at += take_wide(at);
      }
    }
    end_word();
    return std::move(out_);
  }

 private:
  // A run of ASCII without a branch a character: what is written counts only where the end moves
  // on.
  std::size_t take_run(std::size_t begin) {
    const std::size_t old = out_.text.size();
    const std::size_t end = ascii_end(begin);
    out_.text.resize(old + (end - begin) + 2);
    char* const first = out_.text.data();
    char* to = first + old;
    bool apart = !in_word_ || alone_;  // the next letter begins a word
    bool seen = false;                 // a letter or a space
    for (std::size_t at = begin; at < end; ++at) {
      const auto byte = static_cast<unsigned char>(source_[at]);
      const bool is_letter = kAscii.kind[byte] == Kind::kLetter;
      const bool is_space = kAscii.kind[byte] == Kind::kSpace;
      *to = ' ';
      to += static_cast<int>(is_letter && apart && to != first);
      *to = kAscii.lower[byte];
      to += static_cast<int>(is_letter);
      apart = (apart && !is_letter) || is_space;
      seen = seen || is_letter || is_space;
    }
    out_.text.resize(static_cast<std::size_t>(to - first));
    if (seen) {
      in_word_ = !apart;
      alone_ = false;
    }
    return end - begin;
  }

  [[nodiscard]] std::size_t ascii_end(std::size_t at) const {
    while (at < source_.size() && static_cast<unsigned char>(source_[at]) < 128) ++at;
    return at;
  }

  std::size_t take_wide(std::size_t at) {
    const CodePoint point = code_point_at(source_, at);
    if (point.bytes == 1) {
      take(Kind::kLetter, at, 1, source_.substr(at, 1));
      return 1;
    }
    std::array<utf8proc_uint8_t, 4> lower{};
    const auto size = utf8proc_encode_char(utf8proc_tolower(point.value), lower.data());
    take(kind_of(point.value), at, point.bytes,
         {reinterpret_cast<const char*>(lower.data()), static_cast<std::size_t>(size)});
    return point.bytes;
  }

  void take(Kind kind, std::size_t at, std::size_t bytes, std::string_view lower) {
    if (kind == Kind::kDeleted) return;
    // A mark stays with the character before it, a letter with the letters before it.
    if (kind >= Kind::kAlone || (kind == Kind::kLetter && alone_)) end_word();
    if (kind == Kind::kSpace) return;
    if (!in_word_) {
      if (!out_.text.empty()) out_.text += ' ';
      in_word_ = true;
      begin_ = static_cast<std::uint32_t>(out_.text.size());
      source_begin_ = static_cast<std::uint32_t>(at);
    }
    out_.text += lower;
    source_end_ = static_cast<std::uint32_t>(at + bytes);
    if (kind == Kind::kAlone) alone_ = true;
  }

  void end_word() {
    if (!in_word_) return;
    in_word_ = false;
    alone_ = false;
    if constexpr (kSpans) {
      out_.words.push_back({begin_, static_cast<std::uint32_t>(out_.text.size())});
      out_.source.push_back({source_begin_, source_end_});
    }
  }

  std::string_view source_;
  Words out_;
  bool in_word_ = false;
  bool alone_ = false;
  std::uint32_t begin_ = 0;
  std::uint32_t source_begin_ = 0;
  std::uint32_t source_end_ = 0;
};

}  // namespace

CodePoint code_point_at(std::string_view text, std::size_t at) {
  const Utf8Char c = decode_utf8(text, at);
  if (!c.valid) return {static_cast<unsigned char>(text[at]), 1};
  return {static_cast<std::int32_t>(c.code), c.size};
}

Words words_of(std::string_view source) { return Reader<true>(source).read(); }

std::string normal_text(std::string_view source) { return Reader<false>(source).read().text; }

}  // namespace fettle::data
