#include "metric/expression_parse.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/error.h"
#include "base/nearest.h"

namespace fettle::metric {
namespace {

constexpr std::size_t kMaxBytes = 10'000;
constexpr std::size_t kMaxNodes = 1000;
constexpr int kMaxNesting = 64;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct Operator {
  std::string_view sign;
  NodeKind kind;
};

class Parser {
 public:
  explicit Parser(std::string_view source) : source_(source) {
    if (source.size() > kMaxBytes) {
      throw UsageError("expression: has {} bytes; allowed: {}", source.size(), kMaxBytes);
    }
  }

  Parsed run() {
    out_.root = either();
    skip_space();
    if (at_ < source_.size()) fail("an operator or the end was expected");
    return std::move(out_);
  }

 private:
  [[noreturn]] void fail(std::string_view what) const {
    throw UsageError("expression: character {} (\"{}\"): {}", at_ + 1,
                     source_.substr(at_, std::min<std::size_t>(10, source_.size() - at_)), what);
  }

  void skip_space() {
    while (at_ < source_.size() && std::string_view(" \t\r\n").find(source_[at_]) != source_.npos) {
      ++at_;
    }
  }

  std::string_view word_ahead() {
    skip_space();
    std::size_t end = at_;
    while (end < source_.size() && (is_letter(source_[end]) || is_digit(source_[end]))) ++end;
    return source_.substr(at_, end - at_);
  }

  bool take(std::string_view sign) {
    skip_space();
    if (!source_.substr(at_).starts_with(sign)) return false;
    at_ += sign.size();
    return true;
  }

  bool take_word(std::string_view word) {
    if (word_ahead() != word) return false;
    at_ += word.size();
    return true;
  }

  std::size_t add(NodeKind kind, std::vector<std::size_t> children = {}) {
    if (out_.nodes.size() == kMaxNodes) fail(text("allowed are {} parts", kMaxNodes));
    out_.nodes.push_back({.kind = kind, .children = std::move(children), .at = at_});
    return out_.nodes.size() - 1;
  }

  std::size_t either() {
    if (++depth_ > kMaxNesting) fail(text("is nested more than {} deep", kMaxNesting));
    std::size_t left = both();
    while (take_word("or")) left = add(NodeKind::kOr, {left, both()});
    --depth_;
    return left;
  }

  std::size_t both() {
    std::size_t left = negated();
    while (take_word("and")) left = add(NodeKind::kAnd, {left, negated()});
    return left;
  }

  std::size_t negated() {
    std::size_t count = 0;
    while (take_word("not")) ++count;
    std::size_t inner = compared();
    for (; count > 0; --count) inner = add(NodeKind::kNot, {inner});
    return inner;
  }

  std::size_t compared() {
    static constexpr std::array<Operator, 6> kSigns = {{{"==", NodeKind::kEqual},
                                                        {"!=", NodeKind::kUnequal},
                                                        {"<=", NodeKind::kLessEqual},
                                                        {">=", NodeKind::kMoreEqual},
                                                        {"<", NodeKind::kLess},
                                                        {">", NodeKind::kMore}}};
    const std::size_t left = sum();
    for (const Operator& sign : kSigns) {
      if (take(sign.sign)) return add(sign.kind, {left, sum()});
    }
    return left;
  }

  std::size_t sum() {
    std::size_t left = product();
    while (true) {
      if (take("+")) {
        left = add(NodeKind::kAdd, {left, product()});
      } else if (take("-")) {
        left = add(NodeKind::kSubtract, {left, product()});
      } else {
        return left;
      }
    }
  }

  std::size_t product() {
    std::size_t left = signed_one();
    while (true) {
      if (take("*")) {
        left = add(NodeKind::kMultiply, {left, signed_one()});
      } else if (take("/")) {
        left = add(NodeKind::kDivide, {left, signed_one()});
      } else if (take("%")) {
        left = add(NodeKind::kRemainder, {left, signed_one()});
      } else {
        return left;
      }
    }
  }

  std::size_t signed_one() {
    std::size_t count = 0;
    while (take("-")) ++count;
    std::size_t inner = one();
    return count % 2 == 1 ? add(NodeKind::kNegative, {inner}) : inner;
  }

  std::size_t one() {
    if (take("(")) {
      const std::size_t inner = either();
      if (!take(")")) fail("a closing bracket was expected");
      return inner;
    }
    skip_space();
    if (at_ == source_.size()) fail("a value was expected");
    const char c = source_[at_];
    if (c == '"' || c == '\'') return quoted(c);
    if (is_digit(c) || c == '.') return number();
    if (is_letter(c)) return named();
    fail("a value was expected");
  }

