#include "data/clean/phrases.h"

#include <algorithm>

#include "base/error.h"
#include "data/clean/chars.h"

namespace fettle::data::clean {
namespace {

// Letters from 1 on, in either case; 0: no letter.
constexpr std::array<std::uint8_t, 256> kLetters = [] {
  std::array<std::uint8_t, 256> letters{};
  for (unsigned c = 0; c < 26; ++c) {
    letters['a' + c] = letters['A' + c] = static_cast<std::uint8_t>(c + 1);
  }
  return letters;
}();

// In a thousand letters of English.
constexpr std::array<int, 27> kFrequency = {0,  82, 15, 28, 43, 127, 22, 20, 61, 70, 2, 8,  40, 24,
                                            67, 75, 19, 1,  60, 63,  91, 28, 10, 24, 2, 20, 1};

std::uint8_t letter(char c) { return kLetters[static_cast<unsigned char>(c)]; }

bool equal_in_any_case(std::string_view text, std::string_view low) {
  for (std::size_t i = 0; i < low.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if ((is_ascii_upper(c) ? c | 0x20U : c) != static_cast<unsigned char>(low[i])) return false;
  }
  return true;
}

}  // namespace

Phrases::Phrases(std::span<const std::string_view> phrases) {
  for (const std::string_view phrase : phrases) {
    Anchored best{phrase, 0, 0};
    int least = 1 << 30;
    for (std::size_t i = 0; i + 1 < phrase.size(); ++i) {
      const unsigned a = letter(phrase[i]);
      const unsigned b = letter(phrase[i + 1]);
      if (a == 0 || b == 0 || kFrequency[a] * kFrequency[b] >= least) continue;
      least = kFrequency[a] * kFrequency[b];
      best = {phrase, i, static_cast<std::uint16_t>(a << 5 | b)};
    }
    if (best.pair == 0) throw InternalError("the phrase \"{}\" has no two letters", phrase);
    if (!pairs_.at(best.pair)) distinct_.push_back(best.pair);
    pairs_.at(best.pair) = true;
    phrases_.push_back(best);
  }
}

bool Phrases::held_at(std::string_view text, std::size_t at, std::uint16_t pair) const {
  for (const Anchored& one : phrases_) {
    if (one.pair != pair || at < one.offset) continue;
    const std::size_t begin = at - one.offset;
    if (text.size() - begin < one.phrase.size()) continue;
    if (equal_in_any_case(text.substr(begin, one.phrase.size()), one.phrase)) return true;
  }
  return false;
}

// Does a pair of the phrases' stand among the first kBlock bytes, in whatever case? Some signs are
// taken for letters. Written as a minimum of differences, which compilers take many bytes at once.
bool Phrases::may_hold(const char* text) const {
  return std::any_of(distinct_.begin(), distinct_.end(), [&](std::uint16_t pair) {
    const auto first = static_cast<unsigned char>(pair >> 5);
    const auto second = static_cast<unsigned char>(pair & 0x1f);
    unsigned char least = 0xff;
    for (std::size_t i = 0; i < kBlock; ++i) {
      const auto a = static_cast<unsigned char>((text[i] & 0x1f) ^ first);
      const auto b = static_cast<unsigned char>((text[i + 1] & 0x1f) ^ second);
      const auto both = static_cast<unsigned char>(a | b);
      least = both < least ? both : least;
    }
    return least == 0;
  });
}

bool Phrases::held_by(std::string_view text) const {
  std::size_t begin = 0;
  for (; begin + kBlock < text.size(); begin += kBlock) {
    if (may_hold(text.data() + begin) && held_within(text, begin, begin + kBlock)) return true;
  }
  return held_within(text, begin, text.size());
}

bool Phrases::held_within(std::string_view text, std::size_t begin, std::size_t end) const {
  for (std::size_t at = begin; at < end && at + 1 < text.size(); ++at) {
    const auto pair = static_cast<std::uint16_t>(letter(text[at]) << 5 | letter(text[at + 1]));
    if (pairs_[pair] && held_at(text, at, pair)) return true;
  }
  return false;
}

}  // namespace fettle::data::clean
