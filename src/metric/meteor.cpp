#include "metric/meteor.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <utility>

#include "metric/porter.h"

namespace fettle::metric {
namespace {

struct Place {
  std::size_t at = 0;
  std::string word;
};

using Places = std::vector<Place>;
using Match = std::pair<std::size_t, std::size_t>;  // place in the answer, in the reference

// Free places of each word, the last one at the back.
using Free = std::unordered_map<std::string, std::vector<std::size_t>>;

// Matches from the answer's end; choose(word, free) takes a place's index or -1. What was matched
// leaves both lists.
template <class Key, class Choose>
void match(Places& answer, Places& reference, std::vector<Match>& matches, const Key& key,
           const Choose& choose) {
  Free free;
  for (std::size_t j = 0; j < reference.size(); ++j) free[key(reference[j].word)].push_back(j);
  std::vector<bool> used(reference.size(), false);
  Places left;
  for (std::size_t i = answer.size(); i-- > 0;) {
    const std::ptrdiff_t chosen = choose(key(answer[i].word), free);
    if (chosen < 0) {
      left.push_back(std::move(answer[i]));
      continue;
    }
    used[static_cast<std::size_t>(chosen)] = true;
    matches.emplace_back(answer[i].at, reference[static_cast<std::size_t>(chosen)].at);
  }
  std::reverse(left.begin(), left.end());
  answer = std::move(left);
  Places rest;
  for (std::size_t j = 0; j < reference.size(); ++j) {
    if (!used[j]) rest.push_back(std::move(reference[j]));
  }
  reference = std::move(rest);
}

std::ptrdiff_t take_equal(const std::string& word, Free& free) {
  const auto found = free.find(word);
  if (found == free.end() || found->second.empty()) return -1;
  const std::size_t place = found->second.back();
  found->second.pop_back();
  return static_cast<std::ptrdiff_t>(place);
}

std::ptrdiff_t take_synonym(const std::string& word, Free& free, Synonyms& synonyms) {
  std::ptrdiff_t best = -1;
  const std::string* best_word = nullptr;
  const auto offer = [&](const std::string& other) {
    const auto found = free.find(other);
    if (found == free.end() || found->second.empty()) return;
    const auto place = static_cast<std::ptrdiff_t>(found->second.back());
    if (place <= best) return;
    best = place;
    best_word = &found->first;
  };
  for (const std::string& synonym : synonyms.of(word)) offer(synonym);
  offer(word);
  if (best_word != nullptr) free[*best_word].pop_back();
  return best;
}

Places places_of(const std::vector<std::string>& words) {
  Places out;
  for (std::size_t i = 0; i < words.size(); ++i) out.push_back({i, words[i]});
  return out;
}

double score_of(const std::vector<std::string>& answer, const std::vector<std::string>& reference,
                Synonyms& synonyms, const MeteorOptions& options) {
  Places given = places_of(answer);
  Places right = places_of(reference);
  std::vector<Match> matches;
  const auto same = [](const std::string& word) { return word; };
  match(given, right, matches, same, take_equal);
  match(
      given, right, matches, [](const std::string& word) { return porter_stem(word); }, take_equal);
  // NLTK goes on with the stems of what is left.
  for (Places* places : {&given, &right}) {
    for (Place& place : *places) place.word = porter_stem(place.word);
  }
  match(given, right, matches, same,
        [&](const std::string& word, Free& free) { return take_synonym(word, free, synonyms); });
  if (matches.empty()) return 0;
  std::sort(matches.begin(), matches.end());
  double chunks = 1;
  for (std::size_t i = 1; i < matches.size(); ++i) {
    const bool adjacent = matches[i].first == matches[i - 1].first + 1 &&
                          matches[i].second == matches[i - 1].second + 1;
    chunks += adjacent ? 0 : 1;
  }
  const auto count = static_cast<double>(matches.size());
  const double precision = count / static_cast<double>(answer.size());
  const double recall = count / static_cast<double>(reference.size());
  const double mean =
      precision * recall / (options.alpha * precision + (1 - options.alpha) * recall);
  return (1 - options.gamma * std::pow(chunks / count, options.beta)) * mean;
}

}  // namespace

double meteor(const std::vector<std::string>& answer,
              std::span<const std::vector<std::string>> references, Synonyms& synonyms,
              const MeteorOptions& options) {
  double best = 0;
  for (const std::vector<std::string>& reference : references) {
    best = std::max(best, score_of(answer, reference, synonyms, options));
  }
  return best;
}

}  // namespace fettle::metric