  std::size_t number() {
    double value = 0;
    const char* begin = source_.data() + at_;
    const auto [end, error] = std::from_chars(begin, source_.data() + source_.size(), value);
    if (error != std::errc() || !std::isfinite(value)) fail("a number was expected");
    const std::size_t node = add(NodeKind::kNumber);
    out_.nodes[node].number = value;
    at_ += static_cast<std::size_t>(end - begin);
    return node;
  }

  std::size_t quoted(char mark) {
    const std::size_t node = add(NodeKind::kText);
    std::string words;
    for (++at_; at_ < source_.size() && source_[at_] != mark; ++at_) {
      char c = source_[at_];
      if (c == '\\' && at_ + 1 < source_.size()) {
        const char next = source_[++at_];
        // Only the marks and line ends are escaped: "\d" stays, for regular expressions.
        if (next != mark && next != '\\' && next != 'n' && next != 't') words += '\\';
        c = next == 'n' ? '\n' : next == 't' ? '\t' : next;
      }
      words += c;
    }
    if (at_ == source_.size()) fail("the text has no end");
    ++at_;
    out_.nodes[node].text = std::move(words);
    return node;
  }

  std::size_t named() {
    const std::string name(word_ahead());
    if (name == "and" || name == "or" || name == "not") fail("a value was expected");
    const std::size_t start = at_;
    at_ += name.size();
    if (name == "true" || name == "false") {
      const std::size_t node = add(NodeKind::kNumber);
      out_.nodes[node].number = name == "true" ? 1 : 0;
      return node;
    }
    if (!take("(")) {
      const std::size_t node = add(NodeKind::kColumn);
      out_.nodes[node].text = name;
      return node;
    }
    const auto& table = expression_functions();
    const auto row = std::find_if(table.begin(), table.end(),
                                  [&](const FunctionRow& one) { return one.name == name; });
    if (row == table.end()) {
      at_ = start;
      std::vector<std::string_view> known;
      for (const FunctionRow& one : table) known.push_back(one.name);
      fail(unknown_name("function", name, known));
    }
    return call(*row);
  }

  std::size_t call(const FunctionRow& row) {
    if (row.aggregate && inside_aggregate_) fail("mean, sum, share and count do not nest");
    inside_aggregate_ = inside_aggregate_ || row.aggregate;
    std::vector<std::size_t> arguments;
    if (!take(")")) {
      do arguments.push_back(either());
      while (take(","));
      if (!take(")")) fail("a comma or a closing bracket was expected");
    }
    if (row.aggregate) inside_aggregate_ = false;
    if (arguments.size() < row.least || arguments.size() > row.most) {
      fail(text("{} takes {} to {} values; {} were given", row.name, row.least, row.most,
                arguments.size()));
    }
    const std::size_t node =
        add(row.aggregate ? NodeKind::kAggregate : NodeKind::kCall, std::move(arguments));
    out_.nodes[node].text = row.name;
    if (row.aggregate) {
      out_.nodes[node].aggregate = out_.aggregates.size();
      out_.aggregates.push_back(node);
    }
    return node;
  }

  std::string_view source_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool inside_aggregate_ = false;
  Parsed out_;
};

}  // namespace

const std::vector<FunctionRow>& expression_functions() {
  static const std::vector<FunctionRow> kTable = {
      {"mean", 1, 1, true, "mean over the rows"},
      {"sum", 1, 1, true, "sum over the rows"},
      {"share", 1, 1, true, "share of rows where it holds"},
      {"count", 0, 1, true, "rows, or rows where it holds"},
      {"len", 1, 1, false, "characters of a text"},
      {"words", 1, 1, false, "words of a text"},
      {"lower", 1, 1, false, "a text in lower case"},
      {"strip", 1, 1, false, "a text without white space at its ends"},
      {"contains", 2, 2, false, "whether the first text holds the second"},
      {"starts_with", 2, 2, false, "whether the first text begins with the second"},
      {"ends_with", 2, 2, false, "whether the first text ends with the second"},
      {"regex", 2, 2, false, "whether a regular expression (second) is found in a text (first)"},
      {"number", 1, 1, false, "a text's last number, by GSM8K's rules; NaN for none"},
      {"abs", 1, 1, false, "without its sign"},
      {"min", 2, 8, false, "the least"},
      {"max", 2, 8, false, "the largest"},
      {"log", 1, 1, false, "natural logarithm"},
      {"exp", 1, 1, false, "e to the power"},
      {"sqrt", 1, 1, false, "square root"},
      {"if", 3, 3, false, "the second where the first holds, else the third"},
  };
  return kTable;
}

Parsed parse_expression(std::string_view source) { return Parser(source).run(); }

}  // namespace fettle::metric
