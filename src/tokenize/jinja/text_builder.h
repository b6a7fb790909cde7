// Text under construction, charged to the meter before it grows.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "tokenize/jinja/value.h"

namespace fettle::tokenize::jinja {

class TextBuilder {
 public:
  explicit TextBuilder(Meter& meter) : meter_(meter) {}
  ~TextBuilder() { meter_.give(text_.size()); }
  TextBuilder(const TextBuilder&) = delete;
  TextBuilder& operator=(const TextBuilder&) = delete;

  void append(std::string_view piece) {
    charge(piece.size());
    text_ += piece;
  }
  void append(std::size_t count, char character) {
    charge(count);
    text_.append(count, character);
  }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  [[nodiscard]] Meter& meter() noexcept { return meter_; }
  // The text as a value; the builder is empty afterwards.
  [[nodiscard]] Value finish() {
    meter_.give(text_.size());
    std::string done = std::move(text_);
    text_.clear();
    return make_string(&meter_, std::move(done));
  }

 private:
  void charge(std::size_t bytes) {
    meter_.scan(bytes);
    meter_.take(bytes);
  }

  Meter& meter_;
  std::string text_;
};

// Python's str() and repr() of a value. Recursion is bounded by the meter.
void append_text(TextBuilder& out, const Value& value);
void append_repr(TextBuilder& out, const Value& value);
[[nodiscard]] Value to_text(Meter& meter, const Value& value);
// Text with & < > ' " as HTML entities; markup is appended as it is.
void append_escaped(TextBuilder& out, const Value& value);
[[nodiscard]] std::string repr_of_text(std::string_view text);
// repr() of a float: the shortest digits that read back, "1.0", "1e+16", "inf".
[[nodiscard]] std::string repr_of_float(double value);

}  // namespace fettle::tokenize::jinja
