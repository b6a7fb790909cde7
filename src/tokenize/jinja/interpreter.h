// Runs a parsed template. One interpreter renders once.
#pragma once

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "tokenize/chat_template.h"
#include "tokenize/jinja/ast.h"
#include "tokenize/jinja/object.h"

namespace fettle::tokenize::jinja {

// The names of one scope; lookups go on to the parent.
class Scope {
 public:
  // The outermost scope has a place for each name of the template.
  explicit Scope(std::size_t names) : dense_(names) {}
  explicit Scope(std::shared_ptr<Scope> parent) : parent_(std::move(parent)) {}

  // Missing when no scope has the name.
  [[nodiscard]] const Value& find(Symbol symbol) const;
  void set(Symbol symbol, Value value);
  void clear();

 private:
  std::shared_ptr<Scope> parent_;
  std::vector<Value> dense_;
  std::vector<std::pair<Symbol, Value>> values_;
};

// What an object is charged for the scope that it keeps alive.
inline constexpr std::size_t kScopeBytes = 256;

enum class Flow { kNormal, kBreak, kContinue };

class Interpreter {
 public:
  // tree must outlive the interpreter.
  Interpreter(const Tree& tree, const TemplateLimits& limits, std::int64_t unix_time);
  ~Interpreter();
  Interpreter(const Interpreter&) = delete;
  Interpreter& operator=(const Interpreter&) = delete;

  [[nodiscard]] Runtime& runtime() noexcept { return runtime_; }
  // Sets a variable of the template; names that it does not use are ignored.
  void define(std::string_view name, const Value& value);
  // Printing what has no value is a failure from here on (StrictUndefined), not an empty text.
  void refuse_undefined_output() noexcept { strict_ = true; }
  // Throws Failure; line() then says where.
  [[nodiscard]] Rendered run();
  [[nodiscard]] std::size_t line() const noexcept { return line_; }

 private:
  friend class MacroObject;
  friend class LoopObject;
  class Capture;     // sends the output into a buffer while it lives
  class InnerScope;  // a scope of its own while it lives

  // eval.cpp
  Value eval(const Expr& expr);
  Value eval_node(const ConstantExpr& node) { return node.value; }
  Value eval_node(const NameExpr& node);
  Value eval_node(const ListExpr& node);
  Value eval_node(const TupleExpr& node);
  Value eval_node(const DictExpr& node);
  Value eval_node(const SliceExpr& node);
  Value eval_node(const ChainExpr& node);
  Value eval_node(const UnaryExpr& node);
  Value eval_node(const ArithmeticExpr& node);
  Value eval_node(const ConcatExpr& node);
  Value eval_node(const LogicExpr& node);
  Value eval_node(const CompareExpr& node);
  Value eval_node(const ConditionalExpr& node);
  std::vector<Value> eval_all(const std::vector<Expr>& items);

  // eval_links.cpp
  Value follow(const Value& base, const Link& link);
  Value follow_node(const Value& base, const AttributeLink& link);
  Value follow_node(const Value& base, const ItemLink& link);
  Value follow_node(const Value& base, const CallLink& link);
  Value follow_node(const Value& base, const FilterLink& link);
  Value follow_node(const Value& base, const TestLink& link);
  Value slice(const Value& base, const SliceExpr& bounds);
  Value apply_filters(Value value, const std::vector<Link>& filters);
  Arguments eval_arguments(const CallArguments& arguments);
  // Evaluates a call expression with one more named argument.
  Value call_with_caller(const Expr& call, Value caller);

  // execute.cpp
  Flow execute(const Block& block);
  Flow run_node(const TextStatement& node);
  Flow run_node(const PrintStatement& node);
  Flow run_node(const IfStatement& node);
  Flow run_node(const ForStatement& node);
  Flow run_node(const SetStatement& node);
  Flow run_node(const SetBlockStatement& node);
  Flow run_node(const MacroStatement& node);
  Flow run_node(const CallStatement& node);
  Flow run_node(const FilterStatement& node);
  Flow run_node(const WithStatement& node);
  Flow run_node(const BlockStatement& node);
  Flow run_node(const GenerationStatement& node);
  Flow run_node(const BreakStatement&) { return Flow::kBreak; }
  Flow run_node(const ContinueStatement&) { return Flow::kContinue; }
  void assign(const Target& target, const Value& value);
  void emit(std::string_view piece);
  void emit_value(const Value& value);

