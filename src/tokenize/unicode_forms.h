// Unicode's normalization forms, with the bookkeeping that the `tokenizers` library keeps of them.
#pragma once

#include <string_view>
#include <vector>

namespace fettle::tokenize {

enum class Form { kNfc, kNfd, kNfkc, kNfkd };

// One character of the new text. change: 0 replaces the next character of the old text, 1 is
// inserted, -n replaces the next one and drops n more.
struct Change {
  char32_t code;
  int change;
};

// False only if the form of `text` (valid UTF-8) is the text itself, judged quickly.
[[nodiscard]] bool may_change(Form form, std::string_view text);

// The form by the tables of Unicode 9.0, which the library's normalizers have.
[[nodiscard]] std::vector<Change> normalized(Form form, std::string_view text);

}  // namespace fettle::tokenize
