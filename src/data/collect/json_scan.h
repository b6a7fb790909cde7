// Finds where a JSON value ends without building it, so that arrays of any size are cut in bounded
// memory. Brackets and strings alone are looked at; what is between them the parser judges.
#pragma once

#include <cstddef>
#include <string_view>

namespace fettle::data::collect {

class ValueScanner {
 public:
  // Goes on at `at` in `view`. Stops at the first ',' or closing bracket outside the value, which
  // `at` then names (or view.size() when the value goes on); true when it stopped so.
  [[nodiscard]] bool scan(std::string_view view, std::size_t& at);
  void reset() { *this = ValueScanner(); }

 private:
  std::size_t depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
};

// Where the white space from `at` on ends.
[[nodiscard]] std::size_t skip_space(std::string_view view, std::size_t at);

}  // namespace fettle::data::collect
