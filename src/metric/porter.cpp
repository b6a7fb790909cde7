#include "metric/porter.h"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "metric/unicode.h"

namespace fettle::metric {
namespace {

using Word = std::u32string;
using View = std::u32string_view;

// A y is a consonant unless one stands before it.
std::vector<bool> consonants(View word) {
  std::vector<bool> out;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const bool vowel = View(U"aeiou").find(word[i]) != View::npos;
    out.push_back(word[i] == U'y' ? i == 0 || !out[i - 1] : !vowel);
  }
  return out;
}

// How often a consonant follows a vowel: Porter's m.
int measure(View stem) {
  const std::vector<bool> kinds = consonants(stem);
  int count = 0;
  for (std::size_t i = 1; i < kinds.size(); ++i) count += !kinds[i - 1] && kinds[i] ? 1 : 0;
  return count;
}

bool has_vowel(View stem) {
  const std::vector<bool> kinds = consonants(stem);
  return std::find(kinds.begin(), kinds.end(), false) != kinds.end();
}

bool ends_double_consonant(View word) {
  const std::size_t n = word.size();
  return n >= 2 && word[n - 1] == word[n - 2] && consonants(word)[n - 1];
}

bool ends_cvc(View word) {
  const std::size_t n = word.size();
  const std::vector<bool> kinds = consonants(word);
  if (n == 2) return !kinds[0] && kinds[1];
  return n >= 3 && kinds[n - 3] && !kinds[n - 2] && kinds[n - 1] &&
         View(U"wxy").find(word[n - 1]) == View::npos;
}

struct Rule {
  View suffix;
  View replacement;
};

// The first rule whose suffix fits decides: applied if the stem's measure exceeds `above`.
Word apply(const Word& word, std::span<const Rule> rules, int above) {
  for (const Rule& rule : rules) {
    if (!word.ends_with(rule.suffix)) continue;
    const View stem = View(word).substr(0, word.size() - rule.suffix.size());
    const bool after_s_or_t = rule.suffix != U"ion" || stem.ends_with(U's') || stem.ends_with(U't');
    return measure(stem) > above && after_s_or_t ? Word(stem).append(rule.replacement) : word;
  }
  return word;
}

void cut(Word& word, std::size_t letters) { word.resize(word.size() - letters); }

Word plural(Word word) {
  if (word.ends_with(U"ies") && word.size() == 4) {
    cut(word, 1);
  } else if (word.ends_with(U"sses") || word.ends_with(U"ies")) {
    cut(word, 2);
  } else if (word.ends_with(U's') && !word.ends_with(U"ss")) {
    cut(word, 1);
  }
  return word;
}

// What is left of a verb when -ed or -ing is gone.
Word repaired(Word stem) {
  if (stem.ends_with(U"at") || stem.ends_with(U"bl") || stem.ends_with(U"iz")) return stem + U'e';
  if (ends_double_consonant(stem)) {
    if (View(U"lsz").find(stem.back()) == View::npos) cut(stem, 1);
    return stem;
  }
  return measure(stem) == 1 && ends_cvc(stem) ? stem + U'e' : stem;
}

Word past(Word word) {
  if (word.ends_with(U"ied")) {
    cut(word, word.size() == 4 ? 1 : 2);
    return word;
  }
  if (word.ends_with(U"eed")) {
    if (measure(View(word).substr(0, word.size() - 3)) > 0) cut(word, 1);
    return word;
  }
  for (const View suffix : {View(U"ed"), View(U"ing")}) {
    if (!word.ends_with(suffix)) continue;
    Word stem = word.substr(0, word.size() - suffix.size());
    if (has_vowel(stem)) return repaired(std::move(stem));
  }
  return word;
}

Word final_y(Word word) {
  const std::size_t n = word.size();
  if (word.ends_with(U'y') && n > 2 && consonants(word)[n - 2]) word.back() = U'i';
  return word;
}

Word double_suffix(Word word) {
  static constexpr std::array<Rule, 21> kRules = {{
      {U"ational", U"ate"}, {U"tional", U"tion"}, {U"enci", U"ence"},   {U"anci", U"ance"},
      {U"izer", U"ize"},    {U"bli", U"ble"},     {U"alli", U"al"},     {U"entli", U"ent"},
      {U"eli", U"e"},       {U"ousli", U"ous"},   {U"ization", U"ize"}, {U"ation", U"ate"},
      {U"ator", U"ate"},    {U"alism", U"al"},    {U"iveness", U"ive"}, {U"fulness", U"ful"},
      {U"ousness", U"ous"}, {U"aliti", U"al"},    {U"iviti", U"ive"},   {U"biliti", U"ble"},
      {U"fulli", U"ful"},
  }};
  // -alli once, and again what it leaves.
  while (word.ends_with(U"alli") && measure(View(word).substr(0, word.size() - 4)) > 0) {
    cut(word, 2);
  }
  if (word.ends_with(U"logi")) {
    // The l counts with the stem, so that "geologi" is cut.
    if (measure(View(word).substr(0, word.size() - 3)) > 0) cut(word, 1);
    return word;
  }
  return apply(word, kRules, 0);
}

Word adjective(const Word& word) {
  static constexpr std::array<Rule, 7> kRules = {{{U"icate", U"ic"},
                                                  {U"ative", U""},
                                                  {U"alize", U"al"},
                                                  {U"iciti", U"ic"},
                                                  {U"ical", U"ic"},
                                                  {U"ful", U""},
                                                  {U"ness", U""}}};
  return apply(word, kRules, 0);
}

Word last_suffix(const Word& word) {
  static constexpr std::array<Rule, 19> kRules = {{{U"al", U""},
                                                   {U"ance", U""},
                                                   {U"ence", U""},
                                                   {U"er", U""},
                                                   {U"ic", U""},
                                                   {U"able", U""},
                                                   {U"ible", U""},
                                                   {U"ant", U""},
                                                   {U"ement", U""},
                                                   {U"ment", U""},
                                                   {U"ent", U""},
                                                   {U"ion", U""},
                                                   {U"ou", U""},
                                                   {U"ism", U""},
                                                   {U"ate", U""},
                                                   {U"iti", U""},
                                                   {U"ous", U""},
                                                   {U"ive", U""},
                                                   {U"ize", U""}}};
  return apply(word, kRules, 1);
}

Word tidied(Word word) {
  if (word.ends_with(U'e')) {
    const View stem = View(word).substr(0, word.size() - 1);
    const int m = measure(stem);
    if (m > 1 || (m == 1 && !ends_cvc(stem))) cut(word, 1);
  }
  if (word.ends_with(U"ll") && measure(View(word).substr(0, word.size() - 1)) > 1) cut(word, 1);
  return word;
}

std::string_view irregular(std::string_view word) {
  static constexpr std::array<std::array<std::string_view, 2>, 15> kForms = {{
      {"sky", "sky"},
      {"skies", "sky"},
      {"dying", "die"},
      {"lying", "lie"},
      {"tying", "tie"},
      {"news", "news"},
      {"innings", "inning"},
      {"inning", "inning"},
      {"outings", "outing"},
      {"outing", "outing"},
      {"cannings", "canning"},
      {"canning", "canning"},
      {"howe", "howe"},
      {"proceed", "proceed"},
      {"exceed", "exceed"},
  }};
  if (word == "succeed") return word;
  for (const auto& [form, stem] : kForms) {
    if (form == word) return stem;
  }
  return {};
}

}  // namespace

std::string porter_stem(std::string_view word) {
  if (const std::string_view known = irregular(word); !known.empty()) return std::string(known);
  const std::vector<std::int32_t> points = code_points(word);
  if (points.size() <= 2) return std::string(word);
  Word stem(points.begin(), points.end());
  stem = final_y(past(plural(std::move(stem))));
  stem = tidied(last_suffix(adjective(double_suffix(std::move(stem)))));
  return utf8(std::vector<std::int32_t>(stem.begin(), stem.end()));
}

}  // namespace fettle::metric
