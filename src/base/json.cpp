#include "base/json.h"

#include <cstring>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/format.h"
#include "base/utf8.h"

namespace fettle {
namespace {

// Builds the document without looking a key up in the ordered object, which would be quadratic.
class Builder : public nlohmann::json_sax<Json> {
 public:
  explicit Builder(const JsonLimits& limits) : limits_(limits) {}

  bool null() override { return add(Json(nullptr)); }
  bool boolean(bool value) override { return add(Json(value)); }
  bool number_integer(std::int64_t value) override { return add(Json(value)); }
  bool number_unsigned(std::uint64_t value) override { return add(Json(value)); }
  bool number_float(double value, const std::string&) override { return add(Json(value)); }
  bool string(std::string& value) override { return add(Json(std::move(value))); }
  bool binary(Json::binary_t&) override { return stop("binary values are not JSON"); }

  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(std::string& name) override {
    if (!open_.back().keys.insert(name).second) {
      return stop(text("the key \"{}\" stands twice in one object; remove one", name));
    }
    open_.back().next_key = std::move(name);
    return true;
  }

  bool parse_error(std::size_t at, const std::string&, const Json::exception& error) override {
    error_at = at;
    const std::string_view what = error.what();
    const std::size_t colon = what.find(": ");
    message = std::string(colon == std::string_view::npos ? what : what.substr(colon + 2));
    return false;
  }

  Json root;
  std::string message;
  std::size_t error_at = 0;

 private:
  struct Open {
    Json value;
    std::string next_key;
    std::unordered_set<std::string> keys;
  };

  bool stop(std::string why) {
    message = std::move(why);
    return false;
  }

  bool open(Json value) {
    if (open_.size() >= limits_.max_depth) {
      return stop(text("nested deeper than {} levels; flatten it", limits_.max_depth));
    }
    open_.push_back(Open{std::move(value), {}, {}});
    return true;
  }

  bool close() {
    Json done = std::move(open_.back().value);
    open_.pop_back();
    return add(std::move(done));
  }

  bool add(Json value) {
    if (open_.empty()) {
      root = std::move(value);
      return true;
    }
    Open& parent = open_.back();
    if (parent.value.is_array()) {
      parent.value.get_ref<Json::array_t&>().push_back(std::move(value));
    } else {
      // The ordered object is a vector of pairs; the key is known to be new.
      auto& members = parent.value.get_ref<Json::object_t&>();
      static_cast<Json::object_t::Container&>(members).emplace_back(std::move(parent.next_key),
                                                                    std::move(value));
    }
    return true;
  }

  JsonLimits limits_;
  std::vector<Open> open_;
};

std::string dumped(const Json& value, int indent) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

// Bytes at the start that stand in a JSON string as they are: most of most text, so eight at a
// time.
std::size_t plain_prefix(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data() + at, 8);
    const std::uint64_t control = eight - kOnes * 0x20;
    const std::uint64_t quote = (eight ^ kOnes * '"') - kOnes;
    const std::uint64_t backslash = (eight ^ kOnes * '\\') - kOnes;
    // What is subtracted borrows at the byte that is looked for, which sets its high bit.
    if (((eight | control | quote | backslash) & kOnes * 0x80) != 0) break;
  }
  while (at < text.size()) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\') break;
    ++at;
  }
  return at;
}

// False, with `out` as it was, where the text is no UTF-8.
bool append_string(std::string_view text, std::string& out) {
  const std::size_t before = out.size();
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t plain = plain_prefix(text.substr(at));
    out += text.substr(at, plain);
    at += plain;
    if (at == text.size()) break;
    const auto c = static_cast<unsigned char>(text[at]);
    if (c == '\n' || c == '"' || c == '\\') {
      out += '\\';
      out += c == '\n' ? 'n' : text[at];
      ++at;
    } else if (c < 0x80) {
      const std::string escaped = dumped(Json(std::string(1, text[at])), -1);
      out += std::string_view(escaped).substr(1, escaped.size() - 2);
      ++at;
    } else if (const Utf8Char wide = decode_utf8(text, at); wide.valid) {
      out += text.substr(at, wide.size);
      at += wide.size;
    } else {
      out.resize(before);
      return false;
    }
  }
  out += '"';
  return true;
}

// As Json::dump() writes it in one line, in less time where it is long strings.
void append_json(const Json& value, std::string& out) {
  if (value.is_string() && append_string(value.get_ref<const std::string&>(), out)) return;
  if (!value.is_structured()) {
    out += dumped(value, -1);
    return;
  }
  out += value.is_object() ? '{' : '[';
  bool first = true;
  for (const auto& item : value.items()) {
    if (!first) out += ',';
    first = false;
    if (value.is_object()) {
      if (!append_string(item.key(), out)) out += dumped(Json(item.key()), -1);
      out += ':';
    }
    append_json(item.value(), out);
  }
  out += value.is_object() ? '}' : ']';
}

}  // namespace

Result<Json> parse_json(std::string_view source, std::string_view where, const JsonLimits& limits) {
  if (source.size() > limits.max_bytes) {
    return problem(std::string(where), text("is {} of JSON; at most {} are read",
                                            byte_size(source.size()), byte_size(limits.max_bytes)));
  }
  // The lexer takes a NUL byte for the end of the text and would pass over what follows.
  if (const std::size_t at = source.find('\0'); at != std::string_view::npos) {
    return problem(std::string(where), text("not valid JSON: a NUL byte at offset {}", at));
  }
  Builder builder(limits);
  bool good = false;
  try {
    good = Json::sax_parse(source.begin(), source.end(), &builder);
  } catch (const Json::exception& error) {
    builder.message = error.what();
  }
  if (!good) {
    if (source.empty()) builder.message = "is empty; JSON was expected";
    return problem(std::string(where), "not valid JSON: " + builder.message);
  }
  return std::move(builder.root);
}

Json read_json_file(const std::filesystem::path& path, const JsonLimits& limits) {
  Result<Json> json = parse_json(read_file(path), path.native(), limits);
  if (!json) throw DataError("{}", json.error().message());
  return std::move(*json);
}

std::string to_text(const Json& value, int indent) {
  if (indent >= 0) return dumped(value, indent);
  std::string out;
  append_json(value, out);
  return out;
}

const Json* find(const Json& object, std::string_view key) {
  if (!object.is_object()) return nullptr;
  for (const auto& [name, value] : object.get_ref<const Json::object_t&>()) {
    if (name == key) return &value;
  }
  return nullptr;
}

}  // namespace fettle
