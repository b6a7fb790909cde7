// Mojibake: UTF-8 that was read in a single-byte encoding and written again, undone. The method and
// its rules are ftfy's (R. Speer, "ftfy: fixes text for you", 2019), which is the test's oracle.
#pragma once

#include <string>
#include <string_view>

namespace fettle::data::clean {

struct Mojibake {
  std::string text;
  // How the first line that changed was read wrongly: "utf-8 read as windows-1252"; empty: nothing
  // changed.
  std::string what;
};

// Line by line; bytes that are no UTF-8 stay. The work is linear in the text: each undoing of a
// line makes it shorter, and there are at most kMaxRounds.
inline constexpr int kMaxRounds = 12;
[[nodiscard]] Mojibake undo_mojibake(std::string_view text);

}  // namespace fettle::data::clean
