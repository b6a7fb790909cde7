// Gopher's repetition rules. An n-gram that occurs twice begins with an (n-1)-gram that does, so
// positions drop out as n grows. Words and n-grams are equal when their 64-bit hashes are.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>

#include "base/format.h"
#include "data/clean/quality.h"
#include "data/clean/word_run.h"

namespace fettle::data::clean {
namespace {

constexpr std::uint32_t kAlone = 0xffffffff;

// Numbers for 64-bit keys, by open addressing; emptied without giving memory back.
class Numbering {
 public:
  void reset(std::size_t keys) {
    const std::size_t wanted = std::bit_ceil(keys * 2 + 16);
    if (slots_.size() < wanted) slots_.resize(wanted);
    mask_ = wanted - 1;
    std::fill_n(slots_.begin(), wanted, Slot{});
    count_ = 0;
  }
  std::uint32_t number(std::uint64_t key) {
    for (std::size_t at = (key * 0x9e3779b97f4a7c15) >> 20 & mask_;; at = (at + 1) & mask_) {
      Slot& slot = slots_[at];
      if (slot.number == kAlone) {
        slot = {key, count_};
        return count_++;
      }
      if (slot.key == key) return slot.number;
    }
  }
  [[nodiscard]] std::uint32_t count() const { return count_; }

 private:
  struct Slot {
    std::uint64_t key = 0;
    std::uint32_t number = kAlone;
  };
  std::vector<Slot> slots_;
  std::size_t mask_ = 0;
  std::uint32_t count_ = 0;
};

// Which of many keys may have come twice: two bits of a byte a slot, so that no key is compared.
class MaybeTwice {
 public:
  void reset(std::size_t keys) {
    const std::size_t wanted = std::bit_ceil(keys * 8 + 64);
    if (slots_.size() < wanted) slots_.resize(wanted);
    mask_ = wanted - 1;
    std::fill_n(slots_.begin(), wanted, std::uint8_t{0});
  }
  void add(std::uint64_t key) {
    std::uint8_t& slot = slots_[key & mask_];
    slot = static_cast<std::uint8_t>((slot << 1 | 1) & 3);
  }
  // Never no for a key that was added twice.
  [[nodiscard]] bool may_be(std::uint64_t key) const { return slots_[key & mask_] == 3; }

 private:
  std::vector<std::uint8_t> slots_;
  std::size_t mask_ = 0;
};

// The n-grams that occur more than once, by where they begin, from n = 2 on. Once none is left,
// longer ones cost nothing.
class Grams {
 public:
  explicit Grams(const Document& document) : words_(document.words()) {
    ends_.resize(words_.size() + 1);
    ends_[0] = 0;
    for (std::size_t i = 0; i < words_.size(); ++i) ends_[i + 1] = ends_[i] + words_[i].chars;
    find_pairs();
    number_live();
  }

  // To the n-grams one word longer.
  void lengthen() {
    ++n_;
    if (live_.empty()) return;
    if (live_.back().at + n_ > words_.size()) live_.pop_back();
    keys_.resize(live_.size());
    for (std::size_t i = 0; i < live_.size(); ++i) {
      keys_[i] = mixed(live_[i].gram, words_[live_[i].at + n_ - 1].hash);
    }
    number_live();
  }

  // Characters, spaces between words included, of the most frequent n-gram's occurrences.
  [[nodiscard]] std::size_t top() const {
    if (words_.size() < n_) return 0;
    std::size_t best = 0;
    std::uint32_t count = 1;
    for (const Live& one : live_) {
      if (counts_[one.gram] <= count) continue;
      best = one.at;
      count = counts_[one.gram];
    }
    return (ends_[best + n_] - ends_[best] + n_ - 1) * count;
  }

  // Characters, without spaces, of n-grams that came before; found ones do not overlap.
  [[nodiscard]] std::size_t duplicated() {
    if (live_.empty()) return 0;
    seen_.assign(numbering_.count(), false);
    std::size_t chars = 0;
    std::size_t next = 0;
    for (const Live& one : live_) {
      if (one.at < next) continue;
      if (seen_[one.gram]) {
        chars += ends_[one.at + n_] - ends_[one.at];
        next = one.at + n_;
      }
      seen_[one.gram] = true;
    }
    return chars;
  }

 private:
  struct Live {
    std::uint32_t at;
    std::uint32_t gram;
  };

  // Makes live_ the pairs of words that may occur twice, and keys_ theirs.
  void find_pairs() {
    const std::size_t pairs = words_.empty() ? 0 : words_.size() - 1;
    twice_.reset(pairs);
    keys_.resize(pairs);
    live_.resize(pairs);
    for (std::size_t i = 0; i < pairs; ++i) {
      keys_[i] = mixed(words_[i].hash, words_[i + 1].hash);
      twice_.add(keys_[i]);
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < pairs; ++i) {
      const std::uint64_t key = keys_[i];
      keys_[kept] = key;
      live_[kept] = {static_cast<std::uint32_t>(i), 0};
      kept += twice_.may_be(key);
    }
    live_.resize(kept);
  }

