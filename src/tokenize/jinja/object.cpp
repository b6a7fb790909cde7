#include "tokenize/jinja/object.h"

#include <utility>

#include "base/format.h"
#include "tokenize/jinja/unicode.h"

namespace fettle::tokenize::jinja {

// Those who override it move the arguments: NOLINTNEXTLINE(performance-unnecessary-value-param)
Value Object::call(Runtime&, Arguments) {
  throw Failure(text("'{}' object is not callable", type_name()));
}

ViewObject::ViewObject(Meter* meter, Value dict, Part part)
    : Object(meter, sizeof(ViewObject)), dict_(std::move(dict)), part_(part) {
  holds(dict_);
}

std::string ViewObject::type_name() const {
  switch (part_) {
    case Part::kKeys:
      return "dict_keys";
    case Part::kValues:
      return "dict_values";
    case Part::kItems:
      return "dict_items";
  }
  return "dict_items";
}

std::optional<std::size_t> ViewObject::length() const { return dict_.dict().items.size(); }

bool ViewObject::equals(const Object& other) const {
  const auto* view = dynamic_cast<const ViewObject*>(&other);
  return view != nullptr && part_ != Part::kValues && view->part_ == part_ &&
         same_key(dict_, view->dict_);
}

std::vector<Value> ViewObject::elements(Runtime& runtime) {
  std::vector<Value> items;
  const DictCell& dict = dict_.dict();
  runtime.meter.step(dict.items.size());
  items.reserve(dict.items.size());
  for (const auto& [key, value] : dict.items) {
    if (part_ == Part::kKeys) items.push_back(key);
    if (part_ == Part::kValues) items.push_back(value);
    if (part_ == Part::kItems) items.push_back(make_tuple(&runtime.meter, {key, value}));
  }
  return items;
}

void ViewObject::append_repr(TextBuilder& out) const {
  out.append(type_name() + "([");
  bool first = true;
  for (const auto& [key, value] : dict_.dict().items) {
    if (!first) out.append(", ");
    first = false;
    if (part_ == Part::kItems) out.append("(");
    if (part_ != Part::kValues) jinja::append_repr(out, key);
    if (part_ == Part::kItems) out.append(", ");
    if (part_ != Part::kKeys) jinja::append_repr(out, value);
    if (part_ == Part::kItems) out.append(")");
  }
  out.append("])");
}

IteratorObject::IteratorObject(Meter* meter, std::vector<Value> items, std::optional<Failure> then)
    : Object(meter, sizeof(IteratorObject) + items.size() * sizeof(Value)),
      items_(std::move(items)),
      then_(std::move(then)) {
  for (const Value& item : items_) holds(item);
}

Value IteratorObject::next() {
  if (at_ < items_.size()) return items_[at_++];
  if (then_.has_value()) throw *std::exchange(then_, std::nullopt);
  return {};
}

std::vector<Value> IteratorObject::elements(Runtime& runtime) {
  runtime.meter.step(items_.size() - at_);
  std::vector<Value> rest(items_.begin() + static_cast<std::ptrdiff_t>(at_), items_.end());
  at_ = items_.size();
  if (then_.has_value()) throw *std::exchange(then_, std::nullopt);
  return rest;
}

Value NamespaceObject::attribute(Runtime& runtime, std::string_view name) {
  runtime.meter.step(attributes_.size() / 8 + 1);
  for (const auto& [key, value] : attributes_) {
    if (key == name) return value;
  }
  return {};
}

void NamespaceObject::set(Meter& meter, std::string_view name, Value value) {
  if (name.starts_with('_')) {
    throw Failure(
        text("chat templates cannot store attributes whose names begin with an "
             "underscore on a namespace, but got '{}'; rename the attribute",
             name));
  }
  meter.step(attributes_.size() / 8 + 1);
  for (auto& [key, held] : attributes_) {
    if (key == name) {
      held = std::move(value);
      return;
    }
  }
  attributes_.emplace_back(name, std::move(value));
}

void NamespaceObject::append_repr(TextBuilder& out) const {
  const Level level(out.meter());
  out.append("<Namespace {");
  bool first = true;
  for (const auto& [key, value] : attributes_) {
    if (!first) out.append(", ");
    first = false;
    out.append(repr_of_text(key));
    out.append(": ");
    jinja::append_repr(out, value);
  }
  out.append("}>");
}

Value make_object(std::shared_ptr<Object> object) { return {Kind::kObject, std::move(object)}; }

namespace {

Value characters_of(Runtime& runtime, const Value& value) {
  const StringCell& cell = value.string_cell();
  runtime.meter.step(cell.characters);
  // Each character becomes a value of its own; the reserve alone could be large.
  const std::size_t bytes = cell.characters * sizeof(Value);
  runtime.meter.take(bytes);
  runtime.meter.give(bytes);
  std::vector<Value> items;
  items.reserve(cell.characters);
  for (std::size_t at = 0; at < cell.text.size();) {
    const std::size_t begin = at;
    next_character(cell.text, at);
    items.push_back(make_string(&runtime.meter, cell.text.substr(begin, at - begin)));
  }
  return make_list(&runtime.meter, std::move(items));
}

}  // namespace

Value elements_of(Runtime& runtime, const Value& value) {
  switch (value.kind()) {
    case Kind::kUndefined:
      return make_list(&runtime.meter, {});
    case Kind::kString:
      return characters_of(runtime, value);
    case Kind::kList:
    case Kind::kTuple:
      runtime.meter.step(value.items().size());
      return value;
    case Kind::kDict: {
      ViewObject keys(nullptr, value, ViewObject::Part::kKeys);
      return make_list(&runtime.meter, keys.elements(runtime));
    }
    case Kind::kObject:
      if (value.object().iterable()) {
        return make_list(&runtime.meter, value.object().elements(runtime));
      }
      break;
    default:
      break;
  }
  throw Failure(text("'{}' object is not iterable", type_name(value)));
}

bool is_iterable(const Value& value) {
  switch (value.kind()) {
    case Kind::kUndefined:
    case Kind::kString:
    case Kind::kList:
    case Kind::kTuple:
    case Kind::kDict:
      return true;
    case Kind::kObject:
      return value.object().iterable();
    default:
      return false;
  }
}

bool is_callable(const Value& value) {
  // jinja2's undefined has a __call__, which raises.
  return value.undefined() || (value.is(Kind::kObject) && value.object().callable());
}

Value call_value(Runtime& runtime, const Value& callee, Arguments arguments) {
  refuse_undefined(callee);
  if (!is_callable(callee)) {
    throw Failure(text("'{}' object is not callable", type_name(callee)));
  }
  const Level level(runtime.meter);
  return callee.object().call(runtime, std::move(arguments));
}

std::size_t length_of(const Value& value) {
  switch (value.kind()) {
    case Kind::kUndefined:
      return 0;
    case Kind::kString:
      return value.string_cell().characters;
    case Kind::kList:
    case Kind::kTuple:
      return value.items().size();
    case Kind::kDict:
      return value.dict().items.size();
    case Kind::kObject:
      if (const auto count = value.object().length()) return *count;
      break;
    default:
      break;
  }
  throw Failure(text("object of type '{}' has no len()", type_name(value)));
}

}  // namespace fettle::tokenize::jinja
