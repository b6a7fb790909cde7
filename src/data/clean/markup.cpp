// HTML tags removed and spaces made plain: the repairs that look at the layout of text.
#include <algorithm>
#include <array>
#include <optional>

#include "base/format.h"
#include "data/clean/chars.h"
#include "data/clean/repair.h"

namespace fettle::data::clean {
namespace {

// Elements of HTML whose tags are removed; "<stdio.h>" and "<T>" are none of them and stay.
constexpr std::array kInline = {
    "a",      "abbr",   "acronym", "b",    "bdi",  "bdo",  "big", "button", "cite",  "code",
    "data",   "del",    "dfn",     "em",   "font", "i",    "img", "input",  "ins",   "kbd",
    "label",  "link",   "mark",    "meta", "q",    "ruby", "s",   "samp",   "small", "span",
    "strike", "strong", "sub",     "sup",  "svg",  "time", "tt",  "u",      "var",   "wbr"};
constexpr std::array kBlock = {
    "address",  "article", "aside",  "blockquote", "body",     "br",     "caption",  "center",
    "dd",       "div",     "dl",     "dt",         "fieldset", "figure", "footer",   "form",
    "h1",       "h2",      "h3",     "h4",         "h5",       "h6",     "head",     "header",
    "hr",       "html",    "iframe", "li",         "main",     "nav",    "noscript", "ol",
    "option",   "p",       "pre",    "section",    "select",   "table",  "tbody",    "td",
    "textarea", "tfoot",   "th",     "thead",      "title",    "tr",     "ul",       "figcaption",
    "video",    "audio",   "canvas", "template"};
constexpr std::array kHidden = {"script", "style"};

template <class Names>
bool among(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Where `what` is found next; each search begins where the one before found something, so that all
// searches together read the text once.
class Next {
 public:
  Next(std::string_view text, std::string_view what) : text_(text), what_(what) {}
  [[nodiscard]] std::size_t from(std::size_t at) {
    if (found_ == std::string_view::npos && searched_) return found_;
    if (!searched_ || found_ < at) found_ = text_.find(what_, at);
    searched_ = true;
    return found_;
  }

 private:
  std::string_view text_;
  std::string_view what_;
  std::size_t found_ = 0;
  bool searched_ = false;
};

struct Tag {
  std::string name;
  std::size_t end = 0;  // behind its '>'
  bool closing = false;
};

class Stripper {
 public:
  explicit Stripper(std::string_view text)
      : text_(text), closer_(text, ">"), comment_end_(text, "-->") {}

  [[nodiscard]] std::string strip() {
    out_.reserve(text_.size());
    while (at_ < text_.size()) {
      const std::size_t open = std::min(text_.find('<', at_), text_.size());
      out_ += text_.substr(at_, open - at_);
      at_ = open;
      if (at_ < text_.size()) step();
    }
    return std::move(out_);
  }

 private:
  void step() {
    if (text_.substr(at_, 4) == "<!--") {
      const std::size_t end = comment_end_.from(at_ + 4);
      if (end != std::string_view::npos) {
        at_ = end + 3;
        return;
      }
    }
    const std::optional<Tag> tag = tag_here();
    if (!tag) {
      out_ += text_[at_++];
      return;
    }
    at_ = tag->end;
    if (among(kHidden, tag->name) && !tag->closing) return skip_hidden(tag->name);
    if (tag->name == "!doctype" || among(kInline, tag->name)) return;
    const bool apart = tag->name == "td" || tag->name == "th";
    if (!out_.empty() && out_.back() != '\n') out_ += apart ? ' ' : '\n';
  }

  [[nodiscard]] std::optional<Tag> tag_here() {
    Tag tag;
    std::size_t at = at_ + 1;
    tag.closing = at < text_.size() && text_[at] == '/';
    if (tag.closing) ++at;
    while (at < text_.size() && tag.name.size() < 12) {
      const char c = text_[at];
      const bool named = is_ascii_letter(static_cast<unsigned char>(c)) || c == '!' ||
                         (is_digit(static_cast<unsigned char>(c)) && !tag.name.empty());
      if (!named) break;
      tag.name += static_cast<char>(c | (c == '!' ? 0 : 0x20));
      ++at;
    }
    const bool known = among(kInline, tag.name) || among(kBlock, tag.name) ||
                       among(kHidden, tag.name) || tag.name == "!doctype";
    if (!known || at >= text_.size()) return std::nullopt;
    if (!is_space(static_cast<unsigned char>(text_[at])) && text_[at] != '>' && text_[at] != '/') {
      return std::nullopt;
    }
    const std::size_t end = closer_.from(at);
    if (end == std::string_view::npos) return std::nullopt;
    tag.end = end + 1;
    return tag;
  }

  // Behind </script>; if it never ends, only the tag goes.
  void skip_hidden(const std::string& name) {
    std::optional<std::size_t>& end = name == "script" ? script_end_ : style_end_;
    if (end && *end == std::string_view::npos) return;
    std::size_t at = at_;
    while (true) {
      at = text_.find("</", at);
      if (at == std::string_view::npos) break;
      if (lower_ascii(text_.substr(at + 2, name.size())) == name) break;
      at += 2;
    }
    end = at;
    if (at != std::string_view::npos) at_ = at;
  }

  std::string_view text_;
  Next closer_;
  Next comment_end_;
  std::optional<std::size_t> script_end_;
  std::optional<std::size_t> style_end_;
  std::size_t at_ = 0;
  std::string out_;
};

bool is_wide_space(char32_t c) {
  return c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x202f || c == 0x205f ||
         c == 0x3000;
}

bool is_line_end(char32_t c) { return c == '\n' || c == 0x85 || c == 0x2028 || c == 0x2029; }

// Writes lines with plain ends and spaces.
class Layout {
 public:
  explicit Layout(bool single_spaces) : single_spaces_(single_spaces) {}

  void add(char32_t c, std::string_view bytes) {
    if (is_line_end(c)) {
      spaces_.clear();
      ++ends_;
    } else if (c == ' ' || c == '\t' || c == '\f' || is_wide_space(c)) {
      if (!single_spaces_ || spaces_.empty()) {
        spaces_ += c == '\t' && !single_spaces_ ? '\t' : ' ';
      }
    } else {
      flush();
      out_ += bytes;
    }
  }
  [[nodiscard]] std::string take() { return std::move(out_); }
  void reserve(std::size_t size) { out_.reserve(size); }

 private:
  void flush() {
    if (out_.empty()) ends_ = 0;
    out_.append(std::min<std::size_t>(ends_, 2), '\n');
    out_ += spaces_;
    spaces_.clear();
    ends_ = 0;
  }

  bool single_spaces_;
  std::string out_;
  std::string spaces_;
  std::size_t ends_ = 0;
};

// Bytes at which a repair of spaces may begin: line ends, controls, the first bytes of characters.
constexpr std::array<bool, 256> kLayout = [] {
  std::array<bool, 256> stops{};
  for (unsigned c = 0xc0; c < 256; ++c) stops[c] = true;
  stops['\n'] = stops['\r'] = stops['\f'] = true;
  return stops;
}();

// Is the character that begins here a wide space or a line end?
bool is_wide_layout(std::string_view text, std::size_t at) {
  const char32_t c = next_char(text, at);
  return is_wide_space(c) || is_line_end(c);
}

bool holds_runs(std::string_view text) {
  return text.find('\t') != std::string_view::npos || text.find("  ") != std::string_view::npos;
}

}  // namespace

std::string without_markup(std::string_view text) { return Stripper(text).strip(); }

bool has_plain_spaces(std::string_view text, bool single_spaces) {
  if (text.empty()) return true;
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  if (text.front() == '\n' || text.back() == '\n' || blank(text.back())) return false;
  if (single_spaces && holds_runs(text)) return false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    while (at < text.size() && !kLayout[static_cast<unsigned char>(text[at])]) ++at;
    if (at == text.size()) break;
    const char c = text[at];
    if (c == '\r' || c == '\f') return false;
    if (c == '\n') {
      if (blank(text[at - 1]) || text.substr(at, 3) == "\n\n\n") return false;
    } else if (is_wide_layout(text, at)) {
      return false;
    }
  }
  return true;
}

std::string with_plain_spaces(std::string_view text, bool single_spaces) {
  if (has_plain_spaces(text, single_spaces)) return std::string(text);
  Layout layout(single_spaces);
  layout.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    char32_t c = next_char(text, at);
    if (c == '\r') {
      if (at < text.size() && text[at] == '\n') ++at;
      c = '\n';
    }
    layout.add(c, text.substr(begin, at - begin));
  }
  return layout.take();
}

}  // namespace fettle::data::clean
