// Filters over sequences that keep their order.
#include <array>

#include "base/format.h"
#include "tokenize/jinja/filters.h"
#include "tokenize/jinja/unicode.h"

namespace fettle::tokenize::jinja {
namespace {

Value default_filter(Call& call) {
  const bool falsy = call.truth_or(1, false) && !truthy(call.self);
  if (!call.self.undefined() && !falsy) return call.self;
  return call.value_or(0, make_string(&call.meter(), ""));
}

Value length_filter(Call& call) {
  return Value::integer(static_cast<std::int64_t>(length_of(call.self)));
}

Value first_filter(Call& call) {
  if (call.self.is(Kind::kObject)) {
    if (auto* iterator = dynamic_cast<IteratorObject*>(&call.self.object())) {
      Value next = iterator->next();
      if (!next.missing()) return next;
      return make_undefined(&call.meter(), "no first item, the sequence was empty");
    }
  }
  if (call.self.is(Kind::kString) && !call.self.str().empty()) {
    std::size_t end = 0;
    next_character(call.self.str(), end);
    return make_string(&call.meter(), call.self.str().substr(0, end));
  }
  const Value items = elements_of(call.runtime, call.self);
  if (!items.items().empty()) return items.items().front();
  return make_undefined(&call.meter(), "no first item, the sequence was empty");
}

void require_reversible(const Value& value) {
  const bool reversible = value.is(Kind::kString) || value.is_sequence() || value.is(Kind::kDict) ||
                          (value.is(Kind::kObject) && value.object().reversible());
  if (!reversible) throw Failure(text("'{}' object is not reversible", type_name(value)));
}

Value last_filter(Call& call) {
  if (!call.self.undefined()) require_reversible(call.self);
  const Value items = elements_of(call.runtime, call.self);
  if (!items.items().empty()) return items.items().back();
  return make_undefined(&call.meter(), "no last item, the sequence was empty");
}

Value list_filter(Call& call) {
  return make_list(&call.meter(), elements_of(call.runtime, call.self).items());
}

Value reverse_filter(Call& call) {
  const Value items = elements_of(call.runtime, call.self);
  if (call.self.is(Kind::kString)) {
    TextBuilder out(call.meter());
    for (auto it = items.items().rbegin(); it != items.items().rend(); ++it) out.append(it->str());
    return out.finish();
  }
  LazyBuilder result(call.runtime);
  return result.run([&] {
    for (auto it = items.items().rbegin(); it != items.items().rend(); ++it) result.push(*it);
  });
}

Value items_filter(Call& call) {
  LazyBuilder result(call.runtime);
  return result.run([&] {
    if (call.self.undefined()) return;
    if (!call.self.is(Kind::kDict)) throw Failure("can only get item pairs from a mapping");
    for (const auto& [key, value] : call.self.dict().items) {
      result.push(make_tuple(&call.meter(), {key, value}));
    }
  });
}

Value join_filter(Call& call) {
  const Value items = elements_of(call.runtime, call.self);
  const Value separator = to_text(call.meter(), call.value_or(0, make_string(&call.meter(), "")));
  TextBuilder out(call.meter());
  bool first = true;
  for (const Value& item : items.items()) {
    if (!first) out.append(separator.str());
    first = false;
    append_text(out, look_up_path(call.runtime, item, call.value_or(1, Value::none())));
  }
  return out.finish();
}

std::size_t require_count(const Value& value) {
  const std::int64_t count = require_integer(value);
  return count < 0 ? 0 : static_cast<std::size_t>(count);
}

Value batch_filter(Call& call) {
  LazyBuilder result(call.runtime);
  return result.run([&] {
    const Value items = elements_of(call.runtime, call.self);
    const std::size_t width = require_count(call[0]);
    const bool fill = call.has(1) && !call[1].is(Kind::kNone);
    std::vector<Value> row;
    for (const Value& item : items.items()) {
      if (row.size() == width) {
        result.push(make_list(&call.meter(), std::exchange(row, {})));
      }
      row.push_back(item);
    }
    if (row.empty()) return;
    if (fill && row.size() < width) {
      call.meter().step(width);
      call.meter().take((width - row.size()) * sizeof(Value));
      call.meter().give((width - row.size()) * sizeof(Value));
      row.resize(width, call[1]);
    }
    result.push(make_list(&call.meter(), std::move(row)));
  });
}

Value slice_filter(Call& call) {
  LazyBuilder result(call.runtime);
  return result.run([&] {
    const Value items = elements_of(call.runtime, call.self);
    const std::size_t slices = require_count(call[0]);
    if (require_integer(call[0]) == 0) throw Failure("integer division or modulo by zero");
    if (slices == 0) return;
    const bool fill = call.has(1) && !call[1].is(Kind::kNone);
    const std::size_t each = items.items().size() / slices;
    const std::size_t longer = items.items().size() % slices;
    std::size_t at = 0;
    for (std::size_t i = 0; i < slices; ++i) {
      const std::size_t end = at + each + (i < longer ? 1 : 0);
      std::vector<Value> column(items.items().begin() + static_cast<std::ptrdiff_t>(at),
                                items.items().begin() + static_cast<std::ptrdiff_t>(end));
      if (fill && i >= longer) column.push_back(call[1]);
      result.push(make_list(&call.meter(), std::move(column)));
      at = end;
    }
  });
}

Value refuse_attr(Call&) {
  throw Failure("the filter attr is refused in chat templates; write value.name");
}
Value refuse_random(Call&) {
  throw Failure("the filter random is refused: rendering has no randomness; pick an item by index");
}

constexpr std::array kSequenceFilters = {
    Builtin{"default", "default_value? boolean?", default_filter},
    Builtin{"d", "default_value? boolean?", default_filter},
    Builtin{"length", "", length_filter},
    Builtin{"count", "", length_filter},
    Builtin{"first", "", first_filter},
    Builtin{"last", "", last_filter},
    Builtin{"list", "", list_filter},
    Builtin{"reverse", "", reverse_filter},
    Builtin{"items", "", items_filter},
    Builtin{"join", "d? attribute?", join_filter},
    Builtin{"batch", "linecount fill_with?", batch_filter},
    Builtin{"slice", "slices fill_with?", slice_filter},
    Builtin{"attr", "name", refuse_attr},
    Builtin{"random", "", refuse_random},
};

}  // namespace

std::span<const Builtin> sequence_filters() { return kSequenceFilters; }

}  // namespace fettle::tokenize::jinja
