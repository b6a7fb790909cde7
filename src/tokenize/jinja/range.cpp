#include "base/format.h"
#include "tokenize/jinja/methods.h"
#include "tokenize/jinja/object.h"

namespace fettle::tokenize::jinja {
namespace {

// jinja2.sandbox.MAX_RANGE
constexpr std::uint64_t kMaxRange = 100'000;

std::uint64_t count_in(const RangeObject::Bounds& bounds) {
  const auto& [start, stop, step] = bounds;
  if (step > 0 ? start >= stop : start <= stop) return 0;
  const std::uint64_t distance =
      step > 0 ? static_cast<std::uint64_t>(stop) - static_cast<std::uint64_t>(start)
               : static_cast<std::uint64_t>(start) - static_cast<std::uint64_t>(stop);
  const std::uint64_t width =
      step > 0 ? static_cast<std::uint64_t>(step) : 0 - static_cast<std::uint64_t>(step);
  return (distance - 1) / width + 1;
}

}  // namespace

RangeObject::RangeObject(Meter* meter, Bounds bounds, std::size_t count)
    : Object(meter, sizeof(RangeObject)), bounds_(bounds), count_(count) {}

bool RangeObject::equals(const Object& other) const {
  const auto* range = dynamic_cast<const RangeObject*>(&other);
  if (range == nullptr || range->count_ != count_) return false;
  return count_ == 0 || (range->bounds_.start == bounds_.start &&
                         (count_ == 1 || range->bounds_.step == bounds_.step));
}

Value RangeObject::at(std::size_t index) const {
  return Value::integer(bounds_.start + static_cast<std::int64_t>(index) * bounds_.step);
}

Value RangeObject::attribute(Runtime& runtime, std::string_view name) {
  if (name == "start") return Value::integer(bounds_.start);
  if (name == "stop") return Value::integer(bounds_.stop);
  if (name == "step") return Value::integer(bounds_.step);
  if (name != "count" && name != "index") return {};
  return find_method(runtime, make_list(&runtime.meter, elements(runtime)), name);
}

Value RangeObject::item(Runtime&, const Value& key) {
  if (!key.is_integral()) return {};
  const auto count = static_cast<std::int64_t>(count_);
  const std::int64_t index = key.as_int() < 0 ? key.as_int() + count : key.as_int();
  return index < 0 || index >= count ? Value() : at(static_cast<std::size_t>(index));
}

std::vector<Value> RangeObject::elements(Runtime& runtime) {
  runtime.meter.step(count_);
  std::vector<Value> items;
  items.reserve(count_);
  for (std::size_t i = 0; i < count_; ++i) items.push_back(at(i));
  return items;
}

Value RangeObject::slice(Runtime& runtime, std::int64_t first, std::int64_t last,
                         std::int64_t step) const {
  const auto place = [this](std::int64_t index) { return bounds_.start + index * bounds_.step; };
  std::int64_t stride = 0;
  if (__builtin_mul_overflow(bounds_.step, step, &stride)) {
    throw Failure("the slice's step does not fit into 64 bits");
  }
  return make_range(runtime, {place(first), place(last), stride});
}

void RangeObject::append_repr(TextBuilder& out) const {
  const auto& [start, stop, step] = bounds_;
  out.append(step == 1 ? text("range({}, {})", start, stop)
                       : text("range({}, {}, {})", start, stop, step));
}

Value make_range(Runtime& runtime, RangeObject::Bounds bounds) {
  if (bounds.step == 0) throw Failure("range() arg 3 must not be zero");
  const std::uint64_t count = count_in(bounds);
  if (count > kMaxRange) {
    throw Failure(text("range of {} numbers is too big; the sandbox allows {}", count, kMaxRange));
  }
  return make_object(std::make_shared<RangeObject>(&runtime.meter, bounds, count));
}

}  // namespace fettle::tokenize::jinja