  // Numbers the n-grams by their keys and leaves those that occur twice.
  void number_live() {
    numbering_.reset(live_.size());
    for (std::size_t i = 0; i < live_.size(); ++i) live_[i].gram = numbering_.number(keys_[i]);
    counts_.assign(numbering_.count(), 0);
    for (const Live& one : live_) ++counts_[one.gram];
    std::erase_if(live_, [this](const Live& one) { return counts_[one.gram] < 2; });
  }

  // What each thread keeps from row to row, for its memory.
  struct Memory {
    MaybeTwice twice;
    Numbering numbering;
    std::vector<std::uint64_t> keys;
    std::vector<Live> live;
    std::vector<std::uint32_t> counts;
    std::vector<std::size_t> ends;
    std::vector<bool> seen;
  };
  static Memory& memory() {
    thread_local Memory own;
    return own;
  }

  const std::vector<Word>& words_;
  std::size_t n_ = 2;
  MaybeTwice& twice_ = memory().twice;
  Numbering& numbering_ = memory().numbering;
  std::vector<std::uint64_t>& keys_ = memory().keys;
  std::vector<Live>& live_ = memory().live;
  std::vector<std::uint32_t>& counts_ = memory().counts;
  std::vector<std::size_t>& ends_ = memory().ends;
  std::vector<bool>& seen_ = memory().seen;
};

// Parts between runs of at least `run` line feeds.
void split_at_runs(std::string_view text, std::size_t run, std::vector<Span>& parts) {
  parts.clear();
  std::size_t begin = 0;
  for (std::size_t at = text.find('\n'); at != std::string_view::npos;) {
    std::size_t end = at;
    while (end < text.size() && text[end] == '\n') ++end;
    if (end - at >= run) {
      parts.push_back({begin, at - begin});
      begin = end;
    }
    at = text.find('\n', end);
  }
  parts.push_back({begin, text.size() - begin});
}

Verdict over(std::string_view reason, std::size_t part, std::size_t whole, double bound) {
  const double share = static_cast<double>(part) / static_cast<double>(whole);
  if (bound <= 0 || share <= bound) return Verdict::kept();
  return Verdict::dropped(std::string(reason), text("{:.3g}; at most {:.3g}", share, bound));
}

bool drops(const Verdict& verdict) { return verdict.kind == Verdict::Kind::kDropped; }

Verdict check_parts(const Document& document, const RepetitionConfig& config) {
  thread_local std::vector<Span> parts;
  const std::string_view trimmed = trim(document.text());
  split_at_runs(trimmed, 2, parts);
  Repeated found = repeated(trimmed, parts);
  Verdict verdict =
      over("gopher_dup_para_frac", found.spans, parts.size(), config.max_duplicate_paragraphs);
  if (drops(verdict)) return verdict;
  verdict = over("gopher_dup_para_char_frac", found.chars, document.chars(),
                 config.max_duplicate_paragraph_chars);
  if (drops(verdict)) return verdict;
  split_at_runs(document.text(), 1, parts);
  found = repeated(document.text(), parts);
  verdict = over("gopher_dup_line_frac", found.spans, parts.size(), config.max_duplicate_lines);
  if (drops(verdict)) return verdict;
  return over("gopher_dup_line_char_frac", found.chars, document.chars(),
              config.max_duplicate_line_chars);
}

}  // namespace

Repeated repeated(std::string_view text, const std::vector<Span>& spans) {
  thread_local Numbering numbering;
  Repeated found;
  if (spans.size() < 2) return found;
  numbering.reset(spans.size());
  for (const Span& span : spans) {
    const std::uint32_t known = numbering.count();
    const std::string_view part = span.in(text);
    if (numbering.number(XXH3_64bits(part.data(), part.size())) == known) continue;
    ++found.spans;
    found.chars += count_chars(part);
  }
  return found;
}

Verdict gopher_repetition(const Document& document, const RepetitionConfig& config) {
  if (document.text().empty()) return Verdict::dropped("gopher_empty");
  Verdict verdict = check_parts(document, config);
  if (drops(verdict)) return verdict;
  struct Bound {
    std::string_view reason;
    double value;
  };
  const std::array<Bound, 9> bounds = {{
      {"gopher_top_2_gram", config.max_top_2_gram},
      {"gopher_top_3_gram", config.max_top_3_gram},
      {"gopher_top_4_gram", config.max_top_4_gram},
      {"gopher_duplicated_5_n_grams", config.max_duplicate_5_grams},
      {"gopher_duplicated_6_n_grams", config.max_duplicate_6_grams},
      {"gopher_duplicated_7_n_grams", config.max_duplicate_7_grams},
      {"gopher_duplicated_8_n_grams", config.max_duplicate_8_grams},
      {"gopher_duplicated_9_n_grams", config.max_duplicate_9_grams},
      {"gopher_duplicated_10_n_grams", config.max_duplicate_10_grams},
  }};
  Grams grams(document);
  for (std::size_t n = 2; n <= 10; ++n) {
    if (n > 2) grams.lengthen();
    const Bound& bound = bounds.at(n - 2);
    const std::size_t part = n <= 4 ? grams.top() : grams.duplicated();
    verdict = over(bound.reason, part, document.chars(), bound.value);
    if (drops(verdict)) return verdict;
  }
  return Verdict::kept();
}

}  // namespace fettle::data::clean
