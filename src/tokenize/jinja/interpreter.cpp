#include "tokenize/jinja/interpreter.h"

#include "base/format.h"

namespace fettle::tokenize::jinja {

const Value& Scope::find(Symbol symbol) const {
  for (const Scope* scope = this; scope != nullptr; scope = scope->parent_.get()) {
    for (const auto& [name, value] : scope->values_) {
      if (name == symbol) return value;
    }
    if (scope->parent_ == nullptr && symbol < scope->dense_.size()) return scope->dense_[symbol];
  }
  static const Value nothing{};
  return nothing;
}

void Scope::set(Symbol symbol, Value value) {
  if (symbol < dense_.size()) {
    dense_[symbol] = std::move(value);
    return;
  }
  for (auto& [name, held] : values_) {
    if (name == symbol) {
      held = std::move(value);
      return;
    }
  }
  values_.emplace_back(symbol, std::move(value));
}

void Scope::clear() {
  values_.clear();
  dense_.clear();
}

Interpreter::Interpreter(const Tree& tree, const TemplateLimits& limits, std::int64_t unix_time)
    : tree_(tree),
      runtime_{Meter(limits.max_steps, limits.max_memory_bytes, limits.max_depth), unix_time, {}},
      max_output_bytes_(limits.max_output_bytes),
      root_(std::make_shared<Scope>(tree.names.size())),
      scope_(root_),
      root_output_(runtime_.meter),
      output_(&root_output_) {}

Interpreter::~Interpreter() {
  for (const auto& object : runtime_.may_cycle) object->clear();
  for (const auto& scope : captured_) scope->clear();
  root_->clear();
}

void Interpreter::release(std::shared_ptr<Scope> scope) {
  if (scope.use_count() > 1) captured_.push_back(std::move(scope));
}

void Interpreter::define(std::string_view name, const Value& value) {
  for (std::size_t i = 0; i < tree_.names.size(); ++i) {
    if (tree_.names[i] == name) root_->set(static_cast<Symbol>(i), value);
  }
}

Rendered Interpreter::run() {
  execute(tree_.body);
  return Rendered{root_output_.text(), std::move(spans_)};
}

void Interpreter::emit(std::string_view piece) {
  if (output_ == &root_output_ && piece.size() > max_output_bytes_ - root_output_.text().size()) {
    throw LimitFailure(
        text("the output passes the {} bytes that a rendering may have; look for a "
             "loop that repeats text, or raise max_output_bytes",
             max_output_bytes_));
  }
  output_->append(piece);
}

void Interpreter::emit_value(const Value& value) {
  if (strict_) refuse_undefined(value);
  emit(to_text(runtime_.meter, value).str());
}

}  // namespace fettle::tokenize::jinja
