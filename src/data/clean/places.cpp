// Countries and cities by small lists, post codes by the words around.
#include "data/clean/scan.h"

namespace fettle::data::clean {
namespace {

unsigned lists_at(Scan& scan, std::size_t i) { return i < scan.atoms().size() ? scan.lists(i) : 0; }

// "United Kingdom": two words of which the first begins names of countries and cities.
std::size_t place_atoms(Scan& scan, std::size_t i) {
  const auto& atoms = scan.atoms();
  if (i + 1 < atoms.size() && atoms[i + 1].upper && scan.gap_after(i) == " " &&
      atoms[i + 1].size() <= 16 && atoms[i + 1].word()) {
    const std::string two = scan.low(i) + ' ' + scan.low(i + 1);
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
  const bool codes = scan.wants(Personal::kPostcode);
  if (!places && !codes) return;
  for (std::size_t i = 0; i < scan.atoms().size(); ++i) {
    const Atom& atom = scan.atoms()[i];
    if (codes) try_postcode(scan, i);
    if (places && atom.upper && atom.word()) try_place(scan, i);
  }
}

}  // namespace fettle::data::clean
