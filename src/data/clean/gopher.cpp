#include <algorithm>
#include <array>
#include <cmath>

#include "base/format.h"
#include "data/clean/quality.h"

namespace fettle::data::clean {
namespace {

Verdict above(std::string_view reason, double value, double bound) {
  return Verdict::dropped(std::string(reason), text("{:.3g}; at most {:.3g}", value, bound));
}

Verdict below(std::string_view reason, double value, double bound) {
  return Verdict::dropped(std::string(reason), text("{:.3g}; at least {:.3g}", value, bound));
}

Verdict check_lengths(const WordCounts& counts, const GopherConfig& config) {
  const auto words = static_cast<std::int64_t>(counts.real);
  if (config.min_words != 0 && words < config.min_words) {
    return below("gopher_short_doc", static_cast<double>(words),
                 static_cast<double>(config.min_words));
  }
  if (config.max_words != 0 && words > config.max_words) {
    return above("gopher_long_doc", static_cast<double>(words),
                 static_cast<double>(config.max_words));
  }
  const double mean = share_of(counts.real_chars, counts.real);
  if (words > 0 && config.min_mean_word_length > 0 && mean < config.min_mean_word_length) {
    return below("gopher_below_avg_threshold", mean, config.min_mean_word_length);
  }
  if (words > 0 && config.max_mean_word_length > 0 && mean > config.max_mean_word_length) {
    return above("gopher_above_avg_threshold", mean, config.max_mean_word_length);
  }
  return Verdict::kept();
}

// Without overlaps, as str.count() counts.
std::size_t count_of(std::string_view text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos;
       at = text.find(what, at + what.size())) {
    ++count;
  }
  return count;
}

constexpr std::string_view kEllipsis = "\xe2\x80\xa6";
constexpr std::string_view kBullet = "\xe2\x80\xa2";

Verdict check_symbols(const Document& document, double bound) {
  if (bound <= 0) return Verdict::kept();
  const std::size_t words = document.words().size();
  const double hashes = share_of(count_of(document.text(), "#"), words);
  if (hashes > bound) return above("gopher_too_many_hashes", hashes, bound);
  const double ellipses =
      share_of(count_of(document.text(), "...") + count_of(document.text(), kEllipsis), words);
  return ellipses > bound ? above("gopher_too_many_ellipsis", ellipses, bound) : Verdict::kept();
}

Verdict check_lines(std::string_view text, const GopherConfig& config) {
  thread_local std::vector<Span> lines;
  split_lines(text, lines);
  std::size_t bullets = 0;
  std::size_t ellipses = 0;
  for (const Span& span : lines) {
    const std::string_view line = trim(span.in(text));
    bullets += line.starts_with('-') || line.starts_with(kBullet);
    ellipses += line.ends_with("...") || line.ends_with(kEllipsis);
  }
  const double bulleted = share_of(bullets, lines.size());
  if (config.max_bullet_lines > 0 && bulleted > config.max_bullet_lines) {
    return above("gopher_too_many_bullets", bulleted, config.max_bullet_lines);
  }
  const double trailing = share_of(ellipses, lines.size());
  if (config.max_ellipsis_lines > 0 && trailing > config.max_ellipsis_lines) {
    return above("gopher_too_many_end_ellipsis", trailing, config.max_ellipsis_lines);
  }
  return Verdict::kept();
}

std::int64_t different_stop_words(const Document& document, const GopherConfig& config) {
  std::size_t longest = 0;
  for (const std::string& word : config.stop_words) longest = std::max(longest, word.size());
  std::vector<bool> seen(config.stop_words.size());
  std::int64_t count = 0;
  for (const Word& word : document.words()) {
    if (word.size > longest) continue;
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (seen[i] || document.view(word) != config.stop_words[i]) continue;
      seen[i] = true;
      if (++count >= config.min_stop_words) return count;
    }
  }
  return count;
}

}  // namespace

Verdict gopher_quality(const Document& document, const GopherConfig& config) {
  const WordCounts& counts = document.counts();
  for (const Verdict& verdict :
       {check_lengths(counts, config), check_symbols(document, config.max_symbol_ratio),
        check_lines(document.text(), config)}) {
    if (verdict.kind == Verdict::Kind::kDropped) return verdict;
  }
  const double letters = share_of(counts.with_letters, document.words().size());
  if (config.min_letter_words > 0 && letters < config.min_letter_words) {
    return below("gopher_below_alpha_threshold", letters, config.min_letter_words);
  }
  if (config.min_stop_words > 0) {
    const std::int64_t found = different_stop_words(document, config);
    if (found < config.min_stop_words) {
      return below("gopher_enough_stop_words", static_cast<double>(found),
                   static_cast<double>(config.min_stop_words));
    }
  }
  return Verdict::kept();
}

}  // namespace fettle::data::clean
