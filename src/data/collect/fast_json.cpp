#include "data/collect/fast_json.h"

#include <simdjson.h>

#include <unordered_set>

#include "data/collect/readers.h"

namespace fettle::data::collect {
namespace {

namespace dom = simdjson::dom;

static_assert(kPadding >= simdjson::SIMDJSON_PADDING);

constexpr std::size_t kSmallObject = 16;

bool has_duplicates(const dom::object& object) {
  if (object.size() <= kSmallObject) {
    for (auto a = object.begin(); a != object.end(); ++a) {
      for (auto b = object.begin(); b != a; ++b) {
        if (a.key() == b.key()) return true;
      }
    }
    return false;
  }
  std::unordered_set<std::string_view> seen;
  for (const auto member : object) {
    if (!seen.insert(member.key).second) return true;
  }
  return false;
}

bool convert(const dom::element& from, Json& to);

bool convert_object(const dom::object& from, Json& to) {
  if (has_duplicates(from)) return false;
  to = Json::object();
  // The ordered object is a vector of pairs; the keys are known to differ.
  Json::object_t::Container& members = to.get_ref<Json::object_t&>();
  members.reserve(from.size());
  for (const auto member : from) {
    members.emplace_back(std::string(member.key), Json());
    if (!convert(member.value, members.back().second)) return false;
  }
  return true;
}

bool convert_array(const dom::array& from, Json& to) {
  to = Json::array();
  auto& items = to.get_ref<Json::array_t&>();
  items.reserve(from.size());
  for (const dom::element item : from) {
    items.emplace_back();
    if (!convert(item, items.back())) return false;
  }
  return true;
}

// Depth is bounded by the parser's. False for what base/json.h refuses.
bool convert(const dom::element& from, Json& to) {
  switch (from.type()) {
    case dom::element_type::OBJECT:
      return convert_object(from.get_object(), to);
    case dom::element_type::ARRAY:
      return convert_array(from.get_array(), to);
    case dom::element_type::STRING:
      to = std::string_view(from.get_string());
      return true;
    case dom::element_type::INT64: {
      const std::int64_t value = from.get_int64();
      // parse_json has unsigned values from 0.
      to = value < 0 ? Json(value) : Json(static_cast<std::uint64_t>(value));
      return true;
    }
    case dom::element_type::UINT64:
      to = std::uint64_t{from.get_uint64()};
      return true;
    case dom::element_type::DOUBLE:
      to = double{from.get_double()};
      return true;
    case dom::element_type::BOOL:
      to = bool{from.get_bool()};
      return true;
    case dom::element_type::NULL_VALUE:
      to = nullptr;
      return true;
  }
  return false;
}

bool parse_fast(std::string_view source, Json& out) {
  constexpr std::size_t kDepth = JsonLimits{}.max_depth;
  thread_local dom::parser parser;
  if (parser.max_depth() != kDepth || parser.capacity() < source.size()) {
    if (parser.allocate(source.size(), kDepth) != simdjson::SUCCESS) return false;
  }
  dom::element root;
  if (parser.parse(source.data(), source.size(), false).get(root) != simdjson::SUCCESS) {
    return false;
  }
  return convert(root, out);
}

}  // namespace

Result<Json> parse_padded(std::string_view source, const Origin& origin) {
  Json out;
  if (parse_fast(source, out)) return out;
  if (auto bad = check_encoding(source, origin)) return tl::unexpected(*bad);
  return parse_json(source, origin.text());
}

}  // namespace fettle::data::collect
