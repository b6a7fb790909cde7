#include "data/augment/synonyms.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <vector>

#include "data/match/words.h"

namespace fettle::data {
namespace {

// WordNet lists some function words as nouns or adjectives ("in": indium); sorted.
constexpr auto kFunctionWords = std::to_array<std::string_view>(
    {"a",      "about", "all",  "am",    "an",    "and",   "any",  "are",   "as",    "at",
     "be",     "been",  "but",  "by",    "can",   "could", "did",  "do",    "does",  "each",
     "for",    "from",  "had",  "has",   "have",  "he",    "her",  "here",  "him",   "his",
     "how",    "i",     "if",   "in",    "is",    "it",    "its",  "just",  "may",   "me",
     "might",  "more",  "most", "much",  "must",  "my",    "no",   "not",   "now",   "of",
     "on",     "one",   "only", "or",    "other", "our",   "out",  "over",  "shall", "she",
     "should", "so",    "some", "such",  "than",  "that",  "the",  "their", "them",  "then",
     "there",  "these", "they", "this",  "those", "to",    "too",  "two",   "under", "up",
     "us",     "very",  "was",  "we",    "were",  "what",  "when", "where", "which", "who",
     "why",    "will",  "with", "would", "you",   "your"});

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string lower_of(std::string_view word) {
  std::string out(word);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// Words of ASCII letters alone: "it's", "well-known" and "naïve" are left as they are.
std::vector<ByteSpan> plain_words(std::string_view text) {
  const auto joins = [&](std::size_t at) {
    const char c = text[at];
    return c == '\'' || c == '-' || c == '_' || (c >= '0' && c <= '9') ||
           static_cast<unsigned char>(c) >= 0x80;
  };
  std::vector<ByteSpan> words;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    bool plain = true;
    while (end < text.size() && (is_letter(text[end]) || joins(end))) {
      plain &= is_letter(text[end]);
      ++end;
    }
    if (end > at && plain) {
      words.push_back({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end)});
    }
    at = end + 1;
  }
  return words;
}

// The case of `like`; nothing for mixed cases (iPhone).
std::optional<std::string> in_case_of(std::string_view like, std::string word) {
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto upper = std::count_if(like.begin(), like.end(), is_upper);
  const auto raise = [](char& c) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  };
  if (upper == 0) return word;
  if (upper == 1 && is_upper(like[0])) {
    raise(word[0]);
  } else if (upper == static_cast<std::ptrdiff_t>(like.size())) {
    std::for_each(word.begin(), word.end(), raise);
  } else {
    return std::nullopt;
  }
  return word;
}

// Whether "an" fits, from the letters; what sounds otherwise ("hour", "unit", "European") is no
// candidate either way.
enum class Start { kVowel, kConsonant, kUnsure };
Start start_of(std::string_view word) {
  if (word[0] == 'h' || word[0] == 'u' || word.starts_with("eu") || word.starts_with("one") ||
      word.starts_with("once")) {
    return Start::kUnsure;
  }
  return std::string_view("aeio").find(word[0]) != std::string_view::npos ? Start::kVowel
                                                                          : Start::kConsonant;
}

bool article_fits(std::string_view before, std::string_view old, std::string_view fresh) {
  const std::string article = lower_of(before);
  if (article != "a" && article != "an") return true;
  return start_of(fresh) != Start::kUnsure && start_of(fresh) == start_of(old);
}

std::vector<std::string> replacements(std::string_view word, std::string_view before,
                                      const WordForms& forms) {
  const std::string lower = lower_of(word);
  if (lower.size() < 3 || std::binary_search(kFunctionWords.begin(), kFunctionWords.end(), lower)) {
    return {};
  }
  const std::vector<Reading> readings = forms.readings(lower);
  if (readings.size() != 1) return {};
  std::vector<std::string> out;
  for (const std::string& lemma : forms.synonyms(readings[0])) {
    const auto form = forms.inflect(lemma, readings[0].part, readings[0].inflection);
    if (!form || *form == lower || !article_fits(before, lower, *form)) continue;
    if (auto cased = in_case_of(word, *form)) out.push_back(std::move(*cased));
  }
  return out;
}

struct Place {
  ByteSpan word;
  std::vector<std::string> fresh;
};

}  // namespace

std::string replace_synonyms(std::string_view text, const WordForms& forms, double rate,
                             const Random& random, std::uint64_t from) {
  const std::vector<ByteSpan> words = plain_words(text);
  const auto word = [&](const ByteSpan& span) { return text.substr(span.begin, span.size()); };
  std::vector<Place> places;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view before = i == 0 ? std::string_view() : word(words[i - 1]);
    auto fresh = replacements(word(words[i]), before, forms);
    if (!fresh.empty()) places.push_back({words[i], std::move(fresh)});
  }
  if (places.empty()) return std::string(text);
  const std::size_t sure = random.below(from++, places.size());
  std::string out;
  std::size_t at = 0;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const double chance = random.uniform(from++);
    const std::uint64_t choice = random.below(from++, places[i].fresh.size());
    if (i != sure && chance >= rate) continue;
    out += text.substr(at, places[i].word.begin - at);
    out += places[i].fresh[choice];
    at = places[i].word.end;
  }
  out += text.substr(at);
  return out;
}

}  // namespace fettle::data