  // macro.cpp, loop.cpp
  Value make_macro(const MacroBody& body);
  Value call_macro(const MacroBody& body, const std::shared_ptr<Scope>& closure,
                   Arguments arguments);
  void bind_macro(const MacroBody& body, Arguments arguments);
  void bind_rest(const MacroBody& body, Arguments arguments);
  Flow run_loop(const ForStatement& node, const Value& sequence, std::size_t depth);
  Value filtered(const ForStatement& node, const Value& items);

  // Keeps a scope that something still refers to until the rendering ends.
  void release(std::shared_ptr<Scope> scope);

  const Tree& tree_;
  Runtime runtime_;
  std::size_t max_output_bytes_;
  std::size_t line_ = 1;
  std::size_t calls_ = 0;
  bool strict_ = false;
  std::shared_ptr<Scope> root_;
  std::shared_ptr<Scope> scope_;
  std::vector<std::shared_ptr<Scope>> captured_;
  TextBuilder root_output_;
  TextBuilder* output_;
  std::vector<std::pair<std::size_t, std::size_t>> spans_;
};

class Interpreter::Capture {
 public:
  explicit Capture(Interpreter& interpreter)
      : interpreter_(interpreter),
        buffer_(interpreter.runtime_.meter),
        outer_(std::exchange(interpreter.output_, &buffer_)) {}
  ~Capture() { interpreter_.output_ = outer_; }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
  [[nodiscard]] Value finish() { return buffer_.finish(); }

 private:
  Interpreter& interpreter_;
  TextBuilder buffer_;
  TextBuilder* outer_;
};

class Interpreter::InnerScope {
 public:
  InnerScope(Interpreter& interpreter, std::shared_ptr<Scope> parent)
      : interpreter_(interpreter),
        outer_(std::exchange(interpreter.scope_, std::make_shared<Scope>(std::move(parent)))) {}
  ~InnerScope() {
    std::swap(interpreter_.scope_, outer_);
    interpreter_.release(std::move(outer_));
  }
  InnerScope(const InnerScope&) = delete;
  InnerScope& operator=(const InnerScope&) = delete;

 private:
  Interpreter& interpreter_;
  std::shared_ptr<Scope> outer_;
};

class MacroObject : public Object {
 public:
  MacroObject(Interpreter& interpreter, const MacroBody& body, std::shared_ptr<Scope> closure);
  std::string type_name() const override { return "Macro"; }
  bool callable() const override { return true; }
  Value call(Runtime& runtime, Arguments arguments) override;
  Value attribute(Runtime& runtime, std::string_view name) override;
  void clear() override { closure_.reset(); }

 private:
  Interpreter& interpreter_;
  const MacroBody& body_;
  std::shared_ptr<Scope> closure_;
};

// The variable `loop`.
class LoopObject : public Object {
 public:
  LoopObject(Interpreter& interpreter, const ForStatement& node, Value items, std::size_t depth);
  std::string type_name() const override { return "LoopContext"; }
  std::optional<std::size_t> length() const override { return items_.items().size(); }
  bool callable() const override { return true; }
  Value call(Runtime& runtime, Arguments arguments) override;
  Value attribute(Runtime& runtime, std::string_view name) override;
  void append_repr(TextBuilder& out) const override;
  void clear() override;

  void move_to(std::size_t index) { index_ = index; }
  Value cycle(const std::vector<Value>& values) const;
  bool changed(Meter& meter, Value values);

 private:
  Interpreter& interpreter_;
  const ForStatement& node_;
  std::shared_ptr<Scope> scope_;
  Value items_;
  Value last_changed_;
  std::size_t index_ = 0;
  std::size_t depth_;
};

}  // namespace fettle::tokenize::jinja
