// Expressions.
#include "base/format.h"
#include "tokenize/jinja/interpreter.h"
#include "tokenize/jinja/operators.h"

namespace fettle::tokenize::jinja {

Value Interpreter::eval(const Expr& expr) {
  runtime_.meter.step();
  const Level level(runtime_.meter);
  line_ = expr.line;
  return std::visit([this](const auto& node) { return eval_node(node); }, expr.node);
}

Value Interpreter::eval_node(const NameExpr& node) {
  const Value& value = scope_->find(node.symbol);
  if (!value.missing()) return value;
  return make_undefined(&runtime_.meter, text("'{}' is undefined", tree_.names[node.symbol]));
}

std::vector<Value> Interpreter::eval_all(const std::vector<Expr>& items) {
  std::vector<Value> values;
  values.reserve(items.size());
  for (const Expr& item : items) values.push_back(eval(item));
  return values;
}

Value Interpreter::eval_node(const ListExpr& node) {
  return make_list(&runtime_.meter, eval_all(node.items));
}

Value Interpreter::eval_node(const TupleExpr& node) {
  return make_tuple(&runtime_.meter, eval_all(node.items));
}

Value Interpreter::eval_node(const DictExpr& node) {
  DictBuilder dict(&runtime_.meter);
  for (const auto& [key, value] : node.items) {
    const Value name = eval(key);
    dict.set(name, eval(value));
  }
  return dict.finish();
}

Value Interpreter::eval_node(const SliceExpr&) {
  throw Failure("a slice must be the only key of a subscript");
}

Value Interpreter::eval_node(const ChainExpr& node) {
  Value value = eval(*node.base);
  for (const Link& link : node.links) value = follow(value, link);
  return value;
}

Value Interpreter::eval_node(const UnaryExpr& node) {
  const Value operand = eval(*node.operand);
  if (node.op == UnaryOperator::kNot) return Value::boolean(!truthy(operand));
  if (node.op == UnaryOperator::kMinus) return negate(operand);
  refuse_undefined(operand);
  if (!operand.is_number()) {
    throw Failure(text("bad operand type for unary +: '{}'", type_name(operand)));
  }
  return operand.is(Kind::kFloat) ? operand : Value::integer(operand.as_int());
}

Value Interpreter::eval_node(const ArithmeticExpr& node) {
  Value left = eval(*node.first);
  for (const auto& [op, operand] : node.rest) {
    const Value right = eval(operand);
    left = arithmetic(runtime_, op, left, right);
  }
  return left;
}

Value Interpreter::eval_node(const ConcatExpr& node) {
  TextBuilder out(runtime_.meter);
  for (const Expr& part : node.parts) append_text(out, eval(part));
  return out.finish();
}

Value Interpreter::eval_node(const LogicExpr& node) {
  Value value;
  for (const Expr& part : node.parts) {
    value = eval(part);
    if (truthy(value) != node.all) break;
  }
  return value;
}

Value Interpreter::eval_node(const CompareExpr& node) {
  Value left = eval(*node.first);
  Value result = Value::boolean(true);
  for (const auto& [op, operand] : node.rest) {
    Value right = eval(operand);
    result = compare_values(runtime_, op, left, right);
    if (!truthy(result)) break;
    left = std::move(right);
  }
  return result;
}

Value Interpreter::eval_node(const ConditionalExpr& node) {
  const std::size_t line = line_;
  if (truthy(eval(*node.test))) return eval(*node.then);
  if (node.otherwise != nullptr) return eval(*node.otherwise);
  return make_undefined(&runtime_.meter,
                        text("the inline if-expression on line {} evaluated to false and no else "
                             "section was defined",
                             line));
}

}  // namespace fettle::tokenize::jinja
