// Attributes, subscripts, slices and membership.
#include <algorithm>
#include <string>

#include "base/format.h"
#include "tokenize/jinja/methods.h"
#include "tokenize/jinja/operators.h"
#include "tokenize/jinja/text_search.h"
#include "tokenize/jinja/unicode.h"

namespace fettle::tokenize::jinja {
namespace {

std::string describe_object(const Value& object) {
  switch (object.kind()) {
    case Kind::kNone:
      return "None";
    case Kind::kObject:
      return object.object().type_name();
    default:
      return type_name(object) + " object";
  }
}

Value no_element(Runtime& runtime, const Value& object, const Value& key) {
  if (key.is(Kind::kString)) {
    return make_undefined(&runtime.meter, text("'{}' has no attribute {}", describe_object(object),
                                               repr_of_text(key.str())));
  }
  TextBuilder shown(runtime.meter);
  append_repr(shown, key);
  return make_undefined(&runtime.meter,
                        text("{} has no element {}", describe_object(object), shown.text()));
}

Value character_at(Runtime& runtime, const StringCell& cell, std::size_t index) {
  if (cell.ascii()) return make_string(&runtime.meter, cell.text.substr(index, 1));
  runtime.meter.scan(cell.text.size());
  const std::size_t begin = byte_offset(cell.text, index);
  std::size_t end = begin;
  next_character(cell.text, end);
  return make_string(&runtime.meter, cell.text.substr(begin, end - begin));
}

// The element at an integer key; missing when there is none.
Value element_at(Runtime& runtime, const Value& object, std::int64_t key) {
  const auto count = static_cast<std::int64_t>(length_of(object));
  const std::int64_t index = key < 0 ? key + count : key;
  if (index < 0 || index >= count) return {};
  const auto at = static_cast<std::size_t>(index);
  return object.is_sequence() ? object.items()[at]
                              : character_at(runtime, object.string_cell(), at);
}

Value dict_entry(Runtime& runtime, const Value& object, const Value& key) {
  if (key.is(Kind::kString)) {
    runtime.meter.scan(key.str().size());
    const Value* found = object.dict().find(std::string_view(key.str()));
    return found == nullptr ? Value() : *found;
  }
  if (key.is(Kind::kList) || key.is(Kind::kDict)) return {};
  const Value* found = object.dict().find(key);
  return found == nullptr ? Value() : *found;
}

// obj[key] without the fallback to attributes; missing when there is none.
Value plain_item(Runtime& runtime, const Value& object, const Value& key) {
  switch (object.kind()) {
    case Kind::kDict:
      return dict_entry(runtime, object, key);
    case Kind::kList:
    case Kind::kTuple:
    case Kind::kString:
      return key.is_integral() ? element_at(runtime, object, key.as_int()) : Value();
    case Kind::kObject:
      return object.object().item(runtime, key);
    default:
      return {};
  }
}

struct Span {
  std::int64_t first, last, step;
};

// Python's slice.indices.
Span resolve(const SliceBounds& bounds, std::int64_t count) {
  const bool forward = bounds.step > 0;
  const std::int64_t low = forward ? 0 : -1;
  const std::int64_t high = forward ? count : count - 1;
  const auto clamp = [&](std::int64_t index) {
    if (index < 0) index = std::max(index, -count - 1) + count;
    return std::clamp(index, low, std::max(low, high));
  };
  return {bounds.start.has_value() ? clamp(*bounds.start) : (forward ? low : high),
          bounds.stop.has_value() ? clamp(*bounds.stop) : (forward ? high : low), bounds.step};
}

std::size_t count_of(const Span& span) {
  const auto distance = span.step > 0 ? span.last - span.first : span.first - span.last;
  if (distance <= 0) return 0;
  const std::uint64_t width = span.step > 0 ? static_cast<std::uint64_t>(span.step)
                                            : 0 - static_cast<std::uint64_t>(span.step);
  return (static_cast<std::uint64_t>(distance) - 1) / width + 1;
}

Value slice_text(Runtime& runtime, const StringCell& cell, const Span& span, std::size_t count) {
  runtime.meter.scan(cell.text.size());
  TextBuilder out(runtime.meter);
  if (count == 0) return out.finish();
  const auto first = static_cast<std::size_t>(span.first);
  if (span.step == 1) {
    const std::size_t begin = cell.ascii() ? first : byte_offset(cell.text, first);
    const std::string_view tail = std::string_view(cell.text).substr(begin);
    out.append(tail.substr(0, cell.ascii() ? count : byte_offset(tail, count)));
    return out.finish();
  }
  std::u32string characters;
  for (std::size_t at = 0; at < cell.text.size();) {
    characters += next_character(cell.text, at);
  }
  std::string result;
  std::int64_t at = span.first;
  for (std::size_t i = 0; i < count; ++i, at += span.step) {
    append_character(result, characters[static_cast<std::size_t>(at)]);
  }
  out.append(result);
  return out.finish();
}

bool string_contains(Runtime& runtime, const Value& container, const Value& item) {
  if (!item.is(Kind::kString)) {
    throw Failure(text("'in <string>' requires string as left operand, not {}", type_name(item)));
  }
  runtime.meter.scan(container.str().size() + item.str().size());
  return find_text(container.str(), item.str()) != std::string_view::npos;
}

}  // namespace

Value get_attribute(Runtime& runtime, const Value& object, const Value& name) {
  refuse_undefined(object);
  Value found = find_method(runtime, object, name.str());
  if (found.missing() && object.is(Kind::kObject)) {
    found = object.object().attribute(runtime, name.str());
  }
  if (found.missing()) found = plain_item(runtime, object, name);
  return found.missing() ? no_element(runtime, object, name) : found;
}

Value get_item(Runtime& runtime, const Value& object, const Value& key) {
  refuse_undefined(object);
  Value found = plain_item(runtime, object, key);
  if (found.missing() && key.is(Kind::kString)) {
    found = find_method(runtime, object, key.str());
    if (found.missing() && object.is(Kind::kObject)) {
      found = object.object().attribute(runtime, key.str());
    }
  }
  return found.missing() ? no_element(runtime, object, key) : found;
}

Value get_slice(Runtime& runtime, const Value& object, const SliceBounds& bounds) {
  refuse_undefined(object);
  if (bounds.step == 0) throw Failure("slice step cannot be zero");
  const bool sliceable = object.is_sequence() || object.is(Kind::kString);
  const auto* range =
      object.is(Kind::kObject) ? dynamic_cast<RangeObject*>(&object.object()) : nullptr;
  if (!sliceable && range == nullptr) {
    throw Failure(text("'{}' object cannot be sliced", type_name(object)));
  }
  const Span span = resolve(bounds, static_cast<std::int64_t>(length_of(object)));
  const std::size_t count = count_of(span);
  if (object.is(Kind::kString)) {
    return as_markup_like(&runtime.meter, object,
                          slice_text(runtime, object.string_cell(), span, count));
  }
  if (range != nullptr) return range->slice(runtime, span.first, span.last, span.step);
  std::vector<Value> items;
  items.reserve(count);
  std::int64_t at = span.first;
  for (std::size_t i = 0; i < count; ++i, at += span.step) {
    items.push_back(object.items()[static_cast<std::size_t>(at)]);
  }
  return object.is(Kind::kList) ? make_list(&runtime.meter, std::move(items))
                                : make_tuple(&runtime.meter, std::move(items));
}

bool contains(Runtime& runtime, const Value& container, const Value& item) {
  switch (container.kind()) {
    case Kind::kString:
      return string_contains(runtime, container, item);
    case Kind::kDict:
      if (item.is(Kind::kString)) runtime.meter.scan(item.str().size());
      static_cast<void>(hash_of(item));  // refuses what cannot be a key
      return container.dict().find(item) != nullptr;
    default:
      break;
  }
  if (container.is(Kind::kUndefined)) return false;
  if (!is_iterable(container)) {
    throw Failure(text("argument of type '{}' is not iterable", type_name(container)));
  }
  const Value elements = elements_of(runtime, container);
  return std::ranges::any_of(elements.items(), [&](const Value& element) {
    return (element.cell() != nullptr && element.cell() == item.cell()) ||
           equal(runtime.meter, element, item);
  });
}

}  // namespace fettle::tokenize::jinja
