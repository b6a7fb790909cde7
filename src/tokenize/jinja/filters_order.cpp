// Filters that sort, group and pick by order.
#include <algorithm>
#include <array>

#include "base/format.h"
#include "tokenize/jinja/filters.h"
#include "tokenize/jinja/unicode.h"

namespace fettle::tokenize::jinja {
namespace {

using Keyed = std::vector<std::pair<Value, Value>>;  // sort key, item

Value ignore_case(Meter& meter, const Value& value) {
  if (!value.is(Kind::kString)) return value;
  meter.scan(value.str().size());
  return make_string(&meter, to_lower(value.str()));
}

Value key_of(Call& call, const Value& item, const Value& path, bool case_sensitive) {
  const Value key = look_up_path(call.runtime, item, path);
  return case_sensitive ? key : ignore_case(call.meter(), key);
}

void sort_keyed(Meter& meter, Keyed& rows, bool reverse) {
  if (reverse) std::ranges::reverse(rows);
  sort_pairs(meter, rows);
  if (reverse) std::ranges::reverse(rows);
}

Value items_only(Call& call, const Keyed& rows) {
  std::vector<Value> items;
  items.reserve(rows.size());
  for (const auto& [key, item] : rows) items.push_back(item);
  return make_list(&call.meter(), std::move(items));
}

// "a,b.c" sorts by several attributes.
Value sort_key(Call& call, const Value& item, const Value& paths, bool case_sensitive) {
  std::vector<Value> keys;
  if (!paths.is(Kind::kString)) {
    keys.push_back(key_of(call, item, paths, case_sensitive));
    return make_list(&call.meter(), std::move(keys));
  }
  std::string_view rest = paths.str();
  while (true) {
    const std::size_t comma = rest.find(',');
    const Value path = make_string(&call.meter(), std::string(rest.substr(0, comma)));
    keys.push_back(key_of(call, item, path, case_sensitive));
    if (comma == std::string_view::npos) break;
    rest = rest.substr(comma + 1);
  }
  return make_list(&call.meter(), std::move(keys));
}

Value sort_filter(Call& call) {
  const Value items = elements_of(call.runtime, call.self);
  const bool case_sensitive = call.truth_or(1, false);
  const Value paths = call.value_or(2, Value::none());
  Keyed rows;
  for (const Value& item : items.items()) {
    rows.emplace_back(sort_key(call, item, paths, case_sensitive), item);
  }
  sort_keyed(call.meter(), rows, call.truth_or(0, false));
  return items_only(call, rows);
}

Value dictsort_filter(Call& call) {
  refuse_undefined(call.self);
  const std::string by = call.has(1) ? call.string(1) : "key";
  if (by != "key" && by != "value") throw Failure("you can only sort by either 'key' or 'value'");
  if (!call.self.is(Kind::kDict)) {
    throw Failure(text("'{}' object has no attribute 'items'", type_name(call.self)));
  }
  const bool case_sensitive = call.truth_or(0, false);
  Keyed rows;
  for (const auto& [key, value] : call.self.dict().items) {
    const Value& sorted = by == "key" ? key : value;
    rows.emplace_back(case_sensitive ? sorted : ignore_case(call.meter(), sorted),
                      make_tuple(&call.meter(), {key, value}));
  }
  sort_keyed(call.meter(), rows, call.truth_or(2, false));
  return items_only(call, rows);
}

Value unique_filter(Call& call) {
  LazyBuilder result(call.runtime);
  return result.run([&] {
    const Value items = elements_of(call.runtime, call.self);
    const bool case_sensitive = call.truth_or(0, false);
    std::unordered_multimap<std::size_t, Value> seen;
    for (const Value& item : items.items()) {
      const Value key = key_of(call, item, call.value_or(1, Value::none()), case_sensitive);
      const std::size_t hash = hash_of(key);
      const auto [begin, end] = seen.equal_range(hash);
      const bool known = std::any_of(
          begin, end, [&](const auto& row) { return equal(call.meter(), row.second, key); });
      if (known) continue;
      seen.emplace(hash, key);
      result.push(item);
    }
  });
}

template <int kWanted>
Value extreme_filter(Call& call) {
  const Value items = elements_of(call.runtime, call.self);
  if (items.items().empty()) {
    return make_undefined(&call.meter(), "no aggregated item, the sequence was empty");
  }
  const bool case_sensitive = call.truth_or(0, false);
  const Value path = call.value_or(1, Value::none());
  const Value* best = nullptr;
  Value best_key;
  for (const Value& item : items.items()) {
    Value key = key_of(call, item, path, case_sensitive);
    if (best == nullptr ||
        compare(call.meter(), key, best_key, kWanted < 0 ? "<" : ">") == kWanted) {
      best = &item;
      best_key = std::move(key);
    }
  }
  return *best;
}

Value group_row(Call& call, Value name, std::vector<Value> members) {
  auto row = std::make_shared<SequenceCell>(
      &call.meter(),
      std::vector<Value>{std::move(name), make_list(&call.meter(), std::move(members))});
  row->is_group = true;
  return {Kind::kTuple, std::move(row)};
}

Value groupby_filter(Call& call) {
  const Value items = elements_of(call.runtime, call.self);
  const bool case_sensitive = call.truth_or(2, false);
  const auto shown_key = [&](const Value& item) {
    const Value key = look_up_path(call.runtime, item, call[0]);
    const bool has_default = call.has(1) && !call[1].is(Kind::kNone);
    return key.undefined() && has_default ? call[1] : key;
  };
  Keyed rows;
  for (const Value& item : items.items()) {
    const Value key = shown_key(item);
    rows.emplace_back(case_sensitive ? key : ignore_case(call.meter(), key), item);
  }
  sort_keyed(call.meter(), rows, false);
  std::vector<Value> groups;
  for (std::size_t begin = 0; begin < rows.size();) {
    std::vector<Value> members;
    std::size_t end = begin;
    while (end < rows.size() && equal(call.meter(), rows[begin].first, rows[end].first)) {
      members.push_back(rows[end++].second);
    }
    groups.push_back(group_row(call, shown_key(rows[begin].second), std::move(members)));
    begin = end;
  }
  return make_list(&call.meter(), std::move(groups));
}

constexpr std::array kOrderFilters = {
    Builtin{"sort", "reverse? case_sensitive? attribute?", sort_filter},
    Builtin{"dictsort", "case_sensitive? by? reverse?", dictsort_filter},
    Builtin{"unique", "case_sensitive? attribute?", unique_filter},
    Builtin{"min", "case_sensitive? attribute?", extreme_filter<-1>},
    Builtin{"max", "case_sensitive? attribute?", extreme_filter<1>},
    Builtin{"groupby", "attribute default? case_sensitive?", groupby_filter},
};

}  // namespace

void sort_pairs(Meter& meter, std::vector<std::pair<Value, Value>>& rows) {
  Keyed merged;
  for (std::size_t width = 1; width < rows.size(); width *= 2) {
    merged.clear();
    meter.step(rows.size());
    for (std::size_t begin = 0; begin < rows.size(); begin += 2 * width) {
      const std::size_t middle = std::min(begin + width, rows.size());
      const std::size_t end = std::min(begin + 2 * width, rows.size());
      std::size_t left = begin;
      std::size_t right = middle;
      while (left < middle || right < end) {
        const bool take_right =
            left == middle ||
            (right < end && compare(meter, rows[right].first, rows[left].first, "<") == -1);
        merged.push_back(rows[take_right ? right++ : left++]);
      }
    }
    rows.swap(merged);
  }
}

std::span<const Builtin> order_filters() { return kOrderFilters; }

}  // namespace fettle::tokenize::jinja
