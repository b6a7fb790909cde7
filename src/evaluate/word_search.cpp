#include "evaluate/word_search.h"

#include <cmath>
#include <numeric>

#include "metric/unicode.h"

namespace fettle::evaluate {
namespace {

constexpr double kSaturation = 1.5;     // k1
constexpr double kLengthWeight = 0.75;  // b
constexpr double kLeastShare = 0.25;    // of the mean idf, for words that most texts hold

}  // namespace

std::vector<std::string> words_in(std::string_view text) {
  std::vector<std::string> out;
  std::vector<std::int32_t> word;
  const auto end_word = [&] {
    if (!word.empty()) out.push_back(metric::utf8(word));
    word.clear();
  };
  for (const std::int32_t point : metric::lower(metric::code_points(text))) {
    if (metric::is_word(point)) {
      word.push_back(point);
    } else {
      end_word();
    }
  }
  end_word();
  return out;
}

WordSearch::WordSearch(const std::vector<std::string>& texts) {
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::vector<std::string> words = words_in(texts[i]);
    lengths_.push_back(static_cast<double>(words.size()));
    for (const std::string& word : words) {
      auto& places = words_[word].texts;
      if (places.empty() || places.back().first != i) {
        places.emplace_back(static_cast<std::uint32_t>(i), 0);
      }
      ++places.back().second;
    }
  }
  mean_length_ = std::accumulate(lengths_.begin(), lengths_.end(), 0.0) /
                 static_cast<double>(std::max<std::size_t>(lengths_.size(), 1));
  weigh_words();
}

void WordSearch::weigh_words() {
  double sum = 0;
  for (auto& [name, word] : words_) {
    const auto with = static_cast<double>(word.texts.size());
    word.idf = std::log(static_cast<double>(lengths_.size()) - with + 0.5) - std::log(with + 0.5);
    sum += word.idf;
  }
  const double least = words_.empty() ? 0 : kLeastShare * sum / static_cast<double>(words_.size());
  for (auto& [name, word] : words_) {
    if (word.idf < 0) word.idf = least;
  }
}

std::vector<double> WordSearch::scores(std::string_view query) const {
  std::vector<double> out(lengths_.size(), 0);
  for (const std::string& name : words_in(query)) {
    const auto found = words_.find(name);
    if (found == words_.end()) continue;
    for (const auto& [text, often] : found->second.texts) {
      const double count = often;
      const double length = 1 - kLengthWeight + kLengthWeight * lengths_[text] / mean_length_;
      out[text] += found->second.idf * count * (kSaturation + 1) / (count + kSaturation * length);
    }
  }
  return out;
}

}  // namespace fettle::evaluate
