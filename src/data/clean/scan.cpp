#include "data/clean/scan.h"

#include <algorithm>

#include "base/format.h"

namespace fettle::data::clean {
namespace {

enum ByteKind : std::uint8_t { kGap, kWide, kDigit, kLetter, kCapital };  // from kDigit on: ASCII

constexpr std::array<ByteKind, 256> kBytes = [] {
  std::array<ByteKind, 256> kinds{};
  for (unsigned c = 0; c < 256; ++c) {
    kinds[c] = c >= 0x80              ? kWide
               : c >= '0' && c <= '9' ? kDigit
               : c >= 'A' && c <= 'Z' ? kCapital
               : c >= 'a' && c <= 'z' ? kLetter
                                      : kGap;
  }
  return kinds;
}();

constexpr std::uint16_t kNotAsked = 0xffff;

// Hints by the first two letters, and by the third where many words begin with the two.
struct Beginning {
  std::string_view letters;
  Hint hint;
};
constexpr std::array kBeginnings = {
    Beginning{"pas", kMayBeKeyWord}, Beginning{"pwd", kMayBeKeyWord},
    Beginning{"sec", kMayBeKeyWord}, Beginning{"tok", kMayBeKeyWord},
    Beginning{"api", kMayBeKeyWord}, Beginning{"key", kMayBeKeyWord},
    Beginning{"aut", kMayBeKeyWord}, Beginning{"bea", kMayBeKeyWord},
    Beginning{"cre", kMayBeKeyWord}, Beginning{"bor", kMayBeBirth},
    Beginning{"bir", kMayBeBirth},   Beginning{"dob", kMayBeBirth},
    Beginning{"bda", kMayBeBirth},   Beginning{"geb", kMayBeBirth},
    Beginning{"nai", kMayBeBirth},   Beginning{"nac", kMayBeBirth},
    Beginning{"ak", kMayBePrefix},   Beginning{"as", kMayBePrefix},
    Beginning{"ai", kMayBePrefix},   Beginning{"gh", kMayBePrefix},
    Beginning{"gi", kMayBePrefix},   Beginning{"gl", kMayBePrefix},
    Beginning{"xo", kMayBePrefix},   Beginning{"ya", kMayBePrefix},
    Beginning{"sk", kMayBePrefix},   Beginning{"rk", kMayBePrefix},
    Beginning{"hf", kMayBePrefix},   Beginning{"np", kMayBePrefix},
    Beginning{"sg", kMayBePrefix},
};

constexpr unsigned pair_of(char a, char b) {
  return (static_cast<unsigned char>(a) & 31U) << 5 | (static_cast<unsigned char>(b) & 31U);
}

constexpr std::array<std::uint8_t, 1024> kPairHints = [] {
  std::array<std::uint8_t, 1024> hints{};
  for (const Beginning& one : kBeginnings)
    hints[pair_of(one.letters[0], one.letters[1])] |= one.hint;
  return hints;
}();

std::uint8_t hints_of(std::string_view word) {
  if (word.size() < 2) return 0;
  const std::uint8_t pair = kPairHints[pair_of(word[0], word[1])];
  std::uint8_t hints = pair & kMayBePrefix;
  if (pair == hints || word.size() < 3) return hints;
  for (const Beginning& one : kBeginnings) {
    if (one.letters.size() == 3 && (word[0] | 0x20) == one.letters[0] &&
        (word[1] | 0x20) == one.letters[1] && (word[2] | 0x20) == one.letters[2]) {
      hints |= one.hint;
    }
  }
  return hints;
}

std::vector<Atom>& own_atoms() {
  thread_local std::vector<Atom> atoms;
  return atoms;
}

std::vector<std::uint16_t>& own_lists() {
  thread_local std::vector<std::uint16_t> lists;
  return lists;
}

}  // namespace

Scan::Scan(std::string_view text, PersonalSet kinds)
    : text_(text.substr(0, 0xfffffff0)), kinds_(kinds), atoms_(own_atoms()), lists_(own_lists()) {
  cut();
}

unsigned Scan::lists(std::size_t atom) {
  if (lists_.size() < atoms_.size()) lists_.resize(atoms_.size(), kNotAsked);
  std::uint16_t& known = lists_[atom];
  if (known != kNotAsked) return known;
  const Atom& one = atoms_[atom];
  if (!one.word() || one.size() > 24) return known = 0;
  spend(one.size());
  const std::string_view word = view(one);
  if (!one.wide) return known = static_cast<std::uint16_t>(lists_of(lower_ascii(word)));
  std::string low;
  for (std::size_t at = 0; at < word.size();) append_char(low, lower(next_char(word, at)));
  return known = static_cast<std::uint16_t>(lists_of(low));
}

void Scan::cut() {
  atoms_.clear();
  lists_.clear();
  for (std::size_t at = 0; at < text_.size();) {
    if (kBytes[static_cast<unsigned char>(text_[at])] == kGap) {
      ++at;
    } else {
      at = cut_atom(at);
    }
  }
  spend(text_.size());
}

// Gives where the atom ends, or where the character does that begins none.
std::size_t Scan::cut_atom(const std::size_t begin) {
  Atom atom;
  std::size_t at = begin;
  std::uint32_t digits = 0;
  ByteKind kind = kGap;
  for (; at < text_.size(); ++at) {
    kind = kBytes[static_cast<unsigned char>(text_[at])];
    if (kind < kDigit) break;
    digits += kind == kDigit;
  }
  atom.upper = kBytes[static_cast<unsigned char>(text_[begin])] == kCapital;
  if (at < text_.size() && kind == kWide) at = cut_wide(begin, at, digits, atom);
  if (at == begin) return skip_wide(begin);
  atom.begin = static_cast<std::uint32_t>(begin);
  atom.end = static_cast<std::uint32_t>(at);
  atom.digits = digits;
  atom.hints = hints_of(view(atom));
  hints_ |= atom.hints;
  has_digits_ = has_digits_ || digits > 0;
  atoms_.push_back(atom);
  return at;
}

// The rest of an atom from its first character beyond ASCII on, if that belongs to one.
std::size_t Scan::cut_wide(std::size_t begin, std::size_t at, std::uint32_t& digits, Atom& atom) {
  while (at < text_.size()) {
    const ByteKind kind = kBytes[static_cast<unsigned char>(text_[at])];
    if (kind == kGap) break;
    std::size_t end = at;
    const char32_t c = next_char(text_, end);
    if (kind == kWide) {
      if (!is_word(c)) break;
      if (at == begin) atom.upper = is_upper(c);
      atom.wide = true;
    }
    digits += kind == kDigit;
    at = end;
  }
  return at;
}

std::size_t Scan::skip_wide(std::size_t at) const {
  (void)next_char(text_, at);
  return at;
}

bool Scan::near(std::size_t before, std::size_t count,
                std::initializer_list<std::string_view> words) {
  const std::size_t first = before > count ? before - count : 0;
  for (std::size_t i = first; i < before; ++i) {
    if (!atoms_[i].word() || atoms_[i].size() > 16) continue;
    const std::string word = lower_ascii(view(atoms_[i]));
    spend(word.size());
    for (const std::string_view known : words) {
      const bool open = known.back() == '*';
      if (open ? word.starts_with(known.substr(0, known.size() - 1)) : word == known) return true;
    }
  }
  return false;
}

void Scan::add(Personal kind, std::size_t begin, std::size_t end, double score,
               std::string_view detail) {
  if (wants(kind)) found_.findings.push_back({kind, begin, end, static_cast<float>(score), detail});
}

Found find_personal(std::string_view text, PersonalSet kinds) {
  Scan scan(text, kinds);
  for (const auto& finder : {find_contacts, find_machines, find_numbers, find_codes, find_secrets,
                             find_dates, find_people, find_places}) {
    finder(scan);
  }
  // Of findings that overlap, the surest stays, then the longest.
  std::vector<Finding>& all = scan.found().findings;
  const auto better = [](const Finding& a, const Finding& b) {
    if (a.score != b.score) return a.score > b.score;
    return a.end - a.begin > b.end - b.begin;
  };
  std::sort(all.begin(), all.end(), [&](const Finding& a, const Finding& b) {
    return a.begin != b.begin ? a.begin < b.begin : better(a, b);
  });
  std::vector<Finding> kept;
  for (const Finding& next : all) {
    bool stays = true;
    while (!kept.empty() && kept.back().end > next.begin) {
      if (!better(next, kept.back())) {
        stays = false;
        break;
      }
      kept.pop_back();
    }
    if (stays) kept.push_back(next);
  }
  scan.spend(all.size());
  all = std::move(kept);
  return std::move(scan.found());
}

}  // namespace fettle::data::clean
