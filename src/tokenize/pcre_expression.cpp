// Oniguruma's Ruby syntax, rewritten for PCRE2.
#include "base/error.h"
#include "tokenize/pattern.h"
#include "tokenize/unicode_tables.h"

namespace fettle::tokenize {
namespace {

constexpr std::string_view kSpaces =
    R"(\x{9}-\x{d}\x{20}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})";
constexpr std::string_view kWords =
    R"(\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\x{24b6}-\x{24e9}\x{1f130}-\x{1f149}\x{1f150}-\x{1f169})"
    R"(\x{1f170}-\x{1f189})";
// Outside a class, Oniguruma also counts the superscripts and fractions of Latin 1.
constexpr std::string_view kMoreWords = R"(\x{b2}\x{b3}\x{b9}\x{bc}-\x{be})";

// "Lu" for utf8proc's number of it.
std::string_view category_name(Category value) {
  static constexpr std::string_view kNames =
      "CnLuLlLtLmLoMnMcMeNdNlNoPcPdPsPePiPfPoSmScSkSoZsZlZpCcCfCsCo";
  return kNames.substr(static_cast<std::size_t>(value) * 2, 2);
}

// \p{name} with the characters that PCRE2's tables may lack.
std::string property(std::string_view name) {
  std::string out = text("\\p{{{}}}", name);
  if (name.empty() || name.size() > 2) return out;
  for (const CategoryRange& range : kChangedAfter14) {
    if (!category_name(range.category).starts_with(name)) continue;
    out += text("\\x{{{:x}}}-\\x{{{:x}}}", range.first, range.last);
  }
  return out;
}

class Translator {
 public:
  Translator(std::string_view source, std::string_view where) : source_(source), where_(where) {}

  std::string run() {
    while (at_ < source_.size()) {
      const char c = source_[at_];
      if (c == '\\') {
        escape();
      } else if (depth_ > 0) {
        in_class(c);
      } else if (c == '[') {
        open_class();
      } else if (source_.substr(at_).starts_with("(?")) {
        flags();
      } else {
        take(1);
      }
    }
    return std::move(out_);
  }

 private:
  void take(std::size_t count) {
    out_ += source_.substr(at_, count);
    at_ += count;
  }

  void open_class() {
    ++depth_;
    take(1);
    if (source_.substr(at_, 1) == "^") take(1);
    if (source_.substr(at_, 1) == "]") take(1);
  }

  void in_class(char c) {
    const std::string_view rest = source_.substr(at_);
    if (rest.starts_with("&&") || (c == '[' && !rest.starts_with("[:"))) {
      throw DataError(
          "{} is {}, whose {} inside a character class is not supported; write the "
          "class without nesting and intersection",
          where_, source_, rest.starts_with("&&") ? "&&" : "[");
    }
    if (rest.starts_with("[:")) {
      const std::size_t end = rest.find(":]");
      return take(end == std::string_view::npos ? 1 : end + 2);
    }
    if (c == ']') --depth_;
    take(1);
  }

  // Ruby's (?m) lets the dot match line ends, which PCRE2 calls (?s).
  void flags() {
    std::size_t end = at_ + 2;
    while (end < source_.size() && std::string_view("imx-").find(source_[end]) != source_.npos) {
      ++end;
    }
    const bool group = end < source_.size() && (source_[end] == ':' || source_[end] == ')');
    for (std::size_t i = at_; group && i < end; ++i) {
      out_ += source_[i] == 'm' ? 's' : source_[i];
    }
    if (group) {
      at_ = end;
    } else {
      take(2);
    }
  }

  void put_class(std::string_view members, bool negated) {
    if (depth_ > 0 && !negated) {
      out_ += members;
    } else {
      out_ += text("[{}{}]", negated ? "^" : "", members);
    }
  }

  void escape() {
    const char kind = at_ + 1 < source_.size() ? source_[at_ + 1] : '\0';
    const bool outside = depth_ == 0;
    if (kind == 'p' || kind == 'P') return property_escape(kind == 'P');
    // Inside a class a negated one keeps PCRE2's meaning, which differs for few characters.
    if (kind == 's' || (kind == 'S' && outside)) {
      put_class(kSpaces, kind == 'S');
    } else if (kind == 'w' || (kind == 'W' && outside)) {
      put_class(words(), kind == 'W');
    } else if (kind == 'd' || (kind == 'D' && outside)) {
      put_class(property("Nd"), kind == 'D');
    } else if (kind == 'h' || (kind == 'H' && outside)) {
      put_class("0-9A-Fa-f", kind == 'H');
    } else if (kind == 'u' && at_ + 6 <= source_.size()) {
      out_ += text("\\x{{{}}}", source_.substr(at_ + 2, 4));
      at_ += 4;
    } else {
      return take(2);
    }
    at_ += 2;
  }

  void property_escape(bool negated) {
    const std::string_view rest = source_.substr(at_);
    const std::size_t end = rest.find('}');
    if (!rest.substr(2).starts_with('{') || end == std::string_view::npos) return take(2);
    std::string_view name = rest.substr(3, end - 3);
    if (name.starts_with('^')) {
      negated = !negated;
      name.remove_prefix(1);
    }
    if (name.starts_with("Is") || name.starts_with("is")) name.remove_prefix(2);
    at_ += end + 1;
    if (negated && depth_ > 0) {
      out_ += text("\\P{{{}}}", name);
    } else {
      put_class(property(name), negated);
    }
  }

  [[nodiscard]] std::string words() const {
    std::string out(kWords);
    if (depth_ == 0) out += kMoreWords;
    for (const std::string_view name : {"L", "M", "Nd"}) out += property(name);
    return out;
  }

  std::string_view source_;
  std::string_view where_;
  std::size_t at_ = 0;
  int depth_ = 0;  // inside a character class
  std::string out_;
};

}  // namespace

std::string pcre_expression(std::string_view onig, std::string_view where) {
  return Translator(onig, where).run();
}

}  // namespace fettle::tokenize
