// Repairs of text. Each is a pure function; repair() runs those that a config names, in the one
// order in which they do not undo each other, and says which of them changed something.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/fields.h"

namespace fettle::data::clean {

struct RepairConfig {
  bool surrogates = true;
  bool markup = false;
  bool entities = true;
  bool mojibake = true;
  bool controls = true;
  bool nfc = true;
  bool white_space = true;
  bool single_spaces = false;

  template <class Visitor>
  void fields(Visitor& v) {
    v("surrogates", surrogates,
      {.help = "join the halves of surrogate pairs (CESU-8 bytes, \\ud83d\\ude00 as text); bytes "
               "that are no UTF-8 become U+FFFD"});
    v("markup", markup, {.help = "remove HTML tags, comments, scripts and styles"});
    v("entities", entities,
      {.help = "read &eacute; and &#233; as characters, unless the text holds HTML tags"});
    v("mojibake", mojibake, {.help = "undo UTF-8 that was read in a single-byte encoding"});
    v("controls", controls,
      {.help = "remove control characters, terminal escapes, byte order marks"});
    v("nfc", nfc, {.help = "compose characters (Unicode's NFC)"});
    v("white_space", white_space,
      {.help = "one kind of line end and of space, none at line ends, two line ends at most"});
    v("single_spaces", single_spaces,
      {.help = "runs of spaces within a line become one; spoils code"});
  }
};

// What was repaired, in order: {"mojibake", "white space"}.
using Repairs = std::vector<std::string_view>;

[[nodiscard]] Repairs repair(std::string& text, const RepairConfig& config);

[[nodiscard]] std::string with_surrogates_joined(std::string_view text);
[[nodiscard]] std::string without_markup(std::string_view text);
[[nodiscard]] std::string without_controls(std::string_view text);
[[nodiscard]] std::string composed(std::string_view text);  // NFC
// Has with_plain_spaces() nothing to do? It may also say no where that is so.
[[nodiscard]] bool has_plain_spaces(std::string_view text, bool single_spaces);
[[nodiscard]] std::string with_plain_spaces(std::string_view text, bool single_spaces);

}  // namespace fettle::data::clean
