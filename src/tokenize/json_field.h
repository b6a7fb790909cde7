// Reading a tokenizer's JSON key by key, so that each error names file, key, value and what is
// allowed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json.h"

namespace fettle::tokenize {

// A value and the way to it. Points into the document, which must outlive it.
class JsonField {
 public:
  JsonField(const Json& value, std::string file, std::string path = "")
      : value_(&value), file_(std::move(file)), path_(std::move(path)) {}

  [[nodiscard]] const Json& value() const { return *value_; }
  // "models/x/tokenizer.json: model.vocab"
  [[nodiscard]] std::string where() const;

  // The member of an object; throws when it is absent.
  [[nodiscard]] JsonField at(std::string_view key) const;
  // Nothing where the member is absent or null.
  [[nodiscard]] std::optional<JsonField> get(std::string_view key) const;
  // Element of an array, or member i of an object.
  [[nodiscard]] JsonField element(std::size_t index, const Json& value) const;

  [[nodiscard]] std::string string() const;
  [[nodiscard]] bool boolean() const;
  [[nodiscard]] bool boolean_or(std::string_view key, bool otherwise) const;
  // An integer from 0 to `most`.
  [[nodiscard]] std::int64_t number(std::int64_t most) const;
  [[nodiscard]] const Json& array() const;
  [[nodiscard]] const Json& object() const;
  [[nodiscard]] std::string type() const { return at("type").string(); }

  // "FILE: KEY is VALUE; `allowed`"
  [[noreturn]] void refuse(std::string_view allowed) const;

 private:
  const Json* value_;
  std::string file_;
  std::string path_;
};

}  // namespace fettle::tokenize
