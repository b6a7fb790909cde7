// Attributes, subscripts, calls, filters and tests.
#include "base/format.h"
#include "tokenize/jinja/filters.h"
#include "tokenize/jinja/interpreter.h"
#include "tokenize/jinja/operators.h"
#include "tokenize/jinja/tests.h"

namespace fettle::tokenize::jinja {

Value Interpreter::follow(const Value& base, const Link& link) {
  runtime_.meter.step();
  line_ = link.line;
  Value result = std::visit([&](const auto& node) { return follow_node(base, node); }, link.node);
  line_ = link.line;
  return result;
}

Value Interpreter::follow_node(const Value& base, const AttributeLink& link) {
  return get_attribute(runtime_, base, link.name);
}

Value Interpreter::follow_node(const Value& base, const ItemLink& link) {
  if (const auto* bounds = std::get_if<SliceExpr>(&link.key->node)) return slice(base, *bounds);
  return get_item(runtime_, base, eval(*link.key));
}

Value Interpreter::follow_node(const Value& base, const CallLink& link) {
  return call_value(runtime_, base, eval_arguments(link.arguments));
}

Value Interpreter::follow_node(const Value& base, const FilterLink& link) {
  return apply_filter(runtime_, link.name, base, eval_arguments(link.arguments));
}

Value Interpreter::follow_node(const Value& base, const TestLink& link) {
  const bool passed = apply_test(runtime_, link.name, base, eval_arguments(link.arguments));
  return Value::boolean(passed != link.negated);
}

Value Interpreter::slice(const Value& base, const SliceExpr& bounds) {
  SliceBounds result;
  const auto read = [&](const ExprPtr& expr, auto store) {
    if (expr == nullptr) return;
    const Value value = eval(*expr);
    if (value.is_integral()) {
      store(value.as_int());
    } else if (!value.is(Kind::kNone)) {
      throw Failure("slice indices must be integers or none");
    }
  };
  read(bounds.start, [&](std::int64_t value) { result.start = value; });
  read(bounds.stop, [&](std::int64_t value) { result.stop = value; });
  read(bounds.step, [&](std::int64_t value) { result.step = value; });
  return get_slice(runtime_, base, result);
}

Value Interpreter::apply_filters(Value value, const std::vector<Link>& filters) {
  for (const Link& filter : filters) value = follow(value, filter);
  return value;
}

Arguments Interpreter::eval_arguments(const CallArguments& arguments) {
  Arguments result;
  result.positional = eval_all(arguments.positional);
  if (arguments.rest != nullptr) {
    const Value more = elements_of(runtime_, eval(*arguments.rest));
    result.positional.insert(result.positional.end(), more.items().begin(), more.items().end());
  }
  for (const auto& [name, value] : arguments.named) result.named.emplace_back(name, eval(value));
  if (arguments.named_rest == nullptr) return result;
  const Value more = eval(*arguments.named_rest);
  if (!more.is(Kind::kDict)) {
    throw Failure(text("argument after ** must be a mapping, not {}", type_name(more)));
  }
  for (const auto& [key, value] : more.dict().items) {
    runtime_.meter.step();
    if (!key.is(Kind::kString)) throw Failure("keywords must be strings");
    for (const auto& [name, expr] : arguments.named) {
      if (name == key.str()) {
        throw Failure(text("got multiple values for keyword argument '{}'", name));
      }
    }
    result.named.emplace_back(key.str(), value);
  }
  return result;
}

Value Interpreter::call_with_caller(const Expr& call, Value caller) {
  const auto& chain = std::get<ChainExpr>(call.node);
  Value callee = eval(*chain.base);
  for (std::size_t i = 0; i + 1 < chain.links.size(); ++i) callee = follow(callee, chain.links[i]);
  Arguments arguments = eval_arguments(std::get<CallLink>(chain.links.back().node).arguments);
  arguments.named.emplace_back("caller", std::move(caller));
  return call_value(runtime_, callee, std::move(arguments));
}

}  // namespace fettle::tokenize::jinja
