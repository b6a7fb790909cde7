#include "data/clean/measures.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/format.h"
#include "data/clean/quality.h"

namespace fettle::data::clean {
namespace {

Verdict fewer(std::string_view what, std::int64_t value, std::int64_t bound) {
  return Verdict::dropped(text("too few {}", what), text("{}; at least {}", value, bound));
}

Verdict more(std::string_view what, std::int64_t value, std::int64_t bound) {
  return Verdict::dropped(text("too many {}", what), text("{}; at most {}", value, bound));
}

struct Characters {
  std::size_t all = 0;  // without spaces
  std::size_t letters = 0;
  std::size_t capitals = 0;
  std::size_t digits = 0;
  std::size_t symbols = 0;
};

void count_wide(char32_t c, Characters& counts) {
  if (is_space(c)) return;
  ++counts.all;
  if (is_alpha(c)) {
    ++counts.letters;
    counts.capitals += is_upper(c);
  } else if (!is_word(c)) {
    ++counts.symbols;
  }
}

// What an ASCII character adds: a field of twelve bits a count, so that one addition does.
enum Field : unsigned { kAll = 0, kLetters = 12, kCapitals = 24, kDigits = 36, kSymbols = 48 };
constexpr std::size_t kMostAdded = 4095;

constexpr std::array<std::uint64_t, 128> kAdds = [] {
  std::array<std::uint64_t, 128> adds{};
  for (unsigned c = 0; c < 128; ++c) {
    const auto one = [](bool holds, Field field) { return std::uint64_t{holds} << field; };
    const bool space = (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x20);
    const bool letter = is_ascii_letter(c);
    const bool digit = is_digit(c);
    const bool symbol = !space && !letter && !digit && c != '_';
    adds[c] = one(!space, kAll) | one(letter, kLetters) | one(is_ascii_upper(c), kCapitals) |
              one(digit, kDigits) | one(symbol, kSymbols);
  }
  return adds;
}();

void count_ascii(std::string_view text, Characters& counts) {
  while (!text.empty()) {
    std::uint64_t sum = 0;
    for (const char c : text.substr(0, kMostAdded)) sum += kAdds[static_cast<unsigned char>(c)];
    const auto field = [&](Field at) { return static_cast<std::size_t>(sum >> at & 0xfff); };
    counts.all += field(kAll);
    counts.letters += field(kLetters);
    counts.capitals += field(kCapitals);
    counts.digits += field(kDigits);
    counts.symbols += field(kSymbols);
    text.remove_prefix(std::min(text.size(), kMostAdded));
  }
}

Characters count_characters(std::string_view text) {
  Characters counts;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t plain = ascii_prefix(text.substr(at));
    count_ascii(text.substr(at, plain), counts);
    at += plain;
    if (at < text.size()) count_wide(next_char(text, at), counts);
  }
  return counts;
}

Verdict bounded(std::string_view what, double value, double bound) {
  if (value <= bound) return Verdict::kept();
  return Verdict::dropped(text("too many {}", what), text("{:.3g}; at most {:.3g}", value, bound));
}

}  // namespace

Verdict check_length(const Document& document, const LengthConfig& config) {
  const auto chars = static_cast<std::int64_t>(document.chars());
  const auto words = static_cast<std::int64_t>(document.counts().real);
  if (chars < config.min_chars) return fewer("characters", chars, config.min_chars);
  if (config.max_chars > 0 && chars > config.max_chars) {
    return more("characters", chars, config.max_chars);
  }
  if (words < config.min_words) return fewer("words", words, config.min_words);
  if (config.max_words > 0 && words > config.max_words) {
    return more("words", words, config.max_words);
  }
  return Verdict::kept();
}

Verdict check_symbols(const Document& document, const SymbolConfig& config) {
  const Characters counts = count_characters(document.text());
  for (const Verdict& verdict :
       {bounded("symbols", share_of(counts.symbols, counts.all), config.max_symbols),
        bounded("digits", share_of(counts.digits, counts.all), config.max_digits),
        bounded("capitals", share_of(counts.capitals, counts.letters), config.max_capitals)}) {
    if (verdict.kind == Verdict::Kind::kDropped) return verdict;
  }
  if (config.min_stop_word_share <= 0) return Verdict::kept();
  std::size_t stops = 0;
  for (const Word& word : document.words()) {
    const std::string low = lower_ascii(document.view(word));
    const auto& known = config.stop_words;
    stops += std::find(known.begin(), known.end(), low) != known.end();
  }
  const double found = share_of(stops, document.words().size());
  if (found >= config.min_stop_word_share) return Verdict::kept();
  return Verdict::dropped("too few stop words",
                          text("{:.3g}; at least {:.3g}", found, config.min_stop_word_share));
}

std::string_view bucket_of(double perplexity, const PerplexityConfig& config) {
  if (config.head <= 0 && config.middle <= 0) return {};
  if (perplexity <= config.head) return "head";
  return perplexity <= config.middle ? "middle" : "tail";
}

Verdict check_perplexity(Record& record, double perplexity, const PerplexityConfig& config) {
  if (!std::isfinite(perplexity)) return Verdict::dropped("no perplexity", "not a finite number");
  record.notes["perplexity"] = perplexity;
  if (perplexity < config.min) {
    return Verdict::dropped("perplexity too low",
                            text("{:.4g}; at least {:.4g}", perplexity, config.min));
  }
  if (config.max > 0 && perplexity > config.max) {
    return Verdict::dropped("perplexity too high",
                            text("{:.4g}; at most {:.4g}", perplexity, config.max));
  }
  const std::string_view bucket = bucket_of(perplexity, config);
  if (bucket.empty()) return Verdict::kept();
  record.notes["perplexity_bucket"] = std::string(bucket);
  if (std::find(config.keep.begin(), config.keep.end(), bucket) != config.keep.end()) {
    return Verdict::kept();
  }
  return Verdict::dropped(text("perplexity of the {}", bucket), text("{:.4g}", perplexity));
}

}  // namespace fettle::data::clean
