// Statements.
#include "base/format.h"
#include "tokenize/jinja/interpreter.h"

namespace fettle::tokenize::jinja {

Flow Interpreter::execute(const Block& block) {
  const Level level(runtime_.meter);
  for (const Statement& statement : block) {
    runtime_.meter.step();
    line_ = statement.line;
    const Flow flow =
        std::visit([this](const auto& node) { return run_node(node); }, statement.node);
    if (flow != Flow::kNormal) return flow;
  }
  return Flow::kNormal;
}

Flow Interpreter::run_node(const TextStatement& node) {
  emit(node.text);
  return Flow::kNormal;
}

Flow Interpreter::run_node(const PrintStatement& node) {
  emit_value(eval(node.value));
  return Flow::kNormal;
}

Flow Interpreter::run_node(const IfStatement& node) {
  for (const auto& [test, body] : node.branches) {
    if (truthy(eval(test))) return execute(body);
  }
  return execute(node.otherwise);
}

Flow Interpreter::run_node(const ForStatement& node) {
  return run_loop(node, eval(node.sequence), 0);
}

Flow Interpreter::run_node(const SetStatement& node) {
  assign(node.target, eval(node.value));
  return Flow::kNormal;
}

Flow Interpreter::run_node(const SetBlockStatement& node) {
  Value value;
  {
    const InnerScope scope(*this, scope_);
    Capture capture(*this);
    if (const Flow flow = execute(node.body); flow != Flow::kNormal) return flow;
    value = apply_filters(capture.finish(), node.filters);
  }
  assign(node.target, value);
  return Flow::kNormal;
}

Flow Interpreter::run_node(const MacroStatement& node) {
  scope_->set(node.symbol, make_macro(node.macro));
  return Flow::kNormal;
}

Flow Interpreter::run_node(const CallStatement& node) {
  emit_value(call_with_caller(node.call, make_macro(node.caller)));
  return Flow::kNormal;
}

Flow Interpreter::run_node(const FilterStatement& node) {
  Value value;
  {
    const InnerScope scope(*this, scope_);
    Capture capture(*this);
    if (const Flow flow = execute(node.body); flow != Flow::kNormal) return flow;
    value = apply_filters(capture.finish(), node.filters);
  }
  emit_value(value);
  return Flow::kNormal;
}

Flow Interpreter::run_node(const WithStatement& node) {
  std::vector<Value> values;
  for (const auto& [target, value] : node.values) values.push_back(eval(value));
  const InnerScope scope(*this, scope_);
  for (std::size_t i = 0; i < values.size(); ++i) assign(node.values[i].first, values[i]);
  return execute(node.body);
}

Flow Interpreter::run_node(const BlockStatement& node) {
  const InnerScope scope(*this, root_);
  return execute(node.body);
}

Flow Interpreter::run_node(const GenerationStatement& node) {
  Value value;
  {
    const InnerScope scope(*this, scope_);
    Capture capture(*this);
    execute(node.body);
    value = capture.finish();
  }
  const std::size_t begin = root_output_.text().size();
  spans_.emplace_back(begin, begin + value.str().size());
  emit(value.str());
  return Flow::kNormal;
}

void Interpreter::assign(const Target& target, const Value& value) {
  if (target.is_tuple) {
    const Value items = elements_of(runtime_, value);
    if (items.items().size() != target.items.size()) {
      throw Failure(
          text("cannot unpack {} values into {} names", items.items().size(), target.items.size()));
    }
    for (std::size_t i = 0; i < target.items.size(); ++i) {
      assign(target.items[i], items.items()[i]);
    }
    return;
  }
  if (target.attribute.empty()) {
    scope_->set(target.symbol, value);
    return;
  }
  const Value& holder = scope_->find(target.symbol);
  auto* space =
      holder.is(Kind::kObject) ? dynamic_cast<NamespaceObject*>(&holder.object()) : nullptr;
  if (space == nullptr) {
    throw Failure(
        text("cannot assign the attribute '{}' of '{}', which is no namespace; make it "
             "with namespace()",
             target.attribute, tree_.names[target.symbol]));
  }
  space->set(runtime_.meter, target.attribute, value);
}

}  // namespace fettle::tokenize::jinja
