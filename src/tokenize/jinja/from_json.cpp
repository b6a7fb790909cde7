#include "tokenize/jinja/from_json.h"

#include <limits>

#include "base/format.h"
#include "tokenize/jinja/unicode.h"

namespace fettle::tokenize::jinja {
namespace {

Value convert(Meter& meter, const Json& json, std::size_t depth) {
  meter.step();
  switch (json.type()) {
    case Json::value_t::boolean:
      return Value::boolean(json.get<bool>());
    case Json::value_t::number_integer:
      return Value::integer(json.get<std::int64_t>());
    case Json::value_t::number_unsigned: {
      const auto value = json.get<std::uint64_t>();
      if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        throw Failure(text("the integer {} does not fit into 64 bits; pass it as text", value));
      }
      return Value::integer(static_cast<std::int64_t>(value));
    }
    case Json::value_t::number_float:
      return Value::real(json.get<double>());
    case Json::value_t::string:
      return make_string(&meter, valid_utf8(json.get_ref<const std::string&>()));
    case Json::value_t::array: {
      static_cast<void>(deeper(depth));
      std::vector<Value> items;
      items.reserve(json.size());
      for (const Json& item : json) items.push_back(convert(meter, item, depth + 1));
      return make_list(&meter, std::move(items));
    }
    case Json::value_t::object: {
      static_cast<void>(deeper(depth));
      DictBuilder dict(&meter);
      for (const auto& [key, value] : json.items()) {
        dict.set(make_string(&meter, valid_utf8(key)), convert(meter, value, depth + 1));
      }
      return dict.finish();
    }
    default:
      return Value::none();
  }
}

}  // namespace

Value from_json(Meter& meter, const Json& json) { return convert(meter, json, 0); }

}  // namespace fettle::tokenize::jinja
