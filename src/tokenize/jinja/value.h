// The values of a template: Python's None, bool, int (64 bits), float, str, list, tuple and dict,
// jinja2's undefined, and objects (functions, macros, loops, namespaces). Values are immutable
// and cheap to copy; only objects hold state.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tokenize/jinja/meter.h"

namespace fettle::tokenize::jinja {

enum class Kind : std::uint8_t {
  kMissing,  // no value: an argument that was not passed, a name that was not set
  kUndefined,
  kNone,
  kBool,
  kInt,
  kFloat,
  kString,
  kList,
  kTuple,
  kDict,
  kObject,
};

// What a value points to. Gives its bytes back to the meter it was charged to.
class Cell {
 public:
  Cell(Meter* meter, std::size_t bytes);  // throws LimitFailure; meter may be null
  virtual ~Cell();
  Cell(const Cell&) = delete;
  Cell& operator=(const Cell&) = delete;

 protected:
  Meter* meter_;
  std::size_t bytes_;
};

struct StringCell;
struct SequenceCell;
struct DictCell;
struct UndefinedCell;
class Object;

class Value {
 public:
  Value() = default;
  static Value none() { return Value(Kind::kNone); }
  static Value boolean(bool value);
  static Value integer(std::int64_t value);
  static Value real(double value);
  Value(Kind kind, std::shared_ptr<const Cell> cell) : kind_(kind), cell_(std::move(cell)) {}

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] bool is(Kind kind) const noexcept { return kind_ == kind; }
  [[nodiscard]] bool missing() const noexcept { return kind_ == Kind::kMissing; }
  [[nodiscard]] bool undefined() const noexcept { return kind_ == Kind::kUndefined; }
  [[nodiscard]] bool is_sequence() const noexcept {
    return kind_ == Kind::kList || kind_ == Kind::kTuple;
  }
  // bool counts as an integer, as in Python.
  [[nodiscard]] bool is_integral() const noexcept {
    return kind_ == Kind::kInt || kind_ == Kind::kBool;
  }
  [[nodiscard]] bool is_number() const noexcept { return is_integral() || kind_ == Kind::kFloat; }

  // The caller has checked the kind.
  [[nodiscard]] bool as_bool() const noexcept { return bits_.integer != 0; }
  [[nodiscard]] std::int64_t as_int() const noexcept { return bits_.integer; }
  [[nodiscard]] double as_float() const noexcept { return bits_.real; }
  [[nodiscard]] double number() const noexcept {
    return kind_ == Kind::kFloat ? bits_.real : static_cast<double>(bits_.integer);
  }
  [[nodiscard]] const std::string& str() const noexcept;
  [[nodiscard]] const StringCell& string_cell() const noexcept;
  [[nodiscard]] const std::vector<Value>& items() const noexcept;
  [[nodiscard]] const SequenceCell& sequence_cell() const noexcept;
  [[nodiscard]] const DictCell& dict() const noexcept;
  [[nodiscard]] const std::string& undefined_message() const noexcept;
  // Objects are the only cells with state.
  [[nodiscard]] Object& object() const noexcept;
  [[nodiscard]] const Cell* cell() const noexcept { return cell_.get(); }
  [[nodiscard]] const std::shared_ptr<const Cell>& shared() const noexcept { return cell_; }

 private:
  explicit Value(Kind kind) : kind_(kind) {}

  Kind kind_ = Kind::kMissing;
  union {
    std::int64_t integer = 0;
    double real;
  } bits_;
  std::shared_ptr<const Cell> cell_;
};

struct StringCell : Cell {
  StringCell(Meter* meter, std::string&& value);
  std::string text;        // UTF-8
  std::size_t characters;  // code points; equal to text.size() for ASCII
  bool is_markup = false;  // made by safe or escape: adding plain text escapes that text
  [[nodiscard]] bool ascii() const noexcept { return characters == text.size(); }
};

struct SequenceCell : Cell {
  SequenceCell(Meter* meter, std::vector<Value>&& values);
  std::vector<Value> items;
  std::size_t depth;      // levels of containers, this one included
  bool is_group = false;  // a row of groupby: has the attributes grouper and list
};

struct DictCell : Cell {
  using Items = std::vector<std::pair<Value, Value>>;
  DictCell(Meter* meter, Items&& entries);
  // Keys are unique; see DictBuilder.
  [[nodiscard]] const Value* find(const Value& key) const;
  [[nodiscard]] const Value* find(std::string_view key) const;

  Items items;  // in order of insertion
  std::size_t depth;

 private:
  static constexpr std::size_t kLinear = 12;
  std::unordered_multimap<std::size_t, std::uint32_t> index_;  // only past kLinear entries
};

struct UndefinedCell : Cell {
  UndefinedCell(Meter* meter, std::string&& why);
  std::string message;  // of the error that using the value raises
};

// Values with these make_ functions are charged to the meter; a null meter is for constants of a
// parsed template. Containers nested past kMaxValueDepth are refused.
inline constexpr std::size_t kMaxValueDepth = 128;
[[nodiscard]] std::size_t nesting_of(const Value& value);
[[nodiscard]] std::size_t deeper(std::size_t nesting);  // one more; throws LimitFailure
[[nodiscard]] Value make_string(Meter* meter, std::string value);
// Text that counts as HTML already (markupsafe's Markup).
[[nodiscard]] Value make_markup(Meter* meter, std::string value);
[[nodiscard]] bool is_markup(const Value& value);
// The result of an operation on `source`: markup if both are text and source is markup.
[[nodiscard]] Value as_markup_like(Meter* meter, const Value& source, Value result);
[[nodiscard]] Value make_list(Meter* meter, std::vector<Value> items);
[[nodiscard]] Value make_tuple(Meter* meter, std::vector<Value> items);
[[nodiscard]] Value make_undefined(Meter* meter, std::string message);

// Collects entries of a dict; a key that comes again keeps its place and takes the new value.
class DictBuilder {
 public:
  explicit DictBuilder(Meter* meter) : meter_(meter) {}
  // Throws Failure on keys that Python cannot hash.
  void set(const Value& key, Value value);
  [[nodiscard]] Value finish();

 private:
  Meter* meter_;
  DictCell::Items items_;
  std::unordered_multimap<std::size_t, std::uint32_t> index_;
};

[[nodiscard]] bool truthy(const Value& value);
// Python's == (1 == 1.0 == True).
[[nodiscard]] bool equal(Meter& meter, const Value& a, const Value& b);
// -1, 0, 1, or 2 for values that no order holds between (NaN); throws Failure as Python does
// ("'<' not supported between instances of 'str' and 'int'").
[[nodiscard]] int compare(Meter& meter, const Value& a, const Value& b, std::string_view symbol);
// Equality without a meter, for the few comparisons of a lookup by hash.
[[nodiscard]] bool same_key(const Value& a, const Value& b);
[[nodiscard]] std::size_t hash_of_text(std::string_view value);
[[nodiscard]] std::size_t hash_of(const Value& value);  // throws Failure: unhashable
// Python's type name: "str", "NoneType", "Undefined".
[[nodiscard]] std::string type_name(const Value& value);
// Throws Failure with the undefined value's own message; does nothing for other values.
void refuse_undefined(const Value& value);

}  // namespace fettle::tokenize::jinja
