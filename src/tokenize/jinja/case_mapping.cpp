// str.upper, lower, title, capitalize, swapcase and casefold over UTF-8.
#include <utf8proc.h>

#include <cstdlib>
#include <memory>

#include "tokenize/jinja/unicode.h"

namespace fettle::tokenize::jinja {
namespace {

constexpr char32_t kCapitalSigma = 0x3A3;

void append_upper(std::string& out, char32_t c) {
  const std::string_view special = special_upper(c);
  if (!special.empty()) {
    out += special;
  } else {
    append_character(out, static_cast<char32_t>(utf8proc_toupper(static_cast<int>(c))));
  }
}

void append_title(std::string& out, char32_t c) {
  const std::string_view special = special_title(c);
  if (!special.empty()) {
    out += special;
  } else {
    append_character(out, static_cast<char32_t>(utf8proc_totitle(static_cast<int>(c))));
  }
}

bool is_cased(char32_t c) { return is_upper(c) || is_lower(c) || is_title(c); }

bool is_case_ignorable(char32_t c) {
  if (c == '\'' || c == '.' || c == ':' || c == '^' || c == '`' || c == 0xB7 || c == 0x2019) {
    return true;
  }
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_SK:
      return true;
    default:
      return false;
  }
}

// Whether the sigma that ends at `after` is the last letter of a word (Unicode's Final_Sigma).
bool is_final_sigma(std::string_view text, std::size_t after, bool letter_before) {
  if (!letter_before) return false;
  while (after < text.size()) {
    const char32_t c = next_character(text, after);
    if (!is_case_ignorable(c)) return !is_cased(c);
  }
  return true;
}

// Lower-cases one character after another; remembers what stood before a sigma.
class Lowering {
 public:
  explicit Lowering(std::string_view text) : text_(text) {}

  void append(std::string& out, char32_t c, std::size_t after) {
    if (c == kCapitalSigma) {
      append_character(out, is_final_sigma(text_, after, letter_before_) ? 0x3C2 : 0x3C3);
    } else if (c == 0x130) {
      out += "i\u0307";
    } else {
      append_character(out, static_cast<char32_t>(utf8proc_tolower(static_cast<int>(c))));
    }
    note(c);
  }
  void note(char32_t c) {
    if (!is_case_ignorable(c)) letter_before_ = is_cased(c);
  }

 private:
  std::string_view text_;
  bool letter_before_ = false;
};

}  // namespace

std::string to_upper(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) append_upper(out, next_character(text, at));
  return out;
}

std::string to_lower(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  Lowering lowering(text);
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_character(text, at);
    lowering.append(out, c, at);
  }
  return out;
}

std::string to_capital(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  Lowering lowering(text);
  for (std::size_t at = 0; at < text.size();) {
    const bool first = at == 0;
    const char32_t c = next_character(text, at);
    if (first) {
      append_title(out, c);
      lowering.note(c);
    } else {
      lowering.append(out, c, at);
    }
  }
  return out;
}

std::string to_title(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  Lowering lowering(text);
  bool inside = false;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_character(text, at);
    if (inside) {
      lowering.append(out, c, at);
    } else {
      append_title(out, c);
      lowering.note(c);
    }
    inside = is_cased(c);
  }
  return out;
}

std::string swap_case(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  Lowering lowering(text);
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_character(text, at);
    if (is_upper(c)) {
      lowering.append(out, c, at);
    } else {
      if (is_lower(c)) {
        append_upper(out, c);
      } else {
        append_character(out, c);
      }
      lowering.note(c);
    }
  }
  return out;
}

std::string fold_case(std::string_view text) {
  utf8proc_uint8_t* folded = nullptr;
  const utf8proc_ssize_t size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &folded, UTF8PROC_CASEFOLD);
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(folded, &std::free);
  if (size < 0 || folded == nullptr) return std::string(text);
  return {reinterpret_cast<const char*>(folded), static_cast<std::size_t>(size)};
}

}  // namespace fettle::tokenize::jinja
