#include "tokenize/jinja/globals.h"

#include <array>
#include <ctime>

#include "base/format.h"
#include "tokenize/jinja/unicode.h"

namespace fettle::tokenize::jinja {
namespace {

// cycler("odd", "even")
class CyclerObject : public Object {
 public:
  CyclerObject(Meter* meter, std::vector<Value> items)
      : Object(meter, sizeof(CyclerObject) + items.size() * sizeof(Value)),
        items_(std::move(items)) {
    for (const Value& item : items_) holds(item);
  }
  std::string type_name() const override { return "Cycler"; }
  Value attribute(Runtime& runtime, std::string_view name) override;
  Value next() {
    const Value& item = items_[at_];
    at_ = (at_ + 1) % items_.size();
    return item;
  }
  void reset() { at_ = 0; }

 private:
  std::vector<Value> items_;
  std::size_t at_ = 0;
};

Value cycler_next(Call& call) { return dynamic_cast<CyclerObject&>(call.self.object()).next(); }
Value cycler_reset(Call& call) {
  dynamic_cast<CyclerObject&>(call.self.object()).reset();
  return Value::none();
}

constexpr std::array kCyclerMethods = {
    Builtin{"next", "", cycler_next},
    Builtin{"reset", "", cycler_reset},
};

Value CyclerObject::attribute(Runtime& runtime, std::string_view name) {
  if (name == "current") return items_[at_];
  const Builtin* method = find_row(kCyclerMethods, name);
  if (method == nullptr) return {};
  return make_object(std::make_shared<BuiltinObject>(&runtime.meter, *method,
                                                     Value(Kind::kObject, shared_from_this())));
}

// joiner(", "): empty the first time, then the separator.
class JoinerObject : public Object {
 public:
  JoinerObject(Meter* meter, Value separator)
      : Object(meter, sizeof(JoinerObject)), separator_(std::move(separator)) {
    holds(separator_);
  }
  std::string type_name() const override { return "Joiner"; }
  bool callable() const override { return true; }
  Value call(Runtime& runtime, Arguments) override {
    if (std::exchange(used_, true)) return separator_;
    return make_string(&runtime.meter, "");
  }

 private:
  Value separator_;
  bool used_ = false;
};

Value make_range_value(Call& call) {
  const std::int64_t first = require_integer(call[0]);
  RangeObject::Bounds bounds{0, first, call.integer_or(2, 1)};
  if (call.has(1)) bounds = {first, require_integer(call[1]), bounds.step};
  return make_range(call.runtime, bounds);
}

// dict(mapping or pairs, name=value, ...)
DictBuilder entries_of(Call& call) {
  DictBuilder dict(&call.meter());
  if (call.has(0) && call[0].is(Kind::kDict)) {
    for (const auto& [key, value] : call[0].dict().items) dict.set(key, value);
  } else if (call.has(0)) {
    const Value pairs = elements_of(call.runtime, call[0]);
    for (const Value& pair : pairs.items()) {
      const Value parts = elements_of(call.runtime, pair);
      if (parts.items().size() != 2) {
        throw Failure(text("dict() wants pairs, and got a row of {}", parts.items().size()));
      }
      dict.set(parts.items()[0], parts.items()[1]);
    }
  }
  for (auto& [name, value] : call.more.named) {
    dict.set(make_string(&call.meter(), name), std::move(value));
  }
  return dict;
}

Value make_dict(Call& call) { return entries_of(call).finish(); }

Value make_namespace(Call& call) {
  const Value entries = entries_of(call).finish();
  auto space = std::make_shared<NamespaceObject>(&call.meter());
  call.runtime.may_cycle.push_back(space);
  for (const auto& [key, value] : entries.dict().items) {
    if (!key.is(Kind::kString)) throw Failure("the attributes of a namespace have text for names");
    space->set(call.meter(), key.str(), value);
  }
  return make_object(std::move(space));
}

Value make_cycler(Call& call) {
  if (call.more.positional.empty()) throw Failure("cycler() wants at least one item");
  return make_object(
      std::make_shared<CyclerObject>(&call.meter(), std::move(call.more.positional)));
}

Value make_joiner(Call& call) {
  return make_object(std::make_shared<JoinerObject>(
      &call.meter(), call.value_or(0, make_string(&call.meter(), ", "))));
}

Value raise_exception(Call& call) {
  TextBuilder message(call.meter());
  append_text(message, call[0]);
  throw Failure(text("the template refuses its input: {}", message.text()));
}

Value refuse_lipsum(Call&) {
  throw Failure("lipsum() is refused: it makes random text; write the text into the template");
}

// datetime.strftime over UTC; the parts that a naive datetime lacks (%z, %Z) are empty.
Value strftime_now(Call& call) {
  constexpr std::size_t kMaxFormat = 1024;
  const std::string& format = call.string(0);
  if (format.size() > kMaxFormat) {
    throw Failure(
        text("strftime_now's format has {} bytes; {} are allowed", format.size(), kMaxFormat));
  }
  std::string plain;
  for (std::size_t i = 0; i < format.size(); ++i) {
    const char kind = format[i] == '%' && i + 1 < format.size() ? format[i + 1] : '\0';
    if (kind == 'f') plain += "000000";
    if (kind == 'f' || kind == 'z' || kind == 'Z') {
      ++i;
    } else {
      plain += format[i];
      if (kind == '%') plain += format[++i];
    }
  }
  const std::time_t seconds = static_cast<std::time_t>(call.runtime.unix_time);
  std::tm moment{};
  if (gmtime_r(&seconds, &moment) == nullptr) {
    throw Failure(text("the time {} is out of range", call.runtime.unix_time));
  }
  char buffer[4 * kMaxFormat];
  const std::size_t size = std::strftime(buffer, sizeof(buffer), plain.c_str(), &moment);
  return make_string(&call.meter(), valid_utf8(std::string_view(buffer, size)));
}

constexpr std::array kGlobals = {
    Builtin{"range", "/ start stop? step?", make_range_value},
    Builtin{"dict", "mapping? **", make_dict},
    Builtin{"namespace", "mapping? **", make_namespace},
    Builtin{"cycler", "*", make_cycler},
    Builtin{"joiner", "sep?", make_joiner},
    Builtin{"lipsum", "* **", refuse_lipsum},
    Builtin{"raise_exception", "message", raise_exception},
    Builtin{"strftime_now", "format", strftime_now},
};

}  // namespace

Value find_global(Runtime& runtime, std::string_view name) {
  const Builtin* row = find_row(kGlobals, name);
  if (row == nullptr) return {};
  return make_object(std::make_shared<BuiltinObject>(&runtime.meter, *row, Value()));
}

}  // namespace fettle::tokenize::jinja
