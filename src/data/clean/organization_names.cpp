// Organisations by their endings (Ltd, GmbH), by what they are (Bank of, University, Foundation)
// and by a list of some that everybody knows.
#include <algorithm>
#include <array>

#include "data/clean/organizations.h"

namespace fettle::data::clean {
namespace {

bool is_and(std::string_view word) { return word == "and" || word == "et" || word == "und"; }

// The first atom of the name that ends with atom `end`, within `run`. A list is cut at its last
// comma or "and", unless `partners` may read "Owens, Duran and Oneal"; "Anna Holm of Foo Inc" at
// "of".
std::size_t name_begin(Scan& scan, const Run& run, std::size_t end, bool partners) {
  std::size_t first = run.first;
  std::size_t commas = 0;
  for (std::size_t k = run.first; k + 1 < end; ++k) {
    const std::string_view word = scan.view(scan.atoms()[k]);
    const bool comma = scan.gap_after(k) == ", ";
    commas += comma ? 1 : 0;
    if (partners && comma && commas == 1 && k + 3 < end && scan.gap_after(k + 1) == " " &&
        is_and(scan.view(scan.atoms()[k + 2]))) {
      k += 2;
    } else if (comma || is_and(word)) {
      first = k + 1;
    } else if (word == "of" && k > first && (scan.lists(k - 1) & kOrgNoun) == 0) {
      first = k + 1;
    }
  }
  return first;
}

// "Hartwell & Sons", "Durand et Fils", "Delgado Brothers".
bool kin(Scan& scan, std::size_t i) {
  constexpr std::array<std::string_view, 8> kKin = {"sons", "fils",  "co",    "brothers",
                                                    "bros", "hijos", "figli", "s\xc3\xb8nner"};
  return i > 0 && capital(scan, i) && is_one_of(kKin, scan.low(i));
}

// What an organisation is called after: "University of Leeds", "Bank of Scotland".
bool heads(Scan& scan, std::size_t i) {
  constexpr std::array<std::string_view, 21> kHeads = {
      "academy", "association", "bank",       "bureau",  "chamber",    "church",     "college",
      "council", "court",       "department", "faculty", "federation", "institute",  "ministry",
      "museum",  "office",      "school",     "society", "union",      "university", "universidad"};
  return is_one_of(kHeads, scan.low(i));
}

// "Durand et Fils SARL": kin at atom `k`, and an ending of the law behind.
bool try_kin(Scan& scan, const Run& run, std::size_t k, std::size_t& next) {
  const std::string_view gap = scan.gap_after(k - 1);
  const bool behind_and =
      is_and(scan.view(scan.atoms()[k - 1])) || gap.find('&') != std::string_view::npos;
  if (!kin(scan, k) || (!behind_and && (gap != " " || scan.low(k) == "co"))) return false;
  if ((scan.lists(k - 1) & kCommonWord) != 0 && !behind_and) return false;
  const bool more = k < run.last && legal_ending(scan, k + 1);
  add_organization(scan, {run.first, more ? k + 1 : k}, 0.79);
  next = k + (more ? 2 : 1);
  return true;
}

bool try_legal(Scan& scan, const Run& run, std::size_t k, std::size_t& next) {
  if (!legal_ending(scan, k)) return false;
  std::size_t last = k;
  while (last < run.last && legal_ending(scan, last + 1)) ++last;
  const std::size_t first = name_begin(scan, run, k, true);
  if (first == k || (scan.lists(first) & (kMonth | kWeekday)) != 0) return false;
  add_organization(scan, {first, last}, 0.8);
  next = last + 1;
  return true;
}

// "Royal Society of Arts", whose "Society" is atom `k`.
bool try_head(Scan& scan, const Run& run, std::size_t k, std::size_t& next) {
  if (k + 2 > run.last || scan.view(scan.atoms()[k + 1]) != "of" || !heads(scan, k)) return false;
  std::size_t last = k + 2;
  while (last < run.last && scan.gap_after(last) == " " && capital(scan, last + 1) &&
         (scan.lists(last + 1) & kFirstName) == 0) {
    ++last;
  }
  if (!capital(scan, last)) ++last;  // "of the Interior"
  if (last > run.last) return false;
  std::size_t first = k;
  while (first > run.first && capital(scan, first - 1) && scan.gap_after(first - 1) == " ") --first;
  add_organization(scan, {first, last}, 0.79);
  next = last + 1;
  return true;
}

bool try_form(Scan& scan, const Run& run, std::size_t& next) {
  for (std::size_t k = run.first; k <= run.last; ++k) {
    if (k > run.first && (try_kin(scan, run, k, next) || try_legal(scan, run, k, next)))
      return true;
    if (try_head(scan, run, k, next)) return true;
  }
  return false;
}

// Is the run a sentence in capitals?
bool shouted(const Scan& scan, const Run& run) {
  if (run.last < run.first + 2) return false;
  for (std::size_t k = run.first; k <= run.last; ++k) {
    const Atom& atom = scan.atoms()[k];
    if (atom.size() > 1 && !is_ascii_upper(scan.at(atom.begin + 1))) return false;
  }
  return true;
}

// "West Bank" is a place.
bool river_bank(Scan& scan, std::size_t bank) {
  return scan.near(bank, 1, {"west", "left", "right"}) && scan.low(bank) == "bank";
}

// "Boston Consulting Group", "Trinity College": a word before what an organisation is.
bool try_noun(Scan& scan, const Run& run, std::size_t& next) {
  const auto& atoms = scan.atoms();
  if (shouted(scan, run)) return false;
  for (std::size_t k = run.last; k > run.first; --k) {
    if ((scan.lists(k) & kOrgNoun) == 0 || scan.gap_after(k - 1) == ", ") continue;
    if (river_bank(scan, k)) continue;
    const std::size_t first = name_begin(scan, run, k, false);
    if (first >= k || !capital(scan, first) || !capital(scan, k - 1)) continue;
    if ((scan.lists(first) & kPersonTitle) != 0) continue;
    std::size_t last = k;
    if (last + 2 <= run.last && scan.view(atoms[last + 1]) == "of" && capital(scan, last + 2)) {
      last += 2;
    }
    add_organization(scan, {first, last}, 0.77);
    next = last + 1;
    return true;
  }
  return false;
}

// Names that everybody knows, of one or two words.
bool try_known(Scan& scan, const Run& run, std::size_t& next) {
  const auto& atoms = scan.atoms();
  for (std::size_t k = run.first; k <= run.last; ++k) {
    if (k < run.last && capital(scan, k + 1) && atoms[k].size() + atoms[k + 1].size() <= 24 &&
        (lists_of(scan.low(k) + ' ' + scan.low(k + 1)) & kKnownOrg) != 0) {
      add_organization(scan, {k, k + 1}, 0.77);
      next = k + 2;
      return true;
    }
    if ((scan.lists(k) & kKnownOrg) == 0) continue;
    // Short ones are names when they are capitals all: UN, MIT.
    if (atoms[k].size() <= 3 && !is_ascii_upper(scan.at(atoms[k].begin + 1))) continue;
    add_organization(scan, {k, k}, 0.7);
    next = k + 1;
    return true;
  }
  return false;
}

}  // namespace

// Endings that the law gives, which are no other words.
bool legal_ending(Scan& scan, std::size_t i) {
  constexpr std::array<std::string_view, 25> kEndings = {
      "inc",  "incorporated", "ltd", "limited", "llc", "llp", "plc", "corp", "co",
      "gmbh", "ag",           "kg",  "bv",      "nv",  "ab",  "oy",  "oyj",  "aps",
      "sarl", "sas",          "spa", "srl",     "sa",  "asa", "pty"};
  const Atom& atom = scan.atoms()[i];
  return atom.upper && atom.word() && atom.size() <= 12 && is_one_of(kEndings, scan.low(i));
}

bool name_joiner(std::string_view word) {
  constexpr std::array<std::string_view, 14> kJoiners = {"of",  "for", "the", "de",  "del",
                                                         "des", "du",  "la",  "der", "f\xc3\xbcr",
                                                         "et",  "and", "und", "y"};
  return is_one_of(kJoiners, word);
}

bool capital(const Scan& scan, std::size_t i) {
  return i < scan.atoms().size() && scan.atoms()[i].upper && scan.atoms()[i].word();
}

void add_organization(Scan& scan, const Run& run, double score) {
  const auto& atoms = scan.atoms();
  std::size_t end = atoms[run.last].end;
  if (legal_ending(scan, run.last) && scan.at(end) == '.') ++end;
  scan.add(Personal::kOrganization, atoms[run.first].begin, end, score);
}

bool try_organization_name(Scan& scan, const Run& run, std::size_t& next) {
  return try_form(scan, run, next) || try_noun(scan, run, next) || try_known(scan, run, next);
}

}  // namespace fettle::data::clean
