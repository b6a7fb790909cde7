#include "recipe/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <optional>
#include <sstream>

#include "base/format.h"
#include "base/json.h"
#include "base/utf8.h"

namespace fettle::recipe {
namespace {

// What is wrong and where (0-based); thrown through yaml-cpp, caught in parse_yaml.
struct Refusal {
  int line;
  std::string what;
};

// Builds the tree from the parser's events on an explicit stack.
class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(const YamlLimits& limits) : limits_(limits) {}

  [[nodiscard]] YamlNode take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    begin(mark, "?", anchor);
    add({.kind = YamlNode::Kind::kNull, .line = mark.line + 1});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Refusal{mark.line, "aliases (*name) are not read in a recipe; write the value out"};
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    begin(mark, tag, anchor);
    const bool quoted = tag == "!";
    const bool null = !quoted && (value.empty() || value == "~" || value == "null" ||
                                  value == "Null" || value == "NULL");
    add({.kind = null ? YamlNode::Kind::kNull : YamlNode::Kind::kScalar,
         .line = mark.line + 1,
         .scalar = value,
         .quoted = quoted});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(mark, tag, anchor);
    open(mark, YamlNode::Kind::kList);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin(mark, tag, anchor);
    open(mark, YamlNode::Kind::kMap);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    YamlNode node;
    std::optional<YamlKey> key;  // read, its value not yet
  };

  static void begin(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0) {
      throw Refusal{mark.line, "anchors (&name) are not read in a recipe; write the value out"};
    }
    if (!tag.empty() && tag != "?" && tag != "!") {
      throw Refusal{mark.line, text("the tag {} is not read in a recipe; take it away",
                                    to_text(Json(tag.substr(0, 128))))};
    }
  }

  void open(const YAML::Mark& mark, YamlNode::Kind kind) {
    if (stack_.size() >= limits_.max_depth) {
      throw Refusal{mark.line, text("values are nested deeper than {} levels", limits_.max_depth)};
    }
    if (expects_key())
      throw Refusal{mark.line,
                    "a key must be a word, not a list or a map; is a bracket left open?"};
    stack_.push_back({.node = {.kind = kind, .line = mark.line + 1}, .key = {}});
  }

  void close() {
    YamlNode node = std::move(stack_.back().node);
    stack_.pop_back();
    add(std::move(node));
  }

  [[nodiscard]] bool expects_key() const {
    return !stack_.empty() && stack_.back().node.kind == YamlNode::Kind::kMap && !stack_.back().key;
  }

  void add(YamlNode node) {
    if (stack_.empty()) {
      root_ = std::move(node);
    } else if (Open& top = stack_.back(); top.node.kind == YamlNode::Kind::kList) {
      top.node.items.push_back(std::move(node));
    } else if (!top.key) {
      top.key = YamlKey{node.scalar, node.line};
    } else {
      top.node.members.emplace_back(std::move(*top.key), std::move(node));
      top.key.reset();
    }
  }

  const YamlLimits& limits_;
  YamlNode root_;
  std::vector<Open> stack_;
};

// The 0-based line of the first byte that is not UTF-8 or is a control character, if there is one.
std::optional<int> first_bad_line(std::string_view source) {
  const auto line_at = [&](std::size_t position) {
    return static_cast<int>(
        std::count(source.begin(), source.begin() + std::ptrdiff_t(position), '\n'));
  };
  for (std::size_t i = 0; i < source.size();) {
    const auto byte = static_cast<unsigned char>(source[i]);
    if ((byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7F) {
      return line_at(i);
    }
    const Utf8Char c = decode_utf8(source, i);
    if (!c.valid) return line_at(i);
    i += c.size;
  }
  return std::nullopt;
}

YamlNode parse_events(std::string_view source, const YamlLimits& limits) {
  std::istringstream stream{std::string(source)};
  YAML::Parser parser(stream);
  TreeBuilder builder(limits);
  parser.HandleNextDocument(builder);
  YamlNode root = builder.take();
  TreeBuilder rest(limits);
  if (parser.HandleNextDocument(rest)) {
    throw Refusal{std::max(rest.take().line - 1, 0), "a recipe is one document; a second begins"};
  }
  if (root.kind == YamlNode::Kind::kNull) root.kind = YamlNode::Kind::kMap;
  return root;
}

// Words that some YAML reader takes for a boolean or for nothing.
bool is_reserved(std::string_view value) {
  static constexpr std::array<std::string_view, 9> kWords = {"true", "false", "yes", "no", "on",
                                                             "off",  "null",  "y",   "n"};
  const std::string lower = lower_ascii(value);
  return std::find(kWords.begin(), kWords.end(), lower) != kWords.end();
}

// Letters first, so that no reader sees a number in it.
bool is_plain_safe(std::string_view value) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '/';
  };
  const auto later = [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+';
  };
  const bool start = !value.empty() &&
                     (letter(value.front()) || value.starts_with("./") || value.starts_with("../"));
  return start && std::all_of(value.begin(), value.end(), later) && !is_reserved(value);
}

}  // namespace

Result<YamlNode> parse_yaml(std::string_view source, std::string_view name,
                            const YamlLimits& limits) {
  if (source.size() > limits.max_bytes) {
    return problem(std::string(name),
                   text("has {} bytes; a recipe may have {}", source.size(), limits.max_bytes));
  }
  const auto at = [&](int line) { return text("{}:{}", name, std::max(line, 0) + 1); };
  if (const auto line = first_bad_line(source)) {
    return problem(at(*line), "holds a byte that is not UTF-8 text; save the file as UTF-8");
  }
  try {
    return parse_events(source, limits);
  } catch (const Refusal& refusal) {
    return problem(at(refusal.line), refusal.what);
  } catch (const YAML::Exception& error) {
    return problem(at(error.mark.line), text("is not YAML: {}", error.msg));
  } catch (const std::exception& error) {
    return problem(std::string(name), text("is not YAML: {}", error.what()));
  }
}

std::string yaml_scalar(std::string_view value) {
  // JSON's double-quoted strings are YAML's.
  return is_plain_safe(value) ? std::string(value) : to_text(Json(std::string(value)));
}

}  // namespace fettle::recipe
