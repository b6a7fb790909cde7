#include <type_traits>
#include <utility>

#include "base/error.h"
#include "tensor/gguf.h"
#include "tensor/gguf_parse.h"
#include "tensor/shown.h"

namespace fettle::tensor {
namespace {

std::string_view kind_name(const GgufValue& value) {
  static constexpr std::string_view kNames[] = {"a boolean",
                                                "a whole number",
                                                "a whole number",
                                                "a number",
                                                "text",
                                                "a list of booleans",
                                                "a list of whole numbers",
                                                "a list of whole numbers",
                                                "a list of numbers",
                                                "a list of texts"};
  static_assert(std::size(kNames) == std::variant_size_v<GgufValue>);
  return kNames[value.index()];
}

const GgufValue* value_at(const GgufFile& file, std::string_view key) {
  const auto found = file.metadata().find(std::string(key));
  return found == file.metadata().end() ? nullptr : &found->second;
}

[[noreturn]] void refuse_value(const GgufFile& file, std::string_view key, const GgufValue& value,
                               std::string_view expected) {
  throw ModelError("{}: \"{}\" is {}; {} was expected: convert the model again", file.path(),
                   shown(key), kind_name(value), expected);
}

// Unsigned values over 2^63 - 1 have no place in the signed numbers that fettle works with.
std::int64_t signed_value(const GgufFile& file, std::string_view key, std::uint64_t value) {
  if (!std::in_range<std::int64_t>(value)) {
    throw ModelError("{}: \"{}\" is {}; at most {} is allowed", file.path(), shown(key), value,
                     std::int64_t{INT64_MAX});
  }
  return static_cast<std::int64_t>(value);
}

}  // namespace

GgufFile::GgufFile(const fs::path& path) : file_(std::make_shared<const MappedFile>(path)) {
  GgufContents contents = parse_gguf(file_->bytes(), path.native());
  metadata_ = std::move(contents.metadata);
  tensors_ = std::move(contents.tensors);
}

const GgufTensor* GgufFile::find(std::string_view name) const {
  for (const GgufTensor& tensor : tensors_) {
    if (tensor.name == name) return &tensor;
  }
  return nullptr;
}

std::optional<std::string> GgufFile::text(std::string_view key) const {
  const GgufValue* value = value_at(*this, key);
  if (value == nullptr) return std::nullopt;
  if (const auto* found = std::get_if<std::string>(value)) return *found;
  refuse_value(*this, key, *value, "text");
}

std::optional<std::int64_t> GgufFile::integer(std::string_view key) const {
  const GgufValue* value = value_at(*this, key);
  if (value == nullptr) return std::nullopt;
  if (const auto* found = std::get_if<std::int64_t>(value)) return *found;
  if (const auto* found = std::get_if<std::uint64_t>(value)) {
    return signed_value(*this, key, *found);
  }
  refuse_value(*this, key, *value, "a whole number");
}

std::optional<double> GgufFile::number(std::string_view key) const {
  const GgufValue* value = value_at(*this, key);
  if (value == nullptr) return std::nullopt;
  if (const auto* found = std::get_if<double>(value)) return *found;
  if (const auto* found = std::get_if<std::int64_t>(value)) return static_cast<double>(*found);
  if (const auto* found = std::get_if<std::uint64_t>(value)) return static_cast<double>(*found);
  refuse_value(*this, key, *value, "a number");
}

std::optional<bool> GgufFile::boolean(std::string_view key) const {
  const GgufValue* value = value_at(*this, key);
  if (value == nullptr) return std::nullopt;
  if (const auto* found = std::get_if<bool>(value)) return *found;
  refuse_value(*this, key, *value, "a boolean");
}

std::vector<std::string> GgufFile::texts(std::string_view key) const {
  const GgufValue* value = value_at(*this, key);
  if (value == nullptr) return {};
  if (const auto* found = std::get_if<std::vector<std::string>>(value)) return *found;
  refuse_value(*this, key, *value, "a list of texts");
}

std::vector<std::int64_t> GgufFile::integers(std::string_view key) const {
  const GgufValue* value = value_at(*this, key);
  if (value == nullptr) return {};
  if (const auto* found = std::get_if<std::vector<std::int64_t>>(value)) return *found;
  if (const auto* found = std::get_if<std::vector<std::uint64_t>>(value)) {
    std::vector<std::int64_t> out;
    out.reserve(found->size());
    for (const std::uint64_t item : *found) out.push_back(signed_value(*this, key, item));
    return out;
  }
  refuse_value(*this, key, *value, "a list of whole numbers");
}

std::vector<double> GgufFile::numbers(std::string_view key) const {
  const GgufValue* value = value_at(*this, key);
  if (value == nullptr) return {};
  if (const auto* found = std::get_if<std::vector<double>>(value)) return *found;
  if (std::holds_alternative<std::vector<std::int64_t>>(*value) ||
      std::holds_alternative<std::vector<std::uint64_t>>(*value)) {
    std::vector<double> out;
    for (const std::int64_t item : integers(key)) out.push_back(static_cast<double>(item));
    return out;
  }
  refuse_value(*this, key, *value, "a list of numbers");
}

}  // namespace fettle::tensor
