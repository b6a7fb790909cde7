// Built-in filters, tests, methods and functions: rows of tables, with the parameters that Python
// gives them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tokenize/jinja/object.h"
#include "tokenize/jinja/value.h"

namespace fettle::tokenize::jinja {

// One call of a built-in.
struct Call {
  Runtime& runtime;
  const Value& self;        // the filtered or tested value, or the method's object
  std::vector<Value> args;  // one for each named parameter; missing where nothing was passed
  Arguments more;           // what * and ** caught

  [[nodiscard]] Meter& meter() const { return runtime.meter; }
  [[nodiscard]] const Value& operator[](std::size_t index) const { return args[index]; }
  [[nodiscard]] bool has(std::size_t index) const { return !args[index].missing(); }
  // The argument or what stands in for it.
  [[nodiscard]] Value value_or(std::size_t index, Value otherwise) const;
  // Throws Failure when an argument that is there is no integer.
  [[nodiscard]] std::int64_t integer_or(std::size_t index, std::int64_t otherwise) const;
  // As Python's truth of the argument.
  [[nodiscard]] bool truth_or(std::size_t index, bool otherwise) const;
  // Throws Failure when the argument is no string.
  [[nodiscard]] const std::string& string(std::size_t index) const;
};

struct Builtin {
  std::string_view name;
  // Parameters in order: "width first?" (? optional), "*" and "**" catch the rest, and "/" at the
  // beginning says that none may be named.
  std::string_view parameters;
  Value (*run)(Call&);
};

// The row of that name, or null.
[[nodiscard]] const Builtin* find_row(std::span<const Builtin> rows, std::string_view name);

// Binds the arguments to the row's parameters and runs it. Throws Failure.
[[nodiscard]] Value call_builtin(Runtime& runtime, const Builtin& row, const Value& self,
                                 Arguments arguments);

// A built-in that is bound to its object: 'a'.upper, range.
class BuiltinObject : public Object {
 public:
  BuiltinObject(Meter* meter, const Builtin& row, Value self);
  std::string type_name() const override { return "builtin_function_or_method"; }
  bool callable() const override { return true; }
  Value call(Runtime& runtime, Arguments arguments) override;

 private:
  const Builtin& row_;
  Value self_;
};

[[nodiscard]] std::int64_t require_integer(const Value& value);

// A sequence of results that Python would compute lazily; see IteratorObject.
class LazyBuilder {
 public:
  explicit LazyBuilder(Runtime& runtime) : runtime_(runtime) {}
  void push(Value value);
  // Runs make, which pushes; its failure is kept for whoever iterates that far.
  template <class Make>
  Value run(Make make) {
    std::optional<Failure> failure;
    try {
      make();
    } catch (const Failure& stopped) {
      if (stopped.is_limit()) throw;
      failure = stopped;
    }
    return finish(std::move(failure));
  }

 private:
  Value finish(std::optional<Failure> failure);

  Runtime& runtime_;
  std::vector<Value> items_;
};

}  // namespace fettle::tokenize::jinja
