// Names of people, titles and nationalities: by small lists and by the words around. Without a
// model of language this misses rare names and takes some words for names.
#include <algorithm>
#include <array>

#include "data/clean/scan.h"

namespace fettle::data::clean {
namespace {

unsigned lists_of_name(Scan& scan, std::size_t i) {
  return scan.atoms()[i].size() < 2 ? 0 : scan.lists(i);
}

// A capital and small letters, or an initial.
bool like_name(const Scan& scan, std::size_t i) {
  const Atom& atom = scan.atoms()[i];
  if (!atom.upper || !atom.word() || atom.size() > 24) return false;
  return atom.size() == 1 || atom.wide || !is_ascii_upper(scan.at(atom.begin + 1));
}

bool name_gap(const Scan& scan, std::size_t i) {
  const std::string_view gap = scan.gap_after(i);
  if (gap == " " || gap == "-" || gap == "'") return true;
  return gap == ". " && scan.atoms()[i].size() == 1;
}

bool particle(std::string_view word) {
  constexpr std::array kParticles = {"van", "von", "de",  "der", "den", "di",  "da",  "del",
                                     "la",  "le",  "bin", "al",  "el",  "ter", "dos", "du"};
  return std::find(kParticles.begin(), kParticles.end(), word) != kParticles.end();
}

// The last atom of the name that begins with atom `i`: at most five parts.
std::size_t name_end(Scan& scan, std::size_t i) {
  const auto& atoms = scan.atoms();
  std::size_t last = i;
  for (std::size_t k = i + 1; k < atoms.size() && k < i + 6 && name_gap(scan, k - 1); ++k) {
    if (like_name(scan, k) && (lists_of_name(scan, k) & (kCommonWord | kMonth | kWeekday)) == 0) {
      last = k;
    } else if (!particle(scan.view(atoms[k]))) {
      break;
    }
  }
  return last;
}

void add_person(Scan& scan, std::size_t first, std::size_t last, double score) {
  scan.add(Personal::kPerson, scan.atoms()[first].begin, scan.atoms()[last].end, score);
}

// A title and the name behind it; gives the last atom taken, or `i - 1`.
bool try_title(Scan& scan, std::size_t& i) {
  const auto& atoms = scan.atoms();
  if ((lists_of_name(scan, i) & kPersonTitle) == 0 || !atoms[i].upper) return false;
  const std::string_view gap = scan.gap_after(i);
  if ((gap != " " && gap != ". ") || i + 1 >= atoms.size() || !like_name(scan, i + 1)) return false;
  scan.add(Personal::kTitle, atoms[i].begin, atoms[i].end + (gap == ". " ? 1 : 0), 0.8);
  const std::size_t last = name_end(scan, i + 1);
  add_person(scan, i + 1, last, 0.8);
  i = last;
  return true;
}

// Do the words before say that a name follows?
double said(Scan& scan, std::size_t i) {
  if (i == 0) return 0;
  if (scan.near(i, 2,
                {"name", "named", "called", "i'm", "dear", "regards", "sincerely", "hi", "hello",
                 "hey", "cheers", "mr", "mrs", "ms", "miss", "madam"})) {
    return 0.6;
  }
  return scan.near(i, 1, {"m", "am", "by", "with", "for", "contact", "from", "thanks"}) ? 0.3 : 0;
}

void try_name(Scan& scan, std::size_t& i) {
  if (!like_name(scan, i) || scan.atoms()[i].size() < 2) return;
  const unsigned lists = lists_of_name(scan, i);
  if ((lists & (kCommonWord | kMonth | kWeekday | kCountry)) != 0) return;
  const std::size_t last = name_end(scan, i);
  const double context = said(scan, i);
  double score = 0;
  if ((lists & kFirstName) != 0) {
    score = last > i ? 0.75 : 0.55;
  } else if (last > i && (lists_of_name(scan, last) & kSurname) != 0 && (lists & kCity) == 0) {
    score = 0.5;
  } else if ((lists & kSurname) != 0) {
    score = context > 0 ? 0.5 : 0.35;
  }
  if (context > 0) score = std::max(score + 0.1, (lists & kCity) != 0 ? 0 : context);
  if (score == 0) return;
  add_person(scan, i, last, std::min(score, 0.85));
  if (score >= 0.4) i = last;
}

}  // namespace

void find_people(Scan& scan) {
  const bool people = scan.wants(Personal::kPerson) || scan.wants(Personal::kTitle);
  const bool nations = scan.wants(Personal::kNationality);
  if (!people && !nations) return;
  for (std::size_t i = 0; i < scan.atoms().size(); ++i) {
    const Atom& atom = scan.atoms()[i];
    if (!atom.word()) continue;
    if (nations && (lists_of_name(scan, i) & kNationalityWord) != 0) {
      scan.add(Personal::kNationality, atom.begin, atom.end, 0.7);
      continue;
    }
    if (people && atom.upper && !try_title(scan, i)) try_name(scan, i);
  }
}

}  // namespace fettle::data::clean
