// Countries and cities by small lists, street addresses and post codes by their form, organisations
// by their endings.
#include <algorithm>
#include <array>

#include "data/clean/scan.h"

namespace fettle::data::clean {
namespace {

std::string low_at(Scan& scan, std::size_t i) {
  const std::string_view word = scan.view(scan.atoms()[i]);
  scan.spend(word.size());
  return lower_word(word);
}

unsigned lists_at(Scan& scan, std::size_t i) { return i < scan.atoms().size() ? scan.lists(i) : 0; }

// "United Kingdom": two words of which the first begins names of countries and cities.
std::size_t place_atoms(Scan& scan, std::size_t i) {
  const auto& atoms = scan.atoms();
  if (i + 1 < atoms.size() && atoms[i + 1].upper && scan.gap_after(i) == " " &&
      atoms[i + 1].size() <= 16 && atoms[i + 1].word()) {
    const std::string two = low_at(scan, i) + ' ' + low_at(scan, i + 1);
    if ((lists_of(two) & (kCountry | kCity)) != 0) return 2;
  }
  return (lists_at(scan, i) & (kCountry | kCity)) != 0 ? 1 : 0;
}

void try_place(Scan& scan, std::size_t& i) {
  const std::size_t count = place_atoms(scan, i);
  if (count == 0) return;
  // "Czech Republic" is surer than the nationality in it.
  scan.add(Personal::kPlace, scan.atoms()[i].begin, scan.atoms()[i + count - 1].end,
           count == 2 ? 0.76 : 0.6);
  i += count - 1;
}

// Endings of words for "street": Bahnhofstrasse, Storgatan, Koskikatu, Vesterskovvej.
bool street_ending(Scan& scan, std::size_t i) {
  constexpr std::array<std::string_view, 18> kEndings = {"strasse",
                                                         "stra\xc3\x9f"
                                                         "e",
                                                         "weg",
                                                         "gasse",
                                                         "platz",
                                                         "gata",
                                                         "gatan",
                                                         "v\xc3\xa4gen",
                                                         "vej",
                                                         "gade",
                                                         "katu",
                                                         "tie",
                                                         "gate",
                                                         "veien",
                                                         "straat",
                                                         "laan",
                                                         "plein",
                                                         "allee"};
  const Atom& atom = scan.atoms()[i];
  if (!atom.word() || atom.size() < 6 || atom.size() > 40) return false;
  const std::string low = low_at(scan, i);
  return std::any_of(kEndings.begin(), kEndings.end(),
                     [&](std::string_view end) { return low.ends_with(end); });
}

bool street_word(Scan& scan, std::size_t i) { return (lists_at(scan, i) & kStreetWord) != 0; }

bool house_number(const Scan& scan, std::size_t i) {
  const auto& atoms = scan.atoms();
  return i < atoms.size() && atoms[i].digits > 0 && atoms[i].size() <= 6 &&
         is_digit(scan.at(atoms[i].begin));
}

bool address_gap(std::string_view gap) {
  return gap == " " || gap == ", " || gap == ". " || gap == "\n" || gap == ",\n" || gap == "\n, " ||
         gap == "\n " || gap == "-" || gap == "'" || gap == ".\n" || gap == ".\n ";
}

// How far the address goes on: flats, post codes, capitalised places; ten atoms at most.
std::size_t address_end(Scan& scan, std::size_t last) {
  const auto& atoms = scan.atoms();
  const std::size_t limit = std::min(atoms.size(), last + 12);
  for (std::size_t k = last + 1; k < limit && address_gap(scan.gap_after(k - 1)); ++k) {
    const unsigned lists = lists_at(scan, k);
    const bool part = house_number(scan, k) || (atoms[k].upper && (lists & kCommonWord) == 0) ||
                      street_word(scan, k);
    const bool sentence = scan.gap_after(k - 1) == ". " && atoms[k].upper && atoms[k].word() &&
                          atoms[k - 1].word() && atoms[k - 1].size() > 4;
    if (!part || sentence) break;
    last = k;
  }
  return last;
}

// "615 Benedum Drive", "12 rue de Lyon": a number, one to four words, a street word.
void try_numbered_street(Scan& scan, std::size_t& i) {
  const auto& atoms = scan.atoms();
  if (!house_number(scan, i)) return;
  for (std::size_t k = i + 1; k < atoms.size() && k < i + 6; ++k) {
    const std::string_view gap = scan.gap_after(k - 1);
    if (gap != " " && gap != ", " && gap != "." && gap != ". " && gap != "'" && gap != "-") return;
    const bool suffix = k > i + 1 && atoms[k].upper && (lists_at(scan, k) & kStreetSuffix) != 0;
    const bool street = street_word(scan, k) || street_ending(scan, k) || suffix;
    if (street) {
      const std::size_t last = address_end(scan, k);
      scan.add(Personal::kAddress, atoms[i].begin, atoms[last].end, 0.76);
      i = last;
      return;
    }
    if (!atoms[k].upper && atoms[k].digits == 0 && k > i + 1) return;
  }
}

// "Vesterskovvej 79", "Rue Mina 50": a street word, up to three words, a number.
void try_street_numbered(Scan& scan, std::size_t& i) {
  const auto& atoms = scan.atoms();
  if (!atoms[i].upper || !(street_ending(scan, i) || street_word(scan, i))) return;
  for (std::size_t k = i + 1; k < atoms.size() && k < i + 5; ++k) {
    const std::string_view gap = scan.gap_after(k - 1);
    if (gap != " " && gap != ". " && gap != "'") return;
    if (house_number(scan, k)) {
      const std::size_t last = address_end(scan, k);
      scan.add(Personal::kAddress, atoms[i].begin, atoms[last].end, 0.76);
      i = last;
      return;
    }
  }
}

// "P.O. Box 1234", "PO Box 12".
void try_box(Scan& scan, std::size_t i) {
  const auto& atoms = scan.atoms();
  const bool box = scan.view(atoms[i]) == "Box" || scan.view(atoms[i]) == "BOX";
  if (!box || i == 0 || !house_number(scan, i + 1)) return;
  const bool dotted = i >= 2 && scan.view(atoms[i - 2]) == "P" && scan.view(atoms[i - 1]) == "O" &&
                      scan.gap_after(i - 2).starts_with('.') && scan.gap_after(i - 1) == ". ";
  const bool plain = scan.view(atoms[i - 1]) == "PO" && scan.gap_after(i - 1) == " ";
  if ((!dotted && !plain) || scan.gap_after(i) != " ") return;
  scan.add(Personal::kAddress, atoms[dotted ? i - 2 : i - 1].begin, atoms[i + 1].end, 0.8);
}

// Capitalised words before Inc, Ltd, GmbH and the like.
void try_organization(Scan& scan, std::size_t i) {
  const auto& atoms = scan.atoms();
  if (!atoms[i].upper || (lists_at(scan, i) & kCompanyEnd) == 0 || i == 0) return;
  std::size_t first = i;
  while (first > 0 && i - first < 5) {
    const std::string_view gap = scan.gap_after(first - 1);
    const bool joins = gap == " " || gap == "-" || gap == ", " || gap == " & ";
    if (!joins || !atoms[first - 1].word()) break;
    const bool word = scan.view(atoms[first - 1]) == "and" || scan.view(atoms[first - 1]) == "of";
    if (!atoms[first - 1].upper && !word) break;
    --first;
  }
  if (first == i || !atoms[first].upper) return;
  if ((lists_at(scan, first) & kCommonWord) != 0 && first + 1 < i) ++first;
  const std::size_t end = atoms[i].end + (scan.at(atoms[i].end) == '.' ? 1 : 0);
  scan.add(Personal::kOrganization, atoms[first].begin, end, 0.8);
}

void try_postcode(Scan& scan, std::size_t i) {
  const Atom& atom = scan.atoms()[i];
  if (!atom.number() || atom.size() < 3 || atom.size() > 6) return;
  if (!scan.near(i, 4, {"zip", "zipcode", "postcode", "postal", "plz"})) return;
  std::size_t end = atom.end;
  const bool more = i + 1 < scan.atoms().size() && scan.atoms()[i + 1].size() <= 4 &&
                    (scan.gap_after(i) == " " || scan.gap_after(i) == "-");
  if (more && (scan.atoms()[i + 1].number() ||
               (scan.atoms()[i + 1].size() == 2 && scan.atoms()[i + 1].upper))) {
    end = scan.atoms()[i + 1].end;
  }
  scan.add(Personal::kPostcode, atom.begin, end, 0.6);
}

}  // namespace

void find_places(Scan& scan) {
  const bool places = scan.wants(Personal::kPlace);
  const bool addresses = scan.wants(Personal::kAddress);
  if (!places && !addresses && !scan.wants(Personal::kPostcode) &&
      !scan.wants(Personal::kOrganization)) {
    return;
  }
  for (std::size_t i = 0; i < scan.atoms().size(); ++i) {
    const Atom& atom = scan.atoms()[i];
    if (scan.wants(Personal::kPostcode)) try_postcode(scan, i);
    if (scan.wants(Personal::kOrganization) && atom.word()) try_organization(scan, i);
    if (places && atom.upper && atom.word()) try_place(scan, i);
    if (!addresses) continue;
    if (atom.digits > 0) {
      try_numbered_street(scan, i);
    } else if (atom.upper) {
      try_box(scan, i);
      try_street_numbered(scan, i);
    }
  }
}

}  // namespace fettle::data::clean
