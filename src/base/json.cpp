#include "base/json.h"

#include <unordered_set>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/format.h"

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
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

const Json* find(const Json& object, std::string_view key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(std::string(key));
  return found == object.end() ? nullptr : &*found;
}

}  // namespace fettle
