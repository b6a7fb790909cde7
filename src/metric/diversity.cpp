#include "metric/diversity.h"

#include <algorithm>
#include <cstdint>

#include "metric/missing.h"
#include "metric/words.h"

namespace fettle::metric {
namespace {

using Orders = std::vector<std::vector<std::uint32_t>>;

std::vector<Orders> numbered(std::span<const std::vector<std::string>> answers,
                             NgramNumbers& ngrams) {
  Numbers<std::string> words;
  std::vector<Orders> out;
  for (const auto& answer : answers) {
    std::vector<std::uint32_t> sequence;
    for (const std::string& word : answer) sequence.push_back(words.of(word));
    out.push_back(ngrams.of(sequence));
  }
  return out;
}

// The most that one answer has of an n-gram, who has it, and the most of anyone else.
struct Most {
  std::int64_t first = 0;
  std::size_t owner = 0;
  std::int64_t second = 0;

  void offer(std::int64_t count, std::size_t who) {
    if (count > first) {
      second = first;
      first = count;
      owner = who;
    } else {
      second = std::max(second, count);
    }
  }
};

// [n-gram, count] of one answer's n-grams of one order.
std::vector<std::pair<std::uint32_t, std::int64_t>> counted(std::vector<std::uint32_t> numbers) {
  std::sort(numbers.begin(), numbers.end());
  std::vector<std::pair<std::uint32_t, std::int64_t>> out;
  for (const std::uint32_t number : numbers) {
    if (out.empty() || out.back().first != number) out.emplace_back(number, 0);
    ++out.back().second;
  }
  return out;
}

double closest_other(std::span<const std::vector<std::string>> answers,
                     const std::vector<std::size_t>& sorted, std::size_t own) {
  const std::size_t length = answers[own].size();
  const auto [begin, end] = std::equal_range(sorted.begin(), sorted.end(), length);
  if (end - begin > 1) return static_cast<double>(length);
  if (begin == sorted.begin()) return static_cast<double>(*end);
  if (end == sorted.end()) return static_cast<double>(*(begin - 1));
  const std::size_t below = *(begin - 1);
  return static_cast<double>(length - below <= *end - length ? below : *end);
}

}  // namespace

double distinct_n(std::span<const std::vector<std::string>> answers, std::size_t order) {
  NgramNumbers ngrams(order);
  std::size_t all = 0;
  for (const Orders& answer : numbered(answers, ngrams)) all += answer[order - 1].size();
  return all == 0 ? kNaN : static_cast<double>(ngrams.size(order)) / static_cast<double>(all);
}

double self_bleu(std::span<const std::vector<std::string>> answers, const BleuOptions& options) {
  if (answers.size() < 2) return kNaN;
  const std::size_t orders = options.max_order;
  NgramNumbers ngrams(orders);
  const std::vector<Orders> given = numbered(answers, ngrams);
  std::vector<std::vector<double>> statistics(answers.size(),
                                              std::vector<double>(2 + 2 * orders, 0.0));
  for (std::size_t n = 0; n < orders; ++n) {
    std::vector<Most> most(ngrams.size(n + 1));
    for (std::size_t i = 0; i < given.size(); ++i) {
      for (const auto& [ngram, count] : counted(given[i][n])) most[ngram].offer(count, i);
    }
    for (std::size_t i = 0; i < given.size(); ++i) {
      statistics[i][2 + orders + n] = static_cast<double>(given[i][n].size());
      for (const auto& [ngram, count] : counted(given[i][n])) {
        const std::int64_t others = most[ngram].owner == i ? most[ngram].second : most[ngram].first;
        statistics[i][2 + n] += static_cast<double>(std::min(count, others));
      }
    }
  }
  std::vector<std::size_t> lengths;
  for (const auto& answer : answers) lengths.push_back(answer.size());
  std::sort(lengths.begin(), lengths.end());
  double sum = 0;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    statistics[i][0] = static_cast<double>(answers[i].size());
    statistics[i][1] = closest_other(answers, lengths, i);
    sum += bleu(statistics[i], options);
  }
  return sum / static_cast<double>(answers.size());
}

}  // namespace fettle::metric
