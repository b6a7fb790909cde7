#include "data/balance/seen_rows.h"

#include <cstring>

#include "base/error.h"

namespace fettle::data {

std::string value_of(const Record& record, std::string_view key) {
  if (key == "label") return label_of(record.fields);
  if (key == "source") return std::to_string(record.source);
  for (const Json* const object : {&record.fields, &record.notes}) {
    const Json* const value = find(*object, key);
    if (value == nullptr || value->is_null()) continue;
    return value->is_string() ? value->get<std::string>() : to_text(*value);
  }
  return {};
}

void put_value(std::string_view value, std::string& out) {
  const auto size = static_cast<std::uint32_t>(std::min<std::size_t>(value.size(), 1 << 16));
  out.append(reinterpret_cast<const char*>(&size), sizeof size);
  out += value.substr(0, size);
}

std::string_view take_value(std::string_view& bytes) {
  std::uint32_t size = 0;
  if (bytes.size() < sizeof size) throw InternalError("a row's values were cut off");
  std::memcpy(&size, bytes.data(), sizeof size);
  bytes.remove_prefix(sizeof size);
  if (bytes.size() < size) throw InternalError("a row's values were cut off");
  const std::string_view value = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return value;
}

std::uint32_t Values::number(std::string_view value) {
  const auto [at, fresh] =
      numbers_.try_emplace(std::string(value), static_cast<std::uint32_t>(names_.size()));
  if (fresh) names_.emplace_back(value);
  return at->second;
}

}  // namespace fettle::data
