#include "tokenize/jinja/value.h"

#include <algorithm>

#include "base/format.h"
#include "tokenize/jinja/object.h"
#include "tokenize/jinja/unicode.h"

namespace fettle::tokenize::jinja {

std::size_t nesting_of(const Value& value) {
  if (value.is_sequence()) return value.sequence_cell().depth;
  if (value.is(Kind::kDict)) return value.dict().depth;
  return value.is(Kind::kObject) ? value.object().depth() : 0;
}

std::size_t deeper(std::size_t nesting) {
  if (nesting >= kMaxValueDepth) {
    throw LimitFailure(
        text("lists and dicts are nested deeper than {} levels; flatten them", kMaxValueDepth));
  }
  return nesting + 1;
}

Cell::Cell(Meter* meter, std::size_t bytes) : meter_(meter), bytes_(bytes) {
  if (meter_ != nullptr) meter_->take(bytes_);
}

Cell::~Cell() {
  if (meter_ != nullptr) meter_->give(bytes_);
}

StringCell::StringCell(Meter* meter, std::string&& value)
    : Cell(meter, sizeof(StringCell) + value.size()),
      text(std::move(value)),
      characters(count_characters(text)) {}

SequenceCell::SequenceCell(Meter* meter, std::vector<Value>&& values)
    : Cell(meter, sizeof(SequenceCell) + values.size() * sizeof(Value)), items(std::move(values)) {
  std::size_t inner = 0;
  for (const Value& item : items) inner = std::max(inner, nesting_of(item));
  depth = deeper(inner);
}

DictCell::DictCell(Meter* meter, Items&& entries)
    : Cell(meter, sizeof(DictCell) + entries.size() * (2 * sizeof(Value) + 64)),
      items(std::move(entries)) {
  std::size_t inner = 0;
  for (const auto& [key, value] : items) {
    inner = std::max({inner, nesting_of(key), nesting_of(value)});
  }
  depth = deeper(inner);
  if (items.size() <= kLinear) return;
  index_.reserve(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    index_.emplace(hash_of(items[i].first), static_cast<std::uint32_t>(i));
  }
}

const Value* DictCell::find(const Value& key) const {
  if (items.size() <= kLinear) {
    for (const auto& [name, value] : items) {
      if (same_key(name, key)) return &value;
    }
    return nullptr;
  }
  const auto [begin, end] = index_.equal_range(hash_of(key));
  for (auto it = begin; it != end; ++it) {
    if (same_key(items[it->second].first, key)) return &items[it->second].second;
  }
  return nullptr;
}

const Value* DictCell::find(std::string_view key) const {
  if (items.size() <= kLinear) {
    for (const auto& [name, value] : items) {
      if (name.is(Kind::kString) && name.str() == key) return &value;
    }
    return nullptr;
  }
  const auto [begin, end] = index_.equal_range(hash_of_text(key));
  for (auto it = begin; it != end; ++it) {
    const Value& name = items[it->second].first;
    if (name.is(Kind::kString) && name.str() == key) return &items[it->second].second;
  }
  return nullptr;
}

UndefinedCell::UndefinedCell(Meter* meter, std::string&& why)
    : Cell(meter, sizeof(UndefinedCell) + why.size()), message(std::move(why)) {}

Value Value::boolean(bool value) {
  Value result(Kind::kBool);
  result.bits_.integer = value ? 1 : 0;
  return result;
}

Value Value::integer(std::int64_t value) {
  Value result(Kind::kInt);
  result.bits_.integer = value;
  return result;
}

Value Value::real(double value) {
  Value result(Kind::kFloat);
  result.bits_.real = value;
  return result;
}

const StringCell& Value::string_cell() const noexcept {
  return static_cast<const StringCell&>(*cell_);
}
const std::string& Value::str() const noexcept { return string_cell().text; }
const SequenceCell& Value::sequence_cell() const noexcept {
  return static_cast<const SequenceCell&>(*cell_);
}
const std::vector<Value>& Value::items() const noexcept { return sequence_cell().items; }
const DictCell& Value::dict() const noexcept { return static_cast<const DictCell&>(*cell_); }
const std::string& Value::undefined_message() const noexcept {
  return static_cast<const UndefinedCell&>(*cell_).message;
}
Object& Value::object() const noexcept {
  return const_cast<Object&>(static_cast<const Object&>(*cell_));
}

Value make_string(Meter* meter, std::string value) {
  if (meter != nullptr) meter->scan(value.size());
  return {Kind::kString, std::make_shared<StringCell>(meter, std::move(value))};
}

Value make_markup(Meter* meter, std::string value) {
  if (meter != nullptr) meter->scan(value.size());
  auto cell = std::make_shared<StringCell>(meter, std::move(value));
  cell->is_markup = true;
  return {Kind::kString, std::move(cell)};
}

bool is_markup(const Value& value) {
  return value.is(Kind::kString) && value.string_cell().is_markup;
}

Value as_markup_like(Meter* meter, const Value& source, Value result) {
  if (!is_markup(source) || !result.is(Kind::kString) || is_markup(result)) return result;
  return make_markup(meter, result.str());
}

Value make_list(Meter* meter, std::vector<Value> items) {
  if (meter != nullptr) meter->step(items.size() + 1);
  return {Kind::kList, std::make_shared<SequenceCell>(meter, std::move(items))};
}

Value make_tuple(Meter* meter, std::vector<Value> items) {
  if (meter != nullptr) meter->step(items.size() + 1);
  return {Kind::kTuple, std::make_shared<SequenceCell>(meter, std::move(items))};
}

Value make_undefined(Meter* meter, std::string message) {
  return {Kind::kUndefined, std::make_shared<UndefinedCell>(meter, std::move(message))};
}

void DictBuilder::set(const Value& key, Value value) {
  if (meter_ != nullptr) meter_->step();
  const std::size_t hash = hash_of(key);
  const auto [begin, end] = index_.equal_range(hash);
  for (auto it = begin; it != end; ++it) {
    if (same_key(items_[it->second].first, key)) {
      items_[it->second].second = std::move(value);
      return;
    }
  }
  index_.emplace(hash, static_cast<std::uint32_t>(items_.size()));
  items_.emplace_back(key, std::move(value));
}

Value DictBuilder::finish() {
  index_.clear();
  return {Kind::kDict, std::make_shared<DictCell>(meter_, std::move(items_))};
}

}  // namespace fettle::tokenize::jinja
