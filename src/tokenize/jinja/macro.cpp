#include <algorithm>

#include "base/format.h"
#include "tokenize/jinja/interpreter.h"

namespace fettle::tokenize::jinja {
namespace {

// Takes a named argument out; missing if it was not passed.
Value take_argument(Arguments& arguments, std::string_view name) {
  const auto at =
      std::ranges::find_if(arguments.named, [&](const auto& pair) { return pair.first == name; });
  if (at == arguments.named.end()) return {};
  Value value = std::move(at->second);
  arguments.named.erase(at);
  return value;
}

}  // namespace

MacroObject::MacroObject(Interpreter& interpreter, const MacroBody& body,
                         std::shared_ptr<Scope> closure)
    : Object(&interpreter.runtime().meter, sizeof(MacroObject) + kScopeBytes),
      interpreter_(interpreter),
      body_(body),
      closure_(std::move(closure)) {}

Value MacroObject::call(Runtime&, Arguments arguments) {
  return interpreter_.call_macro(body_, closure_, std::move(arguments));
}

Value MacroObject::attribute(Runtime& runtime, std::string_view name) {
  if (name == "name") return make_string(&runtime.meter, body_.name);
  if (name == "caller") return Value::boolean(body_.uses_caller);
  if (name == "catch_kwargs") return Value::boolean(body_.uses_kwargs);
  if (name == "catch_varargs") return Value::boolean(body_.uses_varargs);
  if (name != "arguments") return {};
  std::vector<Value> names;
  for (const Symbol symbol : body_.parameters) {
    names.push_back(make_string(&runtime.meter, interpreter_.tree_.names[symbol]));
  }
  return make_list(&runtime.meter, std::move(names));
}

Value Interpreter::make_macro(const MacroBody& body) {
  auto macro = std::make_shared<MacroObject>(*this, body, scope_);
  runtime_.may_cycle.push_back(macro);
  return make_object(std::move(macro));
}

Value Interpreter::call_macro(const MacroBody& body, const std::shared_ptr<Scope>& closure,
                              Arguments arguments) {
  if (calls_ >= runtime_.meter.max_depth()) {
    throw LimitFailure(
        text("macros call each other deeper than {} levels; look for a macro that "
             "calls itself without end",
             runtime_.meter.max_depth()));
  }
  ++calls_;
  struct Return {
    std::size_t& calls;
    ~Return() { --calls; }
  } const back{calls_};
  const InnerScope scope(*this, closure);
  bind_macro(body, std::move(arguments));
  Capture capture(*this);
  execute(body.body);
  return capture.finish();
}

void Interpreter::bind_macro(const MacroBody& body, Arguments arguments) {
  const std::size_t count = body.parameters.size();
  const std::size_t first_default = count - body.defaults.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::string& name = tree_.names[body.parameters[i]];
    Value value =
        i < arguments.positional.size() ? arguments.positional[i] : take_argument(arguments, name);
    if (value.missing() && i >= first_default) value = eval(body.defaults[i - first_default]);
    if (value.missing()) {
      value = make_undefined(&runtime_.meter, text("parameter '{}' was not provided", name));
    }
    scope_->set(body.parameters[i], std::move(value));
  }
  const bool has_caller = std::ranges::find(body.parameters, tree_.caller) != body.parameters.end();
  if (body.uses_caller && !has_caller) {
    Value caller = take_argument(arguments, "caller");
    if (caller.missing()) caller = make_undefined(&runtime_.meter, "no caller is defined");
    scope_->set(tree_.caller, std::move(caller));
  }
  bind_rest(body, std::move(arguments));
}

void Interpreter::bind_rest(const MacroBody& body, Arguments arguments) {
  if (body.uses_kwargs) {
    DictBuilder rest(&runtime_.meter);
    for (auto& [name, value] : arguments.named) {
      rest.set(make_string(&runtime_.meter, name), std::move(value));
    }
    scope_->set(tree_.kwargs, rest.finish());
  } else if (!arguments.named.empty()) {
    throw Failure(text("macro '{}' takes no keyword argument '{}'", body.name,
                       arguments.named.front().first));
  }
  const std::size_t count = body.parameters.size();
  const std::size_t given = arguments.positional.size();
  if (body.uses_varargs) {
    const auto begin =
        arguments.positional.begin() + static_cast<std::ptrdiff_t>(std::min(count, given));
    scope_->set(tree_.varargs, make_tuple(&runtime_.meter, {begin, arguments.positional.end()}));
  } else if (given > count) {
    throw Failure(text("macro '{}' takes not more than {} argument(s)", body.name, count));
  }
}

}  // namespace fettle::tokenize::jinja
