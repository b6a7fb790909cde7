#include "data/clean/scan.h"

#include <algorithm>

#include "base/format.h"
#include "data/clean/word_run.h"

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
    Beginning{"sg", kMayBePrefix},   Beginning{"ey", kMayBePrefix},
};

constexpr unsigned pair_of(char a, char b) {
  return (static_cast<unsigned char>(a) & 31U) << 5 | (static_cast<unsigned char>(b) & 31U);
}

// What a pair of first letters says: hints, and the third letters that a hint needs, a bit each.
struct PairHints {
  std::uint8_t hints = 0;
  std::uint32_t key_word = 0;
  std::uint32_t birth = 0;
};

constexpr std::array<PairHints, 1024> kPairHints = [] {
  std::array<PairHints, 1024> all{};
  for (const Beginning& one : kBeginnings) {
    PairHints& pair = all[pair_of(one.letters[0], one.letters[1])];
    if (one.letters.size() == 2) {
      pair.hints |= one.hint;
    } else {
      const std::uint32_t third = 1U << (one.letters[2] & 31);
      (one.hint == kMayBeBirth ? pair.birth : pair.key_word) |= third;
    }
  }
  return all;
}();

// Digits may be taken for letters: rules look again.
std::uint8_t hints_of(std::string_view word) {
  if (word.size() < 2) return 0;
  const PairHints& pair = kPairHints[pair_of(word[0], word[1])];
  if (word.size() < 3) return pair.hints;
  const int third = word[2] & 31;
  return static_cast<std::uint8_t>(pair.hints | (pair.key_word >> third & 1) * kMayBeKeyWord |
                                   (pair.birth >> third & 1) * kMayBeBirth);
}

}  // namespace

std::string lower_word(std::string_view word) {
  std::string low;
  for (std::size_t at = 0; at < word.size();) append_char(low, lower(next_char(word, at)));
  return low;
}

std::string plain_word(std::string_view word) {
  std::string low;
  for (std::size_t at = 0; at < word.size();) {
    append_char(low, without_accents(lower(next_char(word, at))));
  }
  return low;
}

Scan::Cuts& Scan::own_cuts() {
  thread_local Cuts cuts;
  return cuts;
}

Scan::Scan(std::string_view text, PersonalSet kinds)
    : text_(text.substr(0, 0xfffffff0)), kinds_(kinds), cuts_(own_cuts()) {
  cut();
}

unsigned Scan::lists(std::size_t atom) {
  if (cuts_.lists.size() < atoms().size()) cuts_.lists.resize(atoms().size(), kNotAsked);
  std::uint16_t& known = cuts_.lists[atom];
  if (known != kNotAsked) return known;
  const Atom& one = atoms()[atom];
  if (!one.word() || one.size() > 24) return known = 0;
  spend(one.size());
  const std::string_view word = view(one);
  if (!one.wide) return known = static_cast<std::uint16_t>(lists_of(lower_ascii(word)));
  // Most lists have no accents.
  const unsigned found = lists_of(lower_word(word)) | lists_of(plain_word(word));
  return known = static_cast<std::uint16_t>(found);
}

void Scan::cut() {
  cuts_.atoms.clear();
  cuts_.notable.clear();
  cuts_.hinted.clear();
  cuts_.chained.clear();
  cuts_.lists.clear();
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
  const WordRun run = word_run(text_, begin);
  // Filled in its place: copying what was just written in parts is slow.
  Atom& atom = cuts_.atoms.emplace_back();
  std::size_t at = begin + run.size;
  atom.digits = static_cast<std::uint32_t>(run.digits);
  atom.upper = kBytes[static_cast<unsigned char>(text_[begin])] == kCapital;
  if (at < text_.size() && kBytes[static_cast<unsigned char>(text_[at])] == kWide) {
    at = cut_wide(begin, at, atom);
  }
  if (at == begin) {
    cuts_.atoms.pop_back();
    return skip_wide(begin);
  }
  atom.begin = static_cast<std::uint32_t>(begin);
  atom.end = static_cast<std::uint32_t>(at);
  atom.hints = hints_of(text_.substr(begin, at - begin));
  note(atom);
  return at;
}

void Scan::note(const Atom& atom) {
  const auto index = static_cast<std::uint32_t>(cuts_.atoms.size() - 1);
  cuts_.notable.put(index, (atom.digits > 0) | atom.upper | (atom.size() == 8));
  cuts_.hinted.put(index, atom.hints != 0);
  hints_ |= atom.hints;
  has_digits_ |= atom.digits > 0;
  const unsigned char after = at(atom.end);
  const unsigned char before = atom.begin > 0 ? at(atom.begin - 1) : 0;
  cuts_.chained.put(index, (after == ':') | (after == '-') | (after == '.') | (before == ':'));
}

// The rest of an atom from its first character beyond ASCII on, if that belongs to one.
std::size_t Scan::cut_wide(std::size_t begin, std::size_t at, Atom& atom) {
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
    atom.digits += kind == kDigit;
    at = end;
  }
  return at;
}

std::size_t Scan::skip_wide(std::size_t at) const {
  (void)next_char(text_, at);
  return at;
}

std::string Scan::low(std::size_t atom) {
  const std::string_view word = view(atoms()[atom]);
  spend(word.size());
  return lower_word(word);
}

bool Scan::near(std::size_t before, std::size_t count,
                std::initializer_list<std::string_view> words) {
  const std::size_t first = before > count ? before - count : 0;
  for (std::size_t i = first; i < before; ++i) {
    const Atom& atom = atoms()[i];
    if (!atom.word() || atom.size() > 16) continue;
    const std::string word = lower_ascii(view(atom));
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
  for (const auto& finder :
       {find_contacts, find_machines, find_numbers, find_codes, find_secrets, find_dates,
        find_people, find_places, find_towns, find_addresses, find_organizations}) {
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
