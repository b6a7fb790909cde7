#include "tokenize/json_field.h"

namespace fettle::tokenize {
namespace {

// Long values are cut: an error is one readable line.
std::string shown_value(const Json& value) {
  constexpr std::size_t kMost = 80;
  if (value.is_array()) return text("an array of {}", value.size());
  if (value.is_object()) return text("an object of {} keys", value.size());
  std::string shown = to_text(value);
  if (shown.size() <= kMost) return shown;
  std::size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(shown[end]) & 0xC0) == 0x80) --end;
  return shown.substr(0, end) + "...";
}

}  // namespace

std::string JsonField::where() const {
  return path_.empty() ? file_ : text("{}: {}", file_, path_);
}

void JsonField::refuse(std::string_view allowed) const {
  throw DataError("{} is {}; {}", path_.empty() ? text("{}: the document", file_) : where(),
                  shown_value(*value_), allowed);
}

JsonField JsonField::at(std::string_view key) const {
  if (!value_->is_object()) refuse("an object is expected");
  const Json* found = find(*value_, key);
  const std::string path = path_.empty() ? std::string(key) : text("{}.{}", path_, key);
  if (found == nullptr) {
    throw DataError("{}: the key {} is missing; a complete tokenizer.json has it", file_, path);
  }
  return {*found, file_, path};
}

std::optional<JsonField> JsonField::get(std::string_view key) const {
  if (!value_->is_object()) refuse("an object is expected");
  const Json* found = find(*value_, key);
  if (found == nullptr || found->is_null()) return std::nullopt;
  return JsonField(*found, file_, path_.empty() ? std::string(key) : text("{}.{}", path_, key));
}

JsonField JsonField::element(std::size_t index, const Json& value) const {
  return {value, file_, text("{}[{}]", path_, index)};
}

std::string JsonField::string() const {
  if (!value_->is_string()) refuse("a string is expected");
  return value_->get<std::string>();
}

bool JsonField::boolean() const {
  if (!value_->is_boolean()) refuse("true or false is expected");
  return value_->get<bool>();
}

bool JsonField::boolean_or(std::string_view key, bool otherwise) const {
  const std::optional<JsonField> field = get(key);
  return field ? field->boolean() : otherwise;
}

std::int64_t JsonField::number(std::int64_t most) const {
  // Numbers of fettle's own documents are signed, those that were parsed unsigned.
  const bool small = value_->is_number_unsigned()
                         ? value_->get<std::uint64_t>() <= static_cast<std::uint64_t>(most)
                         : value_->is_number_integer() && value_->get<std::int64_t>() >= 0 &&
                               value_->get<std::int64_t>() <= most;
  if (!small) refuse(text("an integer from 0 to {} is expected", most));
  return value_->get<std::int64_t>();
}

const Json& JsonField::array() const {
  if (!value_->is_array()) refuse("an array is expected");
  return *value_;
}

const Json& JsonField::object() const {
  if (!value_->is_object()) refuse("an object is expected");
  return *value_;
}

}  // namespace fettle::tokenize
