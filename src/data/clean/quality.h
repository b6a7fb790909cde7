// Published rules of what text is worth training on. Each says keep or drop and why; a bound of 0
// switches its rule off. Defaults are the papers'.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/fields.h"
#include "data/clean/words.h"
#include "data/stage.h"

namespace fettle::data::clean {

// Of nothing: 0.
[[nodiscard]] inline double share_of(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

// Rae et al. 2021 (arxiv.org/abs/2112.11446), section A1.1, "Quality filtering".
struct GopherConfig {
  std::int64_t min_words = 50;
  std::int64_t max_words = 100000;
  double min_mean_word_length = 3;
  double max_mean_word_length = 10;
  double max_symbol_ratio = 0.1;
  double max_bullet_lines = 0.9;
  double max_ellipsis_lines = 0.3;
  double min_letter_words = 0.8;
  std::int64_t min_stop_words = 2;
  std::vector<std::string> stop_words = {"the", "be", "to", "of", "and", "that", "have", "with"};

  template <class Visitor>
  void fields(Visitor& v) {
    v("min_words", min_words, {.min = 0, .help = "fewer words: dropped; punctuation is no word"});
    v("max_words", max_words, {.min = 0, .help = "more words: dropped"});
    v("min_mean_word_length", min_mean_word_length, {.min = 0, .help = "characters"});
    v("max_mean_word_length", max_mean_word_length, {.min = 0, .help = "characters"});
    v("max_symbol_ratio", max_symbol_ratio,
      {.min = 0, .help = "hash signs to words, and ellipses to words"});
    v("max_bullet_lines", max_bullet_lines, {.min = 0, .help = "share of lines with a bullet"});
    v("max_ellipsis_lines", max_ellipsis_lines,
      {.min = 0, .help = "share of lines that end in an ellipsis"});
    v("min_letter_words", min_letter_words,
      {.min = 0, .max = 1, .help = "share of words that hold a letter"});
    v("min_stop_words", min_stop_words, {.min = 0, .help = "different stop words in the text"});
    v("stop_words", stop_words, {.help = "the stop words, of the text's language"});
  }
};

// Rae et al. 2021, table A1. Shares are of the text's characters, but where they say lines.
struct RepetitionConfig {
  double max_duplicate_paragraphs = 0.30;
  double max_duplicate_paragraph_chars = 0.20;
  double max_duplicate_lines = 0.30;
  double max_duplicate_line_chars = 0.20;
  double max_top_2_gram = 0.20;
  double max_top_3_gram = 0.18;
  double max_top_4_gram = 0.16;
  double max_duplicate_5_grams = 0.15;
  double max_duplicate_6_grams = 0.14;
  double max_duplicate_7_grams = 0.13;
  double max_duplicate_8_grams = 0.12;
  double max_duplicate_9_grams = 0.11;
  double max_duplicate_10_grams = 0.10;

  template <class Visitor>
  void fields(Visitor& v) {
    const std::string_view share = "share of characters in n-grams that came before";
    const std::string_view top = "share of characters in the most frequent n-gram";
    v("max_duplicate_paragraphs", max_duplicate_paragraphs, {.min = 0, .help = "share of them"});
    v("max_duplicate_paragraph_chars", max_duplicate_paragraph_chars, {.min = 0});
    v("max_duplicate_lines", max_duplicate_lines, {.min = 0, .help = "share of lines"});
    v("max_duplicate_line_chars", max_duplicate_line_chars, {.min = 0});
    v("max_top_2_gram", max_top_2_gram, {.min = 0, .help = top});
    v("max_top_3_gram", max_top_3_gram, {.min = 0, .help = top});
    v("max_top_4_gram", max_top_4_gram, {.min = 0, .help = top});
    v("max_duplicate_5_grams", max_duplicate_5_grams, {.min = 0, .help = share});
    v("max_duplicate_6_grams", max_duplicate_6_grams, {.min = 0, .help = share});
    v("max_duplicate_7_grams", max_duplicate_7_grams, {.min = 0, .help = share});
    v("max_duplicate_8_grams", max_duplicate_8_grams, {.min = 0, .help = share});
    v("max_duplicate_9_grams", max_duplicate_9_grams, {.min = 0, .help = share});
    v("max_duplicate_10_grams", max_duplicate_10_grams, {.min = 0, .help = share});
  }
};

// Raffel et al. 2020 (jmlr.org/papers/v21/20-074.html), section 2.2, and the released program.
struct C4Config {
  bool citations = true;
  bool terminal_punctuation = true;
  std::int64_t min_sentences = 5;
  std::int64_t min_words_per_line = 3;
  std::int64_t max_word_length = 1000;
  bool lorem_ipsum = true;
  bool javascript = true;
  bool curly_bracket = true;
  bool policy = true;
  std::vector<std::string> bad_words;

  template <class Visitor>
  void fields(Visitor& v) {
    v("citations", citations, {.help = "remove [1], [edit], [citation needed]"});
    v("terminal_punctuation", terminal_punctuation,
      {.help = "remove lines that do not end in . ? ! or a quote"});
    v("min_sentences", min_sentences, {.min = 0, .help = "fewer in the lines left: dropped"});
    v("min_words_per_line", min_words_per_line, {.min = 0, .help = "shorter lines are removed"});
    v("max_word_length", max_word_length,
      {.min = 0, .help = "lines with a longer word are removed"});
    v("lorem_ipsum", lorem_ipsum, {.help = "drop texts that hold lorem ipsum"});
    v("javascript", javascript, {.help = "remove lines that speak of javascript"});
    v("curly_bracket", curly_bracket, {.help = "drop texts that hold {"});
    v("policy", policy, {.help = "remove lines on cookies, privacy and terms of use"});
    v("bad_words", bad_words, {.help = "drop texts that hold one of these words"});
  }
};

// Penedo et al. 2024 (arxiv.org/abs/2406.17557), section 3.6.
struct FineWebConfig {
  double min_line_punctuation = 0.12;
  double max_short_lines = 0.67;
  std::int64_t short_line_length = 30;
  double max_duplicate_line_chars = 0.01;
  double max_line_ends_per_word = 0.3;

  template <class Visitor>
  void fields(Visitor& v) {
    v("min_line_punctuation", min_line_punctuation,
      {.min = 0, .max = 1, .help = "share of lines that end in a terminal character"});
    v("max_short_lines", max_short_lines, {.min = 0, .help = "share of short lines"});
    v("short_line_length", short_line_length, {.min = 0, .help = "characters of a short line"});
    v("max_duplicate_line_chars", max_duplicate_line_chars,
      {.min = 0, .help = "share of characters in lines that came before"});
    v("max_line_ends_per_word", max_line_ends_per_word, {.min = 0, .help = "lists have more"});
  }
};

[[nodiscard]] Verdict gopher_quality(const Document& document, const GopherConfig& config);
[[nodiscard]] Verdict gopher_repetition(const Document& document, const RepetitionConfig& config);
[[nodiscard]] Verdict fineweb_quality(const Document& document, const FineWebConfig& config);
// Changes `text` to the lines that are left.
[[nodiscard]] Verdict c4_quality(std::string& text, const C4Config& config);

// Characters in spans that came before, and how many such spans there are.
struct Repeated {
  std::size_t spans = 0;
  std::size_t chars = 0;
};
[[nodiscard]] Repeated repeated(std::string_view text, const std::vector<Span>& spans);

}  // namespace fettle::data::clean
