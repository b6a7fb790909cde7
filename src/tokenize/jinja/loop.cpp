#include <array>

#include "base/format.h"
#include "tokenize/jinja/builtin.h"
#include "tokenize/jinja/interpreter.h"

namespace fettle::tokenize::jinja {
namespace {

LoopObject& loop_of(Call& call) { return dynamic_cast<LoopObject&>(call.self.object()); }

Value loop_cycle(Call& call) { return loop_of(call).cycle(call.more.positional); }

Value loop_changed(Call& call) {
  Value values = make_tuple(&call.meter(), std::move(call.more.positional));
  return Value::boolean(loop_of(call).changed(call.meter(), std::move(values)));
}

constexpr std::array kLoopMethods = {
    Builtin{"cycle", "*", loop_cycle},
    Builtin{"changed", "*", loop_changed},
};

// What attribute() needs beside the object's members.
Value no_item(Runtime& runtime, std::string_view which) {
  return make_undefined(&runtime.meter, text("there is no {} item", which));
}

}  // namespace

LoopObject::LoopObject(Interpreter& interpreter, const ForStatement& node, Value items,
                       std::size_t depth)
    : Object(&interpreter.runtime().meter, sizeof(LoopObject) + kScopeBytes),
      interpreter_(interpreter),
      node_(node),
      scope_(interpreter.scope_),
      items_(std::move(items)),
      depth_(depth) {}

void LoopObject::clear() {
  scope_.reset();
  items_ = make_list(nullptr, {});
  last_changed_ = Value();
}

Value LoopObject::cycle(const std::vector<Value>& values) const {
  if (values.empty()) throw Failure("no items for cycling given");
  return values[index_ % values.size()];
}

bool LoopObject::changed(Meter& meter, Value values) {
  if (!last_changed_.missing() && equal(meter, last_changed_, values)) return false;
  last_changed_ = std::move(values);
  return true;
}

Value LoopObject::attribute(Runtime& runtime, std::string_view name) {
  const std::vector<Value>& items = items_.items();
  const auto number = [](std::size_t value) {
    return Value::integer(static_cast<std::int64_t>(value));
  };
  if (name == "index") return number(index_ + 1);
  if (name == "index0") return number(index_);
  if (name == "first") return Value::boolean(index_ == 0);
  if (name == "last") return Value::boolean(index_ + 1 >= items.size());
  if (name == "length") return number(items.size());
  if (name == "revindex") return number(items.size() - index_);
  if (name == "revindex0") return number(items.size() - index_ - 1);
  if (name == "depth") return number(depth_ + 1);
  if (name == "depth0") return number(depth_);
  if (name == "previtem") return index_ > 0 ? items[index_ - 1] : no_item(runtime, "previous");
  if (name == "nextitem") {
    return index_ + 1 < items.size() ? items[index_ + 1] : no_item(runtime, "next");
  }
  const Builtin* method = find_row(kLoopMethods, name);
  if (method == nullptr) return {};
  return make_object(std::make_shared<BuiltinObject>(&runtime.meter, *method,
                                                     Value(Kind::kObject, shared_from_this())));
}

Value LoopObject::call(Runtime&, Arguments arguments) {
  if (!node_.recursive) {
    throw Failure("the loop must have the 'recursive' marker to be called recursively");
  }
  if (arguments.positional.size() != 1 || !arguments.named.empty()) {
    throw Failure("a recursive loop is called with one sequence");
  }
  struct Back {
    Interpreter& interpreter;
    std::shared_ptr<Scope> outer;
    ~Back() { interpreter.scope_ = outer; }
  } const back{interpreter_, std::exchange(interpreter_.scope_, scope_)};
  Interpreter::Capture capture(interpreter_);
  interpreter_.run_loop(node_, arguments.positional.front(), depth_ + 1);
  return capture.finish();
}

void LoopObject::append_repr(TextBuilder& out) const {
  out.append(text("<LoopContext {}/{}>", index_ + 1, items_.items().size()));
}

Value Interpreter::filtered(const ForStatement& node, const Value& items) {
  if (node.test == nullptr) return items;
  std::vector<Value> kept;
  const InnerScope scope(*this, scope_);
  for (const Value& item : items.items()) {
    assign(node.target, item);
    if (truthy(eval(*node.test))) kept.push_back(item);
  }
  return make_list(&runtime_.meter, std::move(kept));
}

Flow Interpreter::run_loop(const ForStatement& node, const Value& sequence, std::size_t depth) {
  const Value items = filtered(node, elements_of(runtime_, sequence));
  if (items.items().empty()) {
    const InnerScope scope(*this, scope_);
    return execute(node.otherwise);
  }
  const auto loop = std::make_shared<LoopObject>(*this, node, items, depth);
  std::size_t index = 0;
  for (const Value& item : items.items()) {
    runtime_.meter.step();
    const InnerScope scope(*this, scope_);
    loop->move_to(index++);
    scope_->set(tree_.loop, make_object(loop));
    assign(node.target, item);
    if (execute(node.body) == Flow::kBreak) break;
  }
  if (loop.use_count() > 1) runtime_.may_cycle.push_back(loop);
  return Flow::kNormal;
}

}  // namespace fettle::tokenize::jinja
