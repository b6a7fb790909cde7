// Lines of web pages that are no text: menus, counters, buttons, notices. Rules of C4 (Raffel et
// al. 2020) and of RefinedWeb (Penedo et al. 2023, arxiv.org/abs/2306.01116, appendix G.2).
#pragma once

#include <string>
#include <string_view>

#include "base/fields.h"
#include "data/stage.h"

namespace fettle::data::clean {

struct LinesConfig {
  bool policy = true;
  bool capitals = true;
  bool digits = true;
  bool counters = true;
  bool one_word = true;
  bool buttons = true;
  double max_removed_words = 0.05;

  template <class Visitor>
  void fields(Visitor& v) {
    v("policy", policy, {.help = "remove lines on cookies, privacy and terms of use (C4)"});
    v("capitals", capitals, {.help = "remove lines that are mainly capitals (RefinedWeb)"});
    v("digits", digits, {.help = "remove lines of digits alone (RefinedWeb)"});
    v("counters", counters, {.help = "remove lines such as \"3 likes\" (RefinedWeb)"});
    v("one_word", one_word, {.help = "remove lines of one word (RefinedWeb)"});
    v("buttons", buttons,
      {.help = "remove lines of ten words or less that begin with \"sign in\", end with \"read "
               "more...\" or hold \"items in cart\" (RefinedWeb)"});
    v("max_removed_words", max_removed_words,
      {.min = 0, .help = "share of words in removed lines above which a row is dropped; 0: any"});
  }
};

// Why the line is no text; empty: it may be.
[[nodiscard]] std::string_view boilerplate(std::string_view line, const LinesConfig& config);

// Changes `text` to the lines that are left.
[[nodiscard]] Verdict remove_boilerplate(std::string& text, const LinesConfig& config);

}  // namespace fettle::data::clean
