// Places by the words around them: where somebody lives or goes, a state and its ZIP code,
// countries in small letters.
#include <algorithm>
#include <array>

#include "data/clean/scan.h"

namespace fettle::data::clean {
namespace {

constexpr std::size_t kMostWords = 4;

// USPS Publication 28, appendix B.
constexpr std::array<std::string_view, 51> kStates = {
    "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "DC", "FL", "GA", "HI", "ID",
    "IL", "IN", "IA", "KS", "KY", "LA", "ME", "MD", "MA", "MI", "MN", "MS", "MO",
    "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC", "ND", "OH", "OK", "OR", "PA",
    "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY"};

// A word that may be of a place's name: a capital first, in no list of other things.
bool like_place(Scan& scan, std::size_t i) {
  const Atom& atom = scan.atoms()[i];
  constexpr unsigned kOthers = kFirstName | kSurname | kNationalityWord | kPersonTitle |
                               kCommonWord | kMonth | kWeekday | kCompanyEnd;
  return atom.upper && atom.word() && atom.size() > 2 && (scan.lists(i) & kOthers) == 0;
}

// Small words within names: Villafranca del Cid, Stratford upon Avon, Frankfurt am Main.
bool joins_place(std::string_view word) {
  constexpr std::array kJoins = {"am",  "an",   "cum", "d",   "da",  "de",  "del",
                                 "der", "di",   "do",  "dos", "du",  "la",  "le",
                                 "nad", "next", "on",  "pod", "sur", "upon"};
  return std::find(kJoins.begin(), kJoins.end(), word) != kJoins.end();
}

// The last atom of the place whose name begins with atom `first`.
std::size_t place_end(Scan& scan, std::size_t first) {
  const auto& atoms = scan.atoms();
  std::size_t last = first;
  for (std::size_t k = first + 1; k < atoms.size() && k < first + kMostWords; ++k) {
    const std::string_view gap = scan.gap_after(k - 1);
    if (gap != " " && gap != "-" && gap != "'") break;
    if (like_place(scan, k)) {
      last = k;
    } else if (!joins_place(scan.view(atoms[k]))) {
      break;
    }
  }
  return last;
}

// Do the words before atom `i` say where somebody lives, is or goes?
bool place_follows(Scan& scan, std::size_t i) {
  if (i < 2 || scan.gap_after(i - 1) != " ") return false;
  const std::string_view before = scan.view(scan.atoms()[i - 1]);
  const std::size_t verb = i - 1;
  if (before == "in") {
    return scan.near(verb, 3,
                     {"live", "lives", "lived", "living", "reside*", "residing", "based", "born",
                      "raised", "grew", "located", "stay*", "settled", "headquarter*", "situated",
                      "home", "house", "apartment", "vacation"});
  }
  if (before == "to") {
    return scan.near(
        verb, 3,
        {"move", "moved", "moving", "travel*", "fly", "flew", "flying", "flight", "drive", "drove",
         "returned", "returning", "relocat*", "emigrat*", "trip", "trips"});
  }
  if (before == "from") {
    return scan.near(verb, 3,
                     {"originally", "moved", "comes", "hail*", "emigrat*", "flew", "flight",
                      "native", "arriv*"});
  }
  if (before == "at") return scan.near(verb, 1, {"arriv*"});
  if (before == "near") return scan.near(verb, 3, {"live", "lives", "lived", "living", "located"});
  return before == "of" && scan.near(verb, 1,
                                     {"city", "town", "village", "capital", "outskirts", "suburb",
                                      "suburbs", "municipality"});
}

void try_said_place(Scan& scan, std::size_t i) {
  if (!like_place(scan, i) || !place_follows(scan, i)) return;
  const std::size_t last = place_end(scan, i);
  // A company's name goes on to its ending.
  if (last + 1 < scan.atoms().size() && scan.gap_after(last) == " " &&
      (scan.lists(last + 1) & kCompanyEnd) != 0) {
    return;
  }
  scan.add(Personal::kPlace, scan.atoms()[i].begin, scan.atoms()[last].end, 0.5);
}

// "from switzerland": names of countries that are no other words.
void try_small_country(Scan& scan, std::size_t i) {
  if (i == 0 || scan.gap_after(i - 1) != " " || (scan.lists(i) & kCountry) == 0) return;
  constexpr std::array kOthers = {"chad", "china", "guinea", "jordan", "turkey"};
  const std::string_view word = scan.view(scan.atoms()[i]);
  if (std::find(kOthers.begin(), kOthers.end(), word) != kOthers.end()) return;
  if (!scan.near(i, 1, {"in", "from", "to", "of", "near", "across", "visit", "leave"})) return;
  scan.add(Personal::kPlace, scan.atoms()[i].begin, scan.atoms()[i].end, 0.5);
}

// "Springfield, IL 62704", and the four digits more that may follow.
void try_state(Scan& scan, std::size_t i) {
  const auto& atoms = scan.atoms();
  if (i == 0 || i + 1 >= atoms.size() || !atoms[i + 1].number() || atoms[i + 1].size() != 5) return;
  if (scan.gap_after(i) != " " || scan.gap_after(i - 1) != ", ") return;
  if (std::find(kStates.begin(), kStates.end(), scan.view(atoms[i])) == kStates.end()) return;
  const bool more = i + 2 < atoms.size() && scan.gap_after(i + 1) == "-" && atoms[i + 2].number() &&
                    atoms[i + 2].size() == 4;
  scan.add(Personal::kPostcode, atoms[i + 1].begin, atoms[more ? i + 2 : i + 1].end, 0.8);
  scan.add(Personal::kPlace, atoms[i].begin, atoms[i].end, 0.7);
  std::size_t first = i;
  while (first > 0 && i - first < 3 && atoms[first - 1].upper && atoms[first - 1].word() &&
         (first == i || scan.gap_after(first - 1) == " ")) {
    --first;
  }
  if (first < i) scan.add(Personal::kPlace, atoms[first].begin, atoms[i - 1].end, 0.77);
}

}  // namespace

void find_towns(Scan& scan) {
  if (!scan.wants(Personal::kPlace) && !scan.wants(Personal::kPostcode)) return;
  for (std::size_t i = 0; i < scan.atoms().size(); ++i) {
    const Atom& atom = scan.atoms()[i];
    if (!atom.word()) continue;
    if (!atom.upper) {
      if (atom.size() > 3) try_small_country(scan, i);
    } else if (atom.size() == 2) {
      try_state(scan, i);
    } else {
      try_said_place(scan, i);
    }
  }
}

}  // namespace fettle::data::clean
