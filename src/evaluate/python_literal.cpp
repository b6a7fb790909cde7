#include "evaluate/python_literal.h"

#include <charconv>
#include <optional>

#include "base/format.h"

namespace fettle::evaluate {
namespace {

constexpr int kMaxDepth = 32;

void append_utf8(std::uint32_t code, std::string& out) {
  const auto push = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) return push(code);
  if (code < 0x800) {
    push(0xC0U | (code >> 6U));
  } else if (code < 0x10000) {
    push(0xE0U | (code >> 12U));
    push(0x80U | ((code >> 6U) & 0x3FU));
  } else {
    push(0xF0U | (code >> 18U));
    push(0x80U | ((code >> 12U) & 0x3FU));
    push(0x80U | ((code >> 6U) & 0x3FU));
  }
  push(0x80U | (code & 0x3FU));
}

// Every read returns nothing where the text is no literal.
class Reader {
 public:
  explicit Reader(std::string_view source) : source_(source) {}

  std::optional<Json> whole() {
    std::optional<Json> value = read(0);
    skip();
    return at_ == source_.size() ? value : std::nullopt;
  }
  [[nodiscard]] std::size_t at() const { return at_; }

 private:
  void skip() {
    while (at_ < source_.size() && std::string_view(" \t\r\n").find(source_[at_]) != source_.npos) {
      ++at_;
    }
  }
  bool take(std::string_view word) {
    if (!source_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  [[nodiscard]] bool quote_ahead() const {
    return at_ < source_.size() && (source_[at_] == '\'' || source_[at_] == '"');
  }

  std::optional<Json> read(int depth) {
    skip();
    if (depth > kMaxDepth || at_ == source_.size()) return std::nullopt;
    if (take("[")) return items(']', depth);
    if (take("(")) return items(')', depth);
    if (take("True")) return Json(true);
    if (take("False")) return Json(false);
    if (take("None")) return Json(nullptr);
    return quote_ahead() ? strings() : number();
  }

  std::optional<Json> items(char end, int depth) {
    Json out = Json::array();
    for (skip(); !take(std::string_view(&end, 1)); skip()) {
      if (!out.empty() && !take(",")) return std::nullopt;
      skip();
      if (!out.empty() && take(std::string_view(&end, 1))) return out;
      std::optional<Json> value = read(depth + 1);
      if (!value) return std::nullopt;
      out.push_back(std::move(*value));
    }
    return out;
  }

  std::optional<Json> strings() {
    std::string out;
    for (; quote_ahead(); skip()) {
      if (!string(out)) return std::nullopt;
    }
    return Json(std::move(out));
  }

  bool string(std::string& out) {
    const char quote = source_[at_];
    const std::string triple(3, quote);
    const std::string end = source_.substr(at_).starts_with(triple) ? triple : triple.substr(0, 1);
    at_ += end.size();
    while (!take(end)) {
      if (at_ >= source_.size()) return false;
      if (source_[at_] != '\\') {
        out += source_[at_++];
      } else if (!escape(out)) {
        return false;
      }
    }
    return true;
  }

  bool escape(std::string& out) {
    if (++at_ >= source_.size()) return false;
    const char c = source_[at_++];
    static constexpr std::string_view kNames = "ntr\\'\"abfv0";
    static constexpr std::string_view kValues("\n\t\r\\'\"\a\b\f\v\0", 11);
    const std::size_t known = kNames.find(c);
    if (c == 'x' || c == 'u' || c == 'U') return code_point(c == 'x' ? 2 : c == 'u' ? 4 : 8, out);
    if (c == '\n') return true;
    if (known == kNames.npos) out += '\\';
    out += known == kNames.npos ? c : kValues[known];
    return true;
  }

  bool code_point(std::size_t digits, std::string& out) {
    std::uint32_t code = 0;
    const std::string_view hex = source_.substr(at_, digits);
    const auto read = std::from_chars(hex.data(), hex.data() + hex.size(), code, 16);
    if (hex.size() < digits || read.ptr != hex.data() + digits || code > 0x10FFFF) return false;
    at_ += digits;
    append_utf8(code, out);
    return true;
  }

  std::optional<Json> number() {
    std::size_t end = at_;
    while (end < source_.size() &&
           std::string_view("+-.0123456789eE").find(source_[end]) != source_.npos) {
      ++end;
    }
    const char* const begin = source_.data() + at_;
    const char* const last = source_.data() + end;
    at_ = end;
    std::int64_t whole = 0;
    if (const auto read = std::from_chars(begin, last, whole);
        read.ec == std::errc() && read.ptr == last) {
      return Json(whole);
    }
    double real = 0;
    const auto read = std::from_chars(begin, last, real);
    if (read.ec != std::errc() || read.ptr != last) return std::nullopt;
    return Json(real);
  }

  std::string_view source_;
  std::size_t at_ = 0;
};

}  // namespace

Result<Json> parse_literal(std::string_view source, std::string_view where) {
  Reader reader(source);
  if (std::optional<Json> value = reader.whole()) return std::move(*value);
  return problem(std::string(where),
                 text("is no list as Python writes it, near character {} of {}; give a list, a "
                      "column that holds one, or a template that prints one",
                      reader.at(), to_text(Json(std::string(source.substr(0, 80))))));
}

}  // namespace fettle::evaluate
