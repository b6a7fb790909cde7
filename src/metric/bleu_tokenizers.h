// How sacreBLEU cuts texts into words before BLEU, and Tercom's normalisation before TER.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fettle::metric {

enum class BleuTokenizer { kNone, k13a, kIntl, kChar, kZh };

// sacreBLEU's tokenizers `none`, `13a` (mteval-v13a.pl), `intl` (mteval-v14.pl), `char`, `zh`,
// after str.rstrip(); lowercase is str.lower() before it.
[[nodiscard]] std::vector<std::string> bleu_words(std::string_view text, BleuTokenizer tokenizer,
                                                  bool lowercase);

struct TerOptions {
  bool normalized = false;     // punctuation apart, XML's escapes resolved
  bool no_punct = false;       // punctuation removed
  bool asian_support = false;  // the same for Chinese and Japanese characters
  bool case_sensitive = false;
};

// Tercom's Normalizer.java as sacreBLEU has it.
[[nodiscard]] std::vector<std::string> ter_words(std::string_view text, const TerOptions& options);

}  // namespace fettle::metric
