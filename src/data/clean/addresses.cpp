// Street addresses by their form: a number and a street word in either order, the words of flats,
// boxes and military post, a post code and a town behind it. Windows are bounded.
#include "data/clean/addresses.h"

#include <algorithm>
#include <array>

namespace fettle::data::clean {
namespace {

constexpr std::size_t kMostNameAtoms = 7;  // "Rua Vinte e Cinco de Setembro"

// Where the address begins whose first number or word is atom `i`: a flat may stand before.
std::size_t address_begin(Scan& scan, std::size_t i) {
  if (i < 2 || !unit_at(scan, i - 2)) return i;
  const std::string_view gap = scan.gap_after(i - 1);
  return gap == ", " || gap == " " ? i - 2 : i;
}

std::size_t add_address(Scan& scan, std::size_t first, std::size_t core, double score) {
  const std::size_t last = address_end(scan, core);
  scan.add(Personal::kAddress, scan.atoms()[address_begin(scan, first)].begin,
           scan.atoms()[last].end, score);
  return last;
}

bool street_gap(std::string_view gap) {
  return gap == " " || gap == ". " || gap == "'" || gap == "\xe2\x80\x99" || gap == "-" ||
         gap == "/ " || gap == ".";
}

struct Name {
  std::size_t last;  // its last word or number; the street word's own atom where there is none
  bool numbered;
};

// The name behind a street word at atom `i`, and the house's number if one follows.
Name name_behind(Scan& scan, std::size_t i) {
  const auto& atoms = scan.atoms();
  const bool small = !atoms[i].upper;
  std::size_t last = i;
  for (std::size_t k = i + 1; k < atoms.size() && k <= i + kMostNameAtoms; ++k) {
    const std::string_view gap = scan.gap_after(k - 1);
    if (!street_gap(gap) || (gap.starts_with('.') && atoms[k - 1].size() > 4)) break;
    if (house_number(scan, k)) return {k, true};
    if (!atoms[k].word() || unit_word(scan, k)) break;
    const bool inner = address_particle(scan.view(atoms[k]));
    if (inner) continue;
    if (!atoms[k].upper && (!small || (scan.lists(k) & kCommonWord) != 0 || k > i + 4)) break;
    last = k;
  }
  return {last, false};
}

// Is atom `k` of a street's name that stands before the street word: "Benedum", "5th", "St."?
bool in_street_name(Scan& scan, std::size_t k) {
  const Atom& atom = scan.atoms()[k];
  if (unit_word(scan, k)) return false;
  if (!atom.word()) return is_digit(scan.at(atom.begin));
  if (!atom.upper) return false;
  constexpr std::array<std::string_view, 8> kInNames = {"old",  "new",   "high",   "great",
                                                        "long", "first", "second", "open"};
  return (scan.lists(k) & (kCommonWord | kMonth | kWeekday)) == 0 ||
         is_one_of(kInNames, scan.low(k));
}

// Words that are streets' names and others' too (Island, Crossing, Field) are so from atom `first`
// to `last` where a line begins, "at" or the like stands before, or a comma or a line end behind.
bool beside_address(Scan& scan, std::size_t first, std::size_t last) {
  const std::string_view gap = scan.gap_after(last);
  if (first == 0 || gap.starts_with(',') || gap.starts_with('\n')) return true;
  const std::string_view before = scan.gap_after(first - 1);
  const bool number = before == " " && scan.atoms()[first - 1].digits > 0;
  return before.find_first_of(":\n") != before.npos || number ||
         scan.near(first, 1, {"at", "to", "in", "on", "from", "near", "address", "is"});
}

// "615 Benedum Drive", "12 rue de Lyon", "5 Lindenstrasse": a number, words, a street word.
void try_numbered_street(Scan& scan, std::size_t& i) {
  const auto& atoms = scan.atoms();
  constexpr std::array<std::string_view, 2> kAgain = {"bis", "ter"};  // "12 bis rue des Lilas"
  if (!house_number(scan, i)) return;
  std::size_t words = 0;
  for (std::size_t k = i + 1; k < atoms.size() && k < i + 6; ++k) {
    const std::string_view gap = scan.gap_after(k - 1);
    const bool short_dot = gap == ". " && atoms[k - 1].word() && atoms[k - 1].size() <= 3;
    const bool inner = words > 0 && (gap == "'" || gap == "-");
    // In small letters it stands right behind the number.
    const bool first =
        street_first(scan, k) && (atoms[k].upper || (words == 0 && scan.view(atoms[k]) != "via"));
    if (gap != " " && !short_dot && !inner && !(gap == ", " && first && words == 0)) return;
    if (first) {
      const Name name = name_behind(scan, k);
      if (name.last > k) {
        i = add_address(scan, i, name.last, 0.81);
        return;
      }
    }
    const bool suffix = atoms[k].upper && words < 3 && (scan.lists(k) & kStreetSuffix) != 0 &&
                        beside_address(scan, i, k);
    if ((words > 0 && atoms[k].upper && (street_word(scan, k) || suffix)) ||
        (street_ending(scan, k) && atoms[k].upper)) {
      i = add_address(scan, i, k, 0.81);
      return;
    }
    if (k == i + 1 && is_one_of(kAgain, scan.view(atoms[k]))) continue;
    if (!in_street_name(scan, k)) return;
    words += atoms[k].number() ? 0U : 1U;
  }
}

// "Vesterskovvej 79", "Rue Mina 50", "ul. Cicha 86", "Suite 12": a street word, its name, a number.
void try_street_numbered(Scan& scan, std::size_t& i) {
  const auto& atoms = scan.atoms();
  if (street_first(scan, i)) {
    if (scan.view(atoms[i]) == "via") return;  // "via port 80"
    const Name name = name_behind(scan, i);
    if (name.numbered && name.last > i + 1) i = add_address(scan, i, name.last, 0.81);
  } else if (atoms[i].upper && street_ending(scan, i)) {
    const Name name = name_behind(scan, i);
    // "Watergate 1972" is none.
    if (name.numbered && atoms[name.last].digits <= 3) i = add_address(scan, i, name.last, 0.81);
  } else if (street_word(scan, i) && unit_at(scan, i)) {
    std::size_t k = i + 2;  // "Suite 900, 1200 Old Harbor Boulevard"
    if (k < atoms.size()) try_numbered_street(scan, k);
    i = k != i + 2 ? k : add_address(scan, i, i + 1, 0.81);
  }
}

// "P.O. Box 1234", "PO Box 12".
void try_box(Scan& scan, std::size_t& i) {
  const auto& atoms = scan.atoms();
  const std::string_view word = scan.view(atoms[i]);
  if ((word != "Box" && word != "BOX") || i == 0 || !house_number(scan, i + 1)) return;
  if (scan.gap_after(i) != " ") return;
  const bool dotted = i >= 2 && scan.view(atoms[i - 2]) == "P" && scan.view(atoms[i - 1]) == "O" &&
                      scan.gap_after(i - 2).starts_with('.') && scan.gap_after(i - 1) == ". ";
  const bool plain = scan.view(atoms[i - 1]) == "PO" && scan.gap_after(i - 1) == " ";
  if (!dotted && !plain) return;
  std::size_t first = dotted ? i - 2 : i - 1;
  if (first > 0 && house_number(scan, first - 1) && scan.gap_after(first - 1) == " ") --first;
  i = add_address(scan, first, i + 1, 0.8);
}

// "PSC 1234, Box 5678\nAPO AE 09876": military and diplomatic post (USPS Publication 28, 238).
void try_military(Scan& scan, std::size_t& i) {
  constexpr std::array<std::string_view, 3> kOffices = {"apo", "fpo", "dpo"};
  constexpr std::array<std::string_view, 3> kRegions = {"aa", "ae", "ap"};
  const auto& atoms = scan.atoms();
  if (i + 2 >= atoms.size() || atoms[i].size() != 3 || !is_one_of(kOffices, scan.low(i)) ||
      !is_one_of(kRegions, scan.low(i + 1)) || !atoms[i + 2].number() || atoms[i + 2].size() != 5) {
    return;
  }
  // The unit, ship or box is what the line before holds, at most five atoms.
  std::size_t first = i;
  bool line = false;
  for (std::size_t back = 1; back <= 5 && back <= i; ++back) {
    const std::string_view gap = scan.gap_after(i - back);
    const bool ends = gap.find('\n') != std::string_view::npos;
    if ((ends && line) || (!ends && gap != " " && gap != ", ")) break;
    line = line || ends;
    const Atom& atom = atoms[i - back];
    constexpr std::array<std::string_view, 7> kFirst = {"psc",  "unit",  "cmr", "uss",
                                                        "usns", "uscgc", "box"};
    if (is_one_of(kFirst, lower_word(scan.view(atom)))) first = i - back;
  }
  scan.add(Personal::kAddress, atoms[first].begin, atoms[i + 2].end, 0.8);
  i += 2;
}

// Do the words before atom `i` say that an address follows?
bool told(Scan& scan, std::size_t i) {
  if (i == 0) return false;
  const std::string_view gap = scan.gap_after(i - 1);
  if (gap.starts_with(':') &&
      scan.near(i, 2, {"address", "adresse", "adres", "direcci\xc3\xb3n"})) {
    return true;
  }
  if (gap != " ") return false;
  return (scan.near(i, 1, {"at", "on"}) &&
          scan.near(i - 1, 3,
                    {"live", "lives", "lived", "living", "reside*", "located", "stays"})) ||
         (scan.near(i, 1, {"is", "to"}) && scan.near(i - 1, 4, {"address"}));
}

// "4596 Tylova 285 Suite 578", "lives at Parmova 109", "Parmova 109, 1000 Ljubljana": a name that
// is no street word, and a number, where what stands beside leaves little doubt.
void try_named_number(Scan& scan, std::size_t& i) {
  const auto& atoms = scan.atoms();
  std::size_t k = i;
  if (house_number(scan, k) && scan.gap_after(k) == " ") ++k;
  std::size_t words = 0;
  for (; k < atoms.size() && words < 4 && atoms[k].upper && atoms[k].word(); ++k, ++words) {
    constexpr unsigned kOthers = kMonth | kWeekday | kCommonWord | kPersonTitle;
    if ((scan.lists(k) & kOthers) != 0 || unit_word(scan, k)) return;
    const std::string_view gap = scan.gap_after(k);
    if (gap != " " && gap != "-" && gap != ". ") return;
  }
  if (words == 0 || !house_number(scan, k)) return;
  const std::string_view gap = scan.gap_after(k);
  const bool unit = unit_at(scan, k + 1) && address_gap(gap);
  const bool town = k + 2 < atoms.size() && gap == ", " && atoms[k + 1].number() &&
                    atoms[k + 1].size() >= 4 && atoms[k + 1].size() <= 5 && atoms[k + 2].upper &&
                    atoms[k + 2].word() && scan.gap_after(k + 1) == " ";
  if (unit || town || told(scan, i)) i = add_address(scan, i, k, 0.81);
}

// "the corner of Main Street and Elm": two names, of which one holds a number or a street word.
void try_corner(Scan& scan, std::size_t& i) {
  const auto& atoms = scan.atoms();
  if (scan.view(atoms[i]) != "corner" || i + 4 >= atoms.size() || scan.gap_after(i) != " " ||
      scan.view(atoms[i + 1]) != "of") {
    return;
  }
  std::size_t joint = 0;
  std::size_t last = i + 1;
  bool street = false;
  for (std::size_t k = i + 2; k < atoms.size() && k < i + 14; ++k) {
    const std::string_view gap = scan.gap_after(k - 1);
    if (!street_gap(gap) || (gap == ". " && atoms[k - 1].word() && atoms[k - 1].size() > 4)) break;
    const std::string_view word = scan.view(atoms[k]);
    const bool joins = word == "and" && joint == 0;
    if (!joins && !atoms[k].upper && atoms[k].digits == 0 && !street_first(scan, k) &&
        !address_particle(word)) {
      break;
    }
    street = street || (atoms[k].digits > 0) || street_word(scan, k) || street_ending(scan, k);
    if (joins) joint = k;
    if (!joins && !address_particle(word)) last = k;
  }
  if (joint < i + 3 || last <= joint || !street) return;
  const bool the = i > 0 && scan.gap_after(i - 1) == " " && scan.near(i, 1, {"the"});
  scan.add(Personal::kAddress, atoms[the ? i - 1 : i].begin, atoms[last].end, 0.81);
  i = last;
}

}  // namespace

void find_addresses(Scan& scan) {
  if (!scan.wants(Personal::kAddress)) return;
  const auto& atoms = scan.atoms();
  std::size_t number = 0;  // the next atom with digits, which most words are far from
  for (std::size_t i = 0; i < atoms.size(); ++i) {
    const Atom& atom = atoms[i];
    const std::size_t before = i;
    if (!atom.upper && atom.size() == 6) try_corner(scan, i);
    while (number < atoms.size() && (number <= i || atoms[number].digits == 0)) ++number;
    const bool soon = number < atoms.size() && number - i <= kMostNameAtoms + 1;
    if (i == before && atom.digits > 0) try_numbered_street(scan, i);
    if (i != before || !soon) continue;
    if (atom.word() && atom.size() == 3) try_military(scan, i);
    if (i == before && atom.upper && atom.word()) try_box(scan, i);
    if (i == before && atom.word()) try_street_numbered(scan, i);
    if (i == before && (atom.digits > 0 || atom.upper)) try_named_number(scan, i);
  }
}

}  // namespace fettle::data::clean
