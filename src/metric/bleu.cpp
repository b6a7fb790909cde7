#include "metric/bleu.h"

#include <algorithm>
#include <cmath>

#include "metric/words.h"

namespace fettle::metric {
namespace {

// sacreBLEU's logarithm of 0.
constexpr double kLogOfZero = -9999999999.0;

std::vector<std::uint32_t> numbered_words(const std::vector<std::string>& words,
                                          Numbers<std::string>& numbers) {
  std::vector<std::uint32_t> out;
  for (const std::string& word : words) out.push_back(numbers.of(word));
  return out;
}

std::size_t closest(std::size_t length, const std::vector<std::size_t>& lengths) {
  const auto gap = [&](std::size_t other) {
    return length > other ? length - other : other - length;
  };
  return *std::min_element(lengths.begin(), lengths.end(), [&](std::size_t a, std::size_t b) {
    return gap(a) != gap(b) ? gap(a) < gap(b) : a < b;
  });
}

}  // namespace

std::vector<double> bleu_statistics(std::string_view answer,
                                    std::span<const std::string> references,
                                    const BleuOptions& options) {
  Numbers<std::string> words;
  NgramNumbers ngrams(options.max_order);
  const auto given =
      numbered_words(bleu_words(answer, options.tokenizer, options.lowercase), words);
  const auto given_ngrams = ngrams.of(given);
  std::vector<std::vector<std::vector<std::uint32_t>>> right;
  std::vector<std::size_t> lengths;
  for (const std::string& reference : references) {
    const auto sequence =
        numbered_words(bleu_words(reference, options.tokenizer, options.lowercase), words);
    lengths.push_back(sequence.size());
    right.push_back(ngrams.of(sequence));
  }
  const std::size_t orders = options.max_order;
  std::vector<double> out(2 + 2 * orders, 0.0);
  out[0] = static_cast<double>(given.size());
  out[1] = static_cast<double>(closest(given.size(), lengths));
  for (std::size_t n = 0; n < orders; ++n) {
    const std::size_t size = ngrams.size(n + 1);
    std::vector<std::int64_t> most(size, 0);
    for (const auto& reference : right) {
      const auto counts = occurrences(reference[n], size);
      for (std::size_t i = 0; i < size; ++i) most[i] = std::max(most[i], counts[i]);
    }
    const auto counts = occurrences(given_ngrams[n], size);
    for (std::size_t i = 0; i < size; ++i) {
      out[2 + n] += static_cast<double>(std::min(counts[i], most[i]));
    }
    out[2 + orders + n] = static_cast<double>(given_ngrams[n].size());
  }
  return out;
}

double bleu(std::span<const double> statistics, const BleuOptions& options) {
  const std::size_t orders = options.max_order;
  const double given = statistics[0];
  const double right = statistics[1];
  const auto matches = statistics.subspan(2, orders);
  if (std::all_of(matches.begin(), matches.end(), [](double m) { return m == 0; })) return 0;
  const double brevity = given >= right ? 1 : given > 0 ? std::exp(1 - right / given) : 0;
  std::vector<double> precisions(orders, 0.0);
  double halved = 1;
  std::size_t used = orders;
  for (std::size_t n = 0; n < orders; ++n) {
    const double added = options.smoothing == Smoothing::kAddK && n > 0 ? options.smooth_value : 0;
    const double match = matches[n] + added;
    const double total = statistics[2 + orders + n] + added;
    if (total == 0) break;
    if (options.effective_order) used = n + 1;
    if (match > 0) {
      precisions[n] = 100 * match / total;
    } else if (options.smoothing == Smoothing::kExp) {
      halved *= 2;
      precisions[n] = 100 / (halved * total);
    } else if (options.smoothing == Smoothing::kFloor) {
      precisions[n] = 100 * options.smooth_value / total;
    }
  }
  double sum = 0;
  for (std::size_t n = 0; n < used; ++n) {
    sum += precisions[n] == 0 ? kLogOfZero : std::log(precisions[n]);
  }
  return brevity * std::exp(sum / static_cast<double>(used));
}

}  // namespace fettle::metric
