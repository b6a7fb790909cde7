#include "metric/rouge.h"

#include <algorithm>
#include <cstdint>

#include "base/error.h"
#include "metric/porter.h"
#include "metric/unicode.h"
#include "metric/words.h"

namespace fettle::metric {
namespace {

using WordNumbers = std::vector<std::uint32_t>;

class Words {
 public:
  explicit Words(bool use_stemmer) : use_stemmer_(use_stemmer) {}

  WordNumbers of(std::string_view text) {
    WordNumbers out;
    std::string word;
    const auto end_word = [&] {
      if (!word.empty()) {
        out.push_back(numbers_.of(use_stemmer_ && word.size() > 3 ? porter_stem(word) : word));
      }
      word.clear();
    };
    for (const std::int32_t point : lower(code_points(text))) {
      const bool belongs = (point >= 'a' && point <= 'z') || (point >= '0' && point <= '9');
      belongs ? word.push_back(static_cast<char>(point)) : end_word();
    }
    end_word();
    return out;
  }

  // The words of each line that is not empty.
  std::vector<WordNumbers> of_lines(std::string_view text) {
    std::vector<WordNumbers> out;
    while (!text.empty()) {
      const std::string_view line = text.substr(0, text.find('\n'));
      if (!line.empty()) out.push_back(of(line));
      text.remove_prefix(std::min(text.size(), line.size() + 1));
    }
    return out;
  }

  [[nodiscard]] std::size_t kinds() const { return numbers_.size(); }

 private:
  bool use_stemmer_;
  Numbers<std::string> numbers_;
};

Scores rouge_scores(double hits, std::size_t given, std::size_t right) {
  const double precision = given == 0 ? 0 : hits / static_cast<double>(given);
  const double recall = right == 0 ? 0 : hits / static_cast<double>(right);
  const double sum = precision + recall;
  return {precision, recall, sum > 0 ? 2 * precision * recall / sum : 0};
}

void check_pairs(std::size_t a, std::size_t b, std::size_t bound) {
  if (b > 0 && a > bound / b) {
    throw DataError(
        "rouge: {} words against {}; allowed: {} pairs; cut the texts, or measure "
        "rouge1",
        a, b, bound);
  }
}

Scores of_ngrams(const WordNumbers& given, const WordNumbers& right, std::size_t order) {
  NgramNumbers numbers(order);
  const WordNumbers ours = numbers.of(given)[order - 1];
  const WordNumbers theirs = numbers.of(right)[order - 1];
  const auto counts = occurrences(ours, numbers.size(order));
  const auto other = occurrences(theirs, numbers.size(order));
  double hits = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    hits += static_cast<double>(std::min(counts[i], other[i]));
  }
  return rouge_scores(hits, ours.size(), theirs.size());
}

Scores of_subsequence(const WordNumbers& given, const WordNumbers& right) {
  check_pairs(given.size(), right.size(), kMaxRougePairs);
  std::vector<std::uint32_t> row(given.size() + 1, 0);
  for (const std::uint32_t word : right) {
    std::uint32_t diagonal = 0;
    for (std::size_t j = 1; j <= given.size(); ++j) {
      const std::uint32_t above = row[j];
      row[j] = word == given[j - 1] ? diagonal + 1 : std::max(above, row[j - 1]);
      diagonal = above;
    }
  }
  return rouge_scores(row.back(), given.size(), right.size());
}

// Marks the places of one longest common subsequence in `right`; where two lead on, rouge-score
// goes along `right` unless the other way is longer.
void mark_common(const WordNumbers& right, const WordNumbers& given, std::vector<bool>& marked) {
  const std::size_t width = given.size() + 1;
  check_pairs(given.size(), right.size(), kMaxRougePairs / 16);
  std::vector<std::uint32_t> table((right.size() + 1) * width, 0);
  for (std::size_t i = 1; i <= right.size(); ++i) {
    for (std::size_t j = 1; j <= given.size(); ++j) {
      table[i * width + j] = right[i - 1] == given[j - 1]
                                 ? table[(i - 1) * width + j - 1] + 1
                                 : std::max(table[(i - 1) * width + j], table[i * width + j - 1]);
    }
  }
  std::size_t i = right.size();
  std::size_t j = given.size();
  while (i > 0 && j > 0) {
    if (right[i - 1] == given[j - 1]) {
      marked[--i] = true;
      --j;
    } else if (table[i * width + j - 1] > table[(i - 1) * width + j]) {
      --j;
    } else {
      --i;
    }
  }
}

std::size_t length(const std::vector<WordNumbers>& sentences) {
  std::size_t sum = 0;
  for (const WordNumbers& sentence : sentences) sum += sentence.size();
  return sum;
}

std::vector<std::int64_t> counted_words(const std::vector<WordNumbers>& sentences,
                                        std::size_t kinds) {
  std::vector<std::int64_t> counts(kinds, 0);
  for (const WordNumbers& sentence : sentences) {
    for (const std::uint32_t word : sentence) ++counts[word];
  }
  return counts;
}

Scores of_summary(const std::vector<WordNumbers>& given, const std::vector<WordNumbers>& right,
                  std::size_t kinds) {
  check_pairs(length(given), length(right), kMaxRougePairs);
  auto left_given = counted_words(given, kinds);
  auto left_right = counted_words(right, kinds);
  double hits = 0;
  for (const WordNumbers& sentence : right) {
    std::vector<bool> marked(sentence.size(), false);
    for (const WordNumbers& other : given) mark_common(sentence, other, marked);
    for (std::size_t i = 0; i < sentence.size(); ++i) {
      const std::uint32_t word = sentence[i];
      if (!marked[i] || left_given[word] == 0 || left_right[word] == 0) continue;
      ++hits;
      --left_given[word];
      --left_right[word];
    }
  }
  return rouge_scores(hits, length(given), length(right));
}

}  // namespace

Scores rouge(std::string_view answer, std::span<const std::string> references,
             const RougeOptions& options) {
  Scores best{0, 0, -1};
  for (const std::string& reference : references) {
    Words words(options.use_stemmer);
    Scores found;
    if (options.kind == RougeKind::kLsum) {
      const auto given = words.of_lines(answer);
      const auto right = words.of_lines(reference);
      found = of_summary(given, right, words.kinds());
    } else {
      const WordNumbers given = words.of(answer);
      const WordNumbers right = words.of(reference);
      found = options.kind == RougeKind::kL ? of_subsequence(given, right)
                                            : of_ngrams(given, right, options.order);
    }
    if (found.f1 > best.f1) best = found;
  }
  return references.empty() ? Scores{} : best;
}

}  // namespace fettle::metric
