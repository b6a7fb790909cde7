// Which language a text is in, by CLD2 (D. Sites, "Compact Language Detector 2", 2013): quadgrams
// for alphabets, single characters for Chinese, Japanese and Korean; 83 languages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/fields.h"

namespace fettle::data::clean {

struct Language {
  std::string code;  // ISO 639-1 where there is one, "zh-Hant" for traditional Chinese, "und"
  double share = 0;  // of the text's letters, in [0, 1]
  bool reliable = false;
};

// The language of most of the text. Reads at most kLanguageBytes of it: more change nothing. A byte
// that is no UTF-8 ends what is read.
inline constexpr std::size_t kLanguageBytes = 16384;
[[nodiscard]] Language language_of(std::string_view text);

struct LanguageConfig {
  std::vector<std::string> keep;
  std::vector<std::string> drop;
  double min_share = 0.65;
  bool only_reliable = false;

  template <class Visitor>
  void fields(Visitor& v) {
    v("keep", keep, {.help = "codes of the languages to keep (en, de, zh); empty: all"});
    v("drop", drop, {.help = "codes of languages to drop"});
    v("min_share", min_share,
      {.min = 0,
       .max = 1,
       .help = "share of the text that must be in the language, as a text of a kept one"});
    v("only_reliable", only_reliable, {.help = "drop texts too short or mixed to tell"});
  }
};

}  // namespace fettle::data::clean
