// map, select, reject, selectattr, rejectattr.
#include <algorithm>
#include <array>

#include "base/format.h"
#include "tokenize/jinja/filters.h"
#include "tokenize/jinja/tests.h"

namespace fettle::tokenize::jinja {
namespace {

// Takes the named argument out of those that ** caught; missing if it is not there.
Value take_named(Call& call, std::string_view name) {
  auto& named = call.more.named;
  const auto at = std::ranges::find_if(named, [&](const auto& pair) { return pair.first == name; });
  if (at == named.end()) return {};
  Value value = std::move(at->second);
  named.erase(at);
  return value;
}

void map_attribute(Call& call, LazyBuilder& result, const Value& items, const Value& attribute) {
  const Value otherwise = take_named(call, "default");
  if (!call.more.named.empty()) {
    throw Failure(text("unexpected keyword argument '{}'", call.more.named.front().first));
  }
  for (const Value& item : items.items()) {
    const Value found = look_up_path(call.runtime, item, attribute);
    const bool replace = found.undefined() && !otherwise.missing() && !otherwise.is(Kind::kNone);
    result.push(replace ? otherwise : found);
  }
}

Value map_filter(Call& call) {
  LazyBuilder result(call.runtime);
  return result.run([&] {
    if (!truthy(call.self)) return;
    const Value items = elements_of(call.runtime, call.self);
    if (call.more.positional.empty()) {
      const Value attribute = take_named(call, "attribute");
      if (attribute.missing()) throw Failure("map requires a filter argument");
      map_attribute(call, result, items, attribute);
      return;
    }
    Arguments arguments = call.more;
    const Value name = arguments.positional.front();
    arguments.positional.erase(arguments.positional.begin());
    if (!name.is(Kind::kString)) throw Failure("map wants the name of a filter");
    for (const Value& item : items.items()) {
      result.push(apply_filter(call.runtime, name.str(), item, arguments));
    }
  });
}

template <bool kByAttribute, bool kWanted>
Value select_filter(Call& call) {
  LazyBuilder result(call.runtime);
  return result.run([&] {
    if (!truthy(call.self)) return;
    Arguments arguments = call.more;
    auto& positional = arguments.positional;
    Value attribute = Value::none();
    if (kByAttribute) {
      if (positional.empty()) throw Failure("missing parameter for attribute name");
      attribute = positional.front();
      positional.erase(positional.begin());
    }
    Value test;
    if (!positional.empty()) {
      test = positional.front();
      positional.erase(positional.begin());
      if (!test.is(Kind::kString)) throw Failure("a test is given by its name");
    }
    const Value items = elements_of(call.runtime, call.self);
    for (const Value& item : items.items()) {
      const Value value = look_up_path(call.runtime, item, attribute);
      const bool passed =
          test.missing() ? truthy(value) : apply_test(call.runtime, test.str(), value, arguments);
      if (passed == kWanted) result.push(item);
    }
  });
}

constexpr std::array kSelectFilters = {
    Builtin{"map", "* **", map_filter},
    Builtin{"select", "* **", select_filter<false, true>},
    Builtin{"reject", "* **", select_filter<false, false>},
    Builtin{"selectattr", "* **", select_filter<true, true>},
    Builtin{"rejectattr", "* **", select_filter<true, false>},
};

}  // namespace

std::span<const Builtin> select_filters() { return kSelectFilters; }

}  // namespace fettle::tokenize::jinja
