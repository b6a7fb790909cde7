#include "tokenize/jinja/builtin.h"

#include "base/format.h"

namespace fettle::tokenize::jinja {
namespace {

struct Parameter {
  std::string_view name;
  bool optional = false;
};

struct Signature {
  std::vector<Parameter> parameters;
  bool positional_only = false;
  bool rest = false;
  bool named_rest = false;
};

Signature read_signature(std::string_view text) {
  Signature result;
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    std::string_view word = text.substr(0, space);
    text = space == std::string_view::npos ? std::string_view() : text.substr(space + 1);
    if (word == "/") {
      result.positional_only = true;
    } else if (word == "*") {
      result.rest = true;
    } else if (word == "**") {
      result.named_rest = true;
    } else {
      const bool optional = word.ends_with('?');
      if (optional) word.remove_suffix(1);
      result.parameters.push_back({word, optional});
    }
  }
  return result;
}

void bind_named(const Builtin& row, const Signature& signature, Arguments& arguments, Call& call) {
  for (auto& [name, value] : arguments.named) {
    std::size_t index = 0;
    while (index < signature.parameters.size() && signature.parameters[index].name != name) {
      ++index;
    }
    if (index == signature.parameters.size() || signature.positional_only) {
      if (!signature.named_rest) {
        throw Failure(text("{}() got an unexpected keyword argument '{}'", row.name, name));
      }
      call.more.named.emplace_back(std::move(name), std::move(value));
      continue;
    }
    if (call.has(index)) {
      throw Failure(text("{}() got multiple values for argument '{}'", row.name, name));
    }
    call.args[index] = std::move(value);
  }
}

}  // namespace

Value Call::value_or(std::size_t index, Value otherwise) const {
  if (!has(index)) return otherwise;
  return args[index];
}

std::int64_t Call::integer_or(std::size_t index, std::int64_t otherwise) const {
  return has(index) ? require_integer(args[index]) : otherwise;
}

bool Call::truth_or(std::size_t index, bool otherwise) const {
  return has(index) ? truthy(args[index]) : otherwise;
}

const std::string& Call::string(std::size_t index) const {
  refuse_undefined(args[index]);
  if (!args[index].is(Kind::kString)) {
    throw Failure(text("expected a str, got a {}", jinja::type_name(args[index])));
  }
  return args[index].str();
}

std::int64_t require_integer(const Value& value) {
  refuse_undefined(value);
  if (!value.is_integral()) {
    throw Failure(text("'{}' object cannot be interpreted as an integer", jinja::type_name(value)));
  }
  return value.as_int();
}

const Builtin* find_row(std::span<const Builtin> rows, std::string_view name) {
  for (const Builtin& row : rows) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

Value call_builtin(Runtime& runtime, const Builtin& row, const Value& self, Arguments arguments) {
  runtime.meter.step();
  const Signature signature = read_signature(row.parameters);
  Call call{runtime, self, std::vector<Value>(signature.parameters.size()), {}};
  for (std::size_t i = 0; i < arguments.positional.size(); ++i) {
    if (i < signature.parameters.size()) {
      call.args[i] = std::move(arguments.positional[i]);
    } else if (signature.rest) {
      call.more.positional.push_back(std::move(arguments.positional[i]));
    } else {
      throw Failure(text("{}() takes at most {} arguments ({} given)", row.name,
                         signature.parameters.size(), arguments.positional.size()));
    }
  }
  bind_named(row, signature, arguments, call);
  for (std::size_t i = 0; i < signature.parameters.size(); ++i) {
    if (!call.has(i) && !signature.parameters[i].optional) {
      throw Failure(
          text("{}() is missing its argument '{}'", row.name, signature.parameters[i].name));
    }
  }
  return row.run(call);
}

BuiltinObject::BuiltinObject(Meter* meter, const Builtin& row, Value self)
    : Object(meter, sizeof(BuiltinObject)), row_(row), self_(std::move(self)) {
  holds(self_);
}

Value BuiltinObject::call(Runtime& runtime, Arguments arguments) {
  Value result = call_builtin(runtime, row_, self_, std::move(arguments));
  return as_markup_like(&runtime.meter, self_, std::move(result));
}

void LazyBuilder::push(Value value) {
  runtime_.meter.step();
  items_.push_back(std::move(value));
}

Value LazyBuilder::finish(std::optional<Failure> failure) {
  Meter& meter = runtime_.meter;
  return make_object(
      std::make_shared<IteratorObject>(&meter, std::move(items_), std::move(failure)));
}

}  // namespace fettle::tokenize::jinja
