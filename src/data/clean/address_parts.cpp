#include <algorithm>
#include <array>

#include "data/clean/addresses.h"

namespace fettle::data::clean {
namespace {

constexpr std::size_t kMostTail = 12;

bool address_gap(std::string_view gap) {
  constexpr std::array<std::string_view, 14> kGaps = {
      " ", ", ", ". ", ".", "\n", ",\n", "\n, ", "\n ", "-", "'", ".\n", ".\n ", "/", ",\n "};
  return is_one_of(kGaps, gap);
}

// Does atom `k` go on with an address that reaches to the atom before?
bool goes_on(Scan& scan, std::size_t k) {
  const auto& atoms = scan.atoms();
  const std::string_view gap = scan.gap_after(k - 1);
  if (!address_gap(gap)) return false;
  const bool unit = unit_at(scan, k);
  // A full stop ends it, unless behind an abbreviation.
  if (gap == ". " && !unit && (!atoms[k - 1].word() || atoms[k - 1].size() > 4)) return false;
  // The next line's key: "Mobile: ...".
  if (gap.find('\n') != std::string_view::npos && scan.gap_after(k).starts_with(':')) return false;
  if (gap.find('\n') != std::string_view::npos && !unit) {
    // Behind a post code the next line is another matter; a number there is a post code.
    const bool coded = atoms[k - 1].number() && atoms[k - 1].size() >= 4;
    const bool number = atoms[k].digits > 0;
    const bool code = number && atoms[k].size() >= 4 &&
                      !(k + 1 < atoms.size() && atoms[k + 1].digits > 0 &&
                        scan.gap_after(k).size() == 1 && scan.gap_after(k) != "\n");
    if (coded || (number && !code)) return false;
  }
  if (unit || house_number(scan, k)) return true;
  return atoms[k].upper && (scan.lists(k) & (kCommonWord | kMonth | kWeekday)) == 0;
}

}  // namespace

bool street_ending(Scan& scan, std::size_t i) {
  constexpr std::array<std::string_view, 26> kEndings = {
      "strasse", "stra\u00dfe", "str",  "weg",   "gasse",       "platz", "allee", "damm", "gata",
      "gatan",   "v\u00e4gen",  "vej",  "gade",  "str\u00e6de", "katu",  "tie",   "kuja", "gate",
      "veien",   "straat",      "laan", "plein", "gracht",      "kade",  "dijk",  "utca"};
  const Atom& atom = scan.atoms()[i];
  if (!atom.word() || atom.size() < 6 || atom.size() > 40) return false;
  const std::string low = scan.low(i);
  return std::any_of(kEndings.begin(), kEndings.end(),
                     [&](std::string_view end) { return low.ends_with(end); });
}

bool street_word(Scan& scan, std::size_t i) { return (scan.lists(i) & kStreetWord) != 0; }

bool street_first(Scan& scan, std::size_t i) {
  if ((scan.lists(i) & kStreetFirst) == 0) return false;
  // Short ones are other words too, as in "vitamin C 100".
  const std::size_t size = scan.atoms()[i].size();
  return size > 2 || scan.gap_after(i).starts_with(size == 1 ? '/' : '.');
}

bool unit_word(Scan& scan, std::size_t i) {
  constexpr std::array<std::string_view, 12> kUnits = {"apt",  "apartment", "suite", "ste",
                                                       "unit", "flat",      "floor", "room",
                                                       "appt", "piso",      "whg",   "etage"};
  const auto& atoms = scan.atoms();
  return i < atoms.size() && atoms[i].word() && atoms[i].size() <= 9 &&
         is_one_of(kUnits, scan.low(i));
}

bool house_number(const Scan& scan, std::size_t i) {
  const auto& atoms = scan.atoms();
  if (i >= atoms.size() || atoms[i].digits == 0 || atoms[i].size() > 6) return false;
  const std::uint32_t letters = atoms[i].size() - atoms[i].digits;
  return is_digit(scan.at(atoms[i].begin)) &&
         (letters <= 1 || scan.view(atoms[i]).ends_with("bis"));
}

bool unit_at(Scan& scan, std::size_t i) {
  if (!unit_word(scan, i) || !house_number(scan, i + 1)) return false;
  const std::string_view gap = scan.gap_after(i);
  return gap == " " || gap == ". " || gap == " #";
}

bool address_particle(std::string_view word) {
  constexpr std::array<std::string_view, 22> kParticles = {
      "de",  "del", "della", "delle", "dei", "degli", "di",  "du", "des", "da", "do",
      "dos", "das", "la",    "le",    "les", "los",   "las", "el", "d",   "l",  "e"};
  return is_one_of(kParticles, word);
}

std::size_t address_end(Scan& scan, std::size_t last) {
  const auto& atoms = scan.atoms();
  const std::size_t limit = std::min(atoms.size(), last + kMostTail);
  for (std::size_t k = last + 1; k < limit; ++k) {
    if (goes_on(scan, k)) {
      last = k;
      continue;
    }
    const bool joins = k + 1 < limit && scan.gap_after(k - 1) == " " &&
                       address_particle(scan.view(atoms[k])) && atoms[k + 1].upper;
    if (!joins) break;
  }
  return last;
}

}  // namespace fettle::data::clean
