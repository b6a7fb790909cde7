// Plain bounds on a row's text, and on the perplexity that a model gives it.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/fields.h"
#include "data/clean/words.h"
#include "data/stage.h"

namespace fettle::data::clean {

struct LengthConfig {
  std::int64_t min_chars = 1;
  std::int64_t max_chars = 0;
  std::int64_t min_words = 0;
  std::int64_t max_words = 0;

  template <class Visitor>
  void fields(Visitor& v) {
    v("min_chars", min_chars, {.min = 0, .help = "fewer characters: dropped"});
    v("max_chars", max_chars, {.min = 0, .help = "more characters: dropped; 0: any"});
    v("min_words", min_words, {.min = 0, .help = "fewer words: dropped; punctuation is none"});
    v("max_words", max_words, {.min = 0, .help = "more words: dropped; 0: any"});
  }
};

struct SymbolConfig {
  double max_symbols = 0.3;
  double max_digits = 0.3;
  double max_capitals = 0.7;
  std::vector<std::string> stop_words;
  double min_stop_word_share = 0;

  template <class Visitor>
  void fields(Visitor& v) {
    v("max_symbols", max_symbols,
      {.min = 0, .max = 1, .help = "share of characters that are no letter, digit or space"});
    v("max_digits", max_digits,
      {.min = 0, .max = 1, .help = "share of characters, spaces left out"});
    v("max_capitals", max_capitals, {.min = 0, .max = 1, .help = "share of letters"});
    v("stop_words", stop_words, {.help = "words that text of the language is full of"});
    v("min_stop_word_share", min_stop_word_share,
      {.min = 0, .max = 1, .help = "share of words that are stop words"});
  }
};

[[nodiscard]] Verdict check_length(const Document& document, const LengthConfig& config);
[[nodiscard]] Verdict check_symbols(const Document& document, const SymbolConfig& config);

// Wenzek et al. 2020 (CCNet, arxiv.org/abs/1911.00359), section 5.2: texts of one language are cut
// into head, middle and tail by the perplexity of a model of good text.
struct PerplexityConfig {
  double min = 0;
  double max = 0;
  double head = 0;
  double middle = 0;
  std::vector<std::string> keep = {"head", "middle", "tail"};

  template <class Visitor>
  void fields(Visitor& v) {
    v("min", min, {.min = 0, .help = "lower: dropped; such text is copied or repeated"});
    v("max", max, {.min = 0, .help = "higher: dropped; 0: any"});
    v("head", head, {.min = 0, .help = "up to it a row is of the head; 0: no buckets"});
    v("middle", middle, {.min = 0, .help = "up to it a row is of the middle, above of the tail"});
    v("keep", keep, {.choices = {"head", "middle", "tail"}, .help = "buckets to keep"});
  }
};

// The bucket's name; empty when the config has no buckets.
[[nodiscard]] std::string_view bucket_of(double perplexity, const PerplexityConfig& config);
// Notes perplexity and bucket in the record.
[[nodiscard]] Verdict check_perplexity(Record& record, double perplexity,
                                       const PerplexityConfig& config);

}  // namespace fettle::data::clean
