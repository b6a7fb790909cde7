// Objects: values with behaviour. Each kind answers what Python's protocol would ask of it.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tokenize/jinja/text_builder.h"
#include "tokenize/jinja/value.h"

namespace fettle::tokenize::jinja {

struct Arguments {
  std::vector<Value> positional;
  std::vector<std::pair<std::string, Value>> named;
};

// What built-in functions may use of the rendering.
struct Runtime {
  Meter meter;
  std::int64_t unix_time = 0;
  // Objects that can hold references to themselves; emptied when the rendering ends.
  std::vector<std::shared_ptr<Object>> may_cycle;
};

class Object : public Cell, public std::enable_shared_from_this<Object> {
 public:
  using Cell::Cell;
  [[nodiscard]] virtual std::string type_name() const = 0;
  // Python's len(); nothing if the type has none. Counts for truth, too.
  [[nodiscard]] virtual std::optional<std::size_t> length() const { return std::nullopt; }
  [[nodiscard]] virtual bool equals(const Object&) const { return false; }
  // obj.name and obj[key]; missing if there is none.
  [[nodiscard]] virtual Value attribute(Runtime&, std::string_view) { return {}; }
  [[nodiscard]] virtual Value item(Runtime&, const Value&) { return {}; }
  [[nodiscard]] virtual bool has_items() const { return false; }
  [[nodiscard]] virtual bool callable() const { return false; }
  [[nodiscard]] virtual Value call(Runtime& runtime, Arguments arguments);
  // What iterating yields; an iterator is used up by it.
  [[nodiscard]] virtual bool iterable() const { return false; }
  [[nodiscard]] virtual bool reversible() const { return false; }
  [[nodiscard]] virtual std::vector<Value> elements(Runtime&) { return {}; }
  virtual void append_repr(TextBuilder& out) const { out.append("<" + type_name() + ">"); }
  // Drops references that may form a cycle.
  virtual void clear() {}
  // Levels of values below this one. Namespaces, macros and loops count as one level; they are
  // taken apart one by one (Runtime::may_cycle), so that no chain of values ends in deep recursion.
  [[nodiscard]] std::size_t depth() const noexcept { return depth_; }

 protected:
  void holds(const Value& value) { depth_ = std::max(depth_, deeper(nesting_of(value))); }

 private:
  std::size_t depth_ = 1;
};

// range(start, stop, step)
class RangeObject : public Object {
 public:
  struct Bounds {
    std::int64_t start, stop, step;
  };
  // count: how many numbers the bounds hold.
  RangeObject(Meter* meter, Bounds bounds, std::size_t count);
  std::string type_name() const override { return "range"; }
  std::optional<std::size_t> length() const override { return count_; }
  bool equals(const Object& other) const override;
  Value attribute(Runtime& runtime, std::string_view name) override;
  Value item(Runtime& runtime, const Value& key) override;
  bool has_items() const override { return true; }
  bool iterable() const override { return true; }
  bool reversible() const override { return true; }
  std::vector<Value> elements(Runtime& runtime) override;
  void append_repr(TextBuilder& out) const override;
  [[nodiscard]] Value at(std::size_t index) const;
  // The range of the elements first, first + step, ... before last.
  [[nodiscard]] Value slice(Runtime& runtime, std::int64_t first, std::int64_t last,
                            std::int64_t step) const;

 private:
  Bounds bounds_;
  std::size_t count_;
};

// dict.keys(), dict.values(), dict.items()
class ViewObject : public Object {
 public:
  enum class Part { kKeys, kValues, kItems };
  ViewObject(Meter* meter, Value dict, Part part);
  std::string type_name() const override;
  std::optional<std::size_t> length() const override;
  bool equals(const Object& other) const override;
  bool iterable() const override { return true; }
  bool reversible() const override { return true; }
  std::vector<Value> elements(Runtime& runtime) override;
  void append_repr(TextBuilder& out) const override;
  [[nodiscard]] Part part() const { return part_; }

 private:
  Value dict_;
  Part part_;
};

// A lazy sequence (map, select, batch, ...): yields each element once. Its elements are computed
// beforehand; a failure among them is kept and thrown when iteration gets there.
class IteratorObject : public Object {
 public:
  IteratorObject(Meter* meter, std::vector<Value> items, std::optional<Failure> then);
  std::string type_name() const override { return "generator"; }
  bool iterable() const override { return true; }
  std::vector<Value> elements(Runtime& runtime) override;
  // The next element alone; missing at the end.
  [[nodiscard]] Value next();

 private:
  std::vector<Value> items_;
  std::size_t at_ = 0;
  std::optional<Failure> then_;
};

// namespace(): the one value that templates change.
class NamespaceObject : public Object {
 public:
  explicit NamespaceObject(Meter* meter) : Object(meter, sizeof(NamespaceObject)) {}
  std::string type_name() const override { return "Namespace"; }
  Value attribute(Runtime& runtime, std::string_view name) override;
  void append_repr(TextBuilder& out) const override;
  void clear() override { attributes_.clear(); }
  // Refuses names that begin with an underscore.
  void set(Meter& meter, std::string_view name, Value value);

 private:
  std::vector<std::pair<std::string, Value>> attributes_;
};

// Throws Failure past jinja2's sandbox limit of 100,000 numbers, or for a step of 0.
[[nodiscard]] Value make_range(Runtime& runtime, RangeObject::Bounds bounds);
[[nodiscard]] Value make_object(std::shared_ptr<Object> object);
// The elements of anything that Python could iterate, as a list or tuple; throws Failure ("'int'
// object is not iterable").
[[nodiscard]] Value elements_of(Runtime& runtime, const Value& value);
[[nodiscard]] bool is_iterable(const Value& value);
[[nodiscard]] bool is_callable(const Value& value);
[[nodiscard]] Value call_value(Runtime& runtime, const Value& callee, Arguments arguments);
// len(); throws Failure ("object of type 'int' has no len()").
[[nodiscard]] std::size_t length_of(const Value& value);

}  // namespace fettle::tokenize::jinja
