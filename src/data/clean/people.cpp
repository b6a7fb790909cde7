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
    if (like_name(scan, k) &&
        (lists_of_name(scan, k) & (kCommonWord | kMonth | kWeekday | kCompanyEnd)) == 0) {
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

// Surnames that are other words as often.
bool is_other_word(std::string_view word) {
  constexpr std::array kOthers = {
      "baker",  "banks",  "bell",  "bishop", "black",  "brown",  "butler",  "carter", "castle",
      "cook",   "cooper", "cross", "day",    "fields", "fisher", "flowers", "ford",   "fox",
      "grant",  "gray",   "green", "hall",   "hill",   "hunter", "king",    "knight", "lane",
      "long",   "mason",  "may",   "miller", "mills",  "moore",  "page",    "park",   "parks",
      "porter", "powers", "price", "rice",   "rich",   "rose",   "song",    "stone",  "sun",
      "turner", "walker", "walls", "ward",   "waters", "wells",  "west",    "white",  "winter",
      "wolf",   "wood",   "woods", "york",   "young"};
  return std::binary_search(kOthers.begin(), kOthers.end(), lower_word(word));
}

// Do the words before say that a name follows?
double said(Scan& scan, std::size_t i) {
  if (i == 0) return 0;
  if (scan.near(i, 2,
                {"name", "named", "called", "i'm", "dear", "regards", "sincerely", "hi", "hello",
                 "hey", "cheers", "mr", "mrs", "ms", "miss", "madam"})) {
    return 0.6;
  }
  if (scan.gap_after(i - 1) == " " &&
      scan.near(i, 1,
                {"says",   "said",    "son",    "daughter",  "kid",       "wife",       "husband",
                 "friend", "brother", "sister", "mother",    "father",    "uncle",      "aunt",
                 "cousin", "nephew",  "niece",  "colleague", "boyfriend", "girlfriend", "boss"})) {
    return 0.45;
  }
  return scan.near(i, 1, {"m", "am", "by", "with", "for", "contact", "from", "thanks"}) ? 0.3 : 0;
}

// Does a verb of people follow the name that ends with atom `last`?
bool acts(Scan& scan, std::size_t last) {
  if (last + 1 >= scan.atoms().size() || scan.gap_after(last) != " ") return false;
  return scan.near(
      last + 2, 1,
      {"said", "says", "told", "asked", "replied", "lives", "lived", "wrote", "writes", "explained",
       "argued", "married", "thinks", "smiled", "laughed", "shouted", "whispered", "nodded"});
}

// The next word of a list of names behind atom `i` ("A, B and C"), or none: the atoms' number.
std::size_t next_listed(const Scan& scan, std::size_t i) {
  const auto& atoms = scan.atoms();
  if (i + 1 >= atoms.size()) return atoms.size();
  const std::string_view gap = scan.gap_after(i);
  if (gap == ", " || gap == " & ") return i + 1;
  const bool joined = (gap == " " || gap == ", ") && i + 2 < atoms.size() &&
                      scan.gap_after(i + 1) == " " && scan.view(atoms[i + 1]) == "and";
  return joined ? i + 2 : atoms.size();
}

// Does a word on one of `lists` stand beside the name in a list of names?
bool listed_with(Scan& scan, std::size_t first, std::size_t last, unsigned lists) {
  const auto& atoms = scan.atoms();
  const auto fits = [&](std::size_t i) {
    return like_name(scan, i) && (lists_of_name(scan, i) & lists) != 0 &&
           (lists_of_name(scan, i) & (kCity | kCountry | kCommonWord)) == 0;
  };
  const std::size_t next = next_listed(scan, last);
  if (next < atoms.size() && fits(next)) return true;
  for (std::size_t back = 1; back <= 2 && back <= first; ++back) {
    if (next_listed(scan, first - back) == first && fits(first - back)) return true;
  }
  return false;
}

// "Mary T Hughes": an initial between two words of names, neither common.
bool has_initial(Scan& scan, std::size_t first, std::size_t last) {
  const auto& atoms = scan.atoms();
  return last == first + 2 && atoms[first + 1].size() == 1 && atoms[first].size() > 2 &&
         atoms[last].size() > 2 && scan.gap_after(first) == " ";
}

// How sure lists and forms alone make the name.
double known_score(Scan& scan, std::size_t first, std::size_t last) {
  const unsigned lists = lists_of_name(scan, first);
  const unsigned end = lists_of_name(scan, last);
  if ((lists & kFirstName) != 0) return last > first ? 0.75 : 0.55;
  if ((lists & kCity) != 0) return 0;
  const SurnameForm form = surname_form(scan.view(scan.atoms()[last]));
  if (last > first) {
    if ((end & kSurname) != 0 || has_initial(scan, first, last)) return 0.5;
    return form == SurnameForm::kSure ? 0.6 : form == SurnameForm::kLikely ? 0.45 : 0;
  }
  if ((lists & kSurname) != 0) return is_other_word(scan.view(scan.atoms()[last])) ? 0.35 : 0.42;
  return form == SurnameForm::kSure ? 0.45 : 0;
}

void try_name(Scan& scan, std::size_t& i) {
  if (!like_name(scan, i) || scan.atoms()[i].size() < 2) return;
  const unsigned lists = lists_of_name(scan, i);
  if ((lists & (kCommonWord | kMonth | kWeekday | kCountry | kCompanyEnd | kStreetWord)) != 0)
    return;
  const std::size_t last = name_end(scan, i);
  const bool street = (lists_of_name(scan, last) & (kStreetWord | kStreetSuffix)) != 0;
  if (street && (lists_of_name(scan, last) & kSurname) == 0) return;
  const bool city = (lists & kCity) != 0;
  const double context = said(scan, i);
  double score = known_score(scan, i, last);
  if (score > 0 && context > 0 && (lists & kSurname) != 0) score = std::max(score, 0.5);
  if (context > 0) score = std::max(score + 0.1, city ? 0 : context);
  if (last > i && !city && acts(scan, last)) score = std::max(score, 0.5);
  if (score < 0.5 && (lists & kSurname) != 0 && listed_with(scan, i, last, kFirstName | kSurname)) {
    score = 0.5;
  }
  if (score < 0.4 && !city && listed_with(scan, i, last, kFirstName)) score = 0.4;
  if (score == 0) return;
  add_person(scan, i, last, std::min(score, 0.85));
  if (score >= 0.4) i = last;
}

// "my name is anna smith": names in small letters, where the words before leave no doubt. The first
// one is in the list, those behind it are common words of no other kind.
void try_small_name(Scan& scan, std::size_t& i) {
  const auto& atoms = scan.atoms();
  if (atoms[i].size() < 3 || (lists_of_name(scan, i) & (kFirstName | kSurname)) == 0) return;
  const bool told = (scan.near(i, 1, {"is"}) && scan.near(i - 1, 1, {"name"})) ||
                    (scan.near(i, 1, {"name"}) && scan.gap_after(i - 1).starts_with(':')) ||
                    (scan.near(i, 1, {"me"}) && scan.near(i - 1, 1, {"call"}));
  if (!told) return;
  std::size_t last = i;
  while (last + 1 < atoms.size() && last < i + 2 && name_gap(scan, last) &&
         atoms[last + 1].word() &&
         ((lists_of_name(scan, last + 1) & (kFirstName | kSurname)) != 0 ||
          surname_form(scan.view(atoms[last + 1])) != SurnameForm::kNone)) {
    ++last;
  }
  add_person(scan, i, last, 0.6);
  i = last;
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
    if (!people) continue;
    if (!atom.upper) {
      if (i > 0) try_small_name(scan, i);
    } else if (!try_title(scan, i)) {
      try_name(scan, i);
    }
  }
}

}  // namespace fettle::data::clean
