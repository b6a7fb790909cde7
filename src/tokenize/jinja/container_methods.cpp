// Methods of dict, list and tuple.
#include <algorithm>
#include <array>

#include "base/format.h"
#include "tokenize/jinja/methods.h"
#include "tokenize/jinja/operators.h"

namespace fettle::tokenize::jinja {
namespace {

template <ViewObject::Part kPart>
Value dict_view(Call& call) {
  return make_object(std::make_shared<ViewObject>(&call.meter(), call.self, kPart));
}

Value dict_get(Call& call) {
  if (call[0].is(Kind::kString)) call.meter().scan(call[0].str().size());
  static_cast<void>(hash_of(call[0]));
  const Value* found = call.self.dict().find(call[0]);
  return found == nullptr ? call.value_or(1, Value::none()) : *found;
}

Value copy_of(Call& call) { return call.self; }

Value count_item(Call& call) {
  std::int64_t count = 0;
  for (const Value& item : call.self.items()) count += equal(call.meter(), item, call[0]) ? 1 : 0;
  return Value::integer(count);
}

Value index_of_item(Call& call) {
  const std::vector<Value>& items = call.self.items();
  const auto size = static_cast<std::int64_t>(items.size());
  const auto place = [&](std::int64_t index) {
    return std::clamp<std::int64_t>(index < 0 ? index + size : index, 0, size);
  };
  const std::int64_t end = place(call.integer_or(2, size));
  for (std::int64_t i = place(call.integer_or(1, 0)); i < end; ++i) {
    if (equal(call.meter(), items[static_cast<std::size_t>(i)], call[0])) return Value::integer(i);
  }
  throw Failure(text("the value is not in the {}", type_name(call.self)));
}

constexpr std::array kDictMethods = {
    Builtin{"items", "", dict_view<ViewObject::Part::kItems>},
    Builtin{"keys", "", dict_view<ViewObject::Part::kKeys>},
    Builtin{"values", "", dict_view<ViewObject::Part::kValues>},
    Builtin{"get", "/ key default?", dict_get},
    Builtin{"copy", "", copy_of},
};

constexpr std::array kListMethods = {
    Builtin{"count", "/ value", count_item},
    Builtin{"index", "/ value start? stop?", index_of_item},
    Builtin{"copy", "", copy_of},
};

}  // namespace

std::span<const Builtin> dict_methods() { return kDictMethods; }
std::span<const Builtin> list_methods() { return kListMethods; }

}  // namespace fettle::tokenize::jinja
