// Organisations by what stands around them: "works for", "the office of", "is a company", a line of
// a letter above an address. Without a model of language this misses most others.
#include "data/clean/organizations.h"

#include <algorithm>
#include <array>
#include <optional>

namespace fettle::data::clean {
namespace {

constexpr std::size_t kMostAtoms = 9;
constexpr unsigned kNoOrganization = kCountry | kCity | kNationalityWord | kPersonTitle | kMonth |
                                     kWeekday | kCommonWord | kStreetWord;

// The run of capitalised words that begins with atom `i`, with small words between them.
std::size_t run_end(const Scan& scan, std::size_t i) {
  const auto& atoms = scan.atoms();
  std::size_t last = i;
  for (std::size_t k = i + 1; k < atoms.size() && k < i + kMostAtoms; ++k) {
    const std::string_view gap = scan.gap_after(k - 1);
    const bool joins = gap == " " || gap == "-" || gap == " & " || gap == "&" ||
                       (gap == "'" && atoms[k - 1].size() <= 2) ||
                       (gap == ". " && atoms[k - 1].size() == 1);
    // A list of partners and an ending behind a comma: "Owens, Duran and Oneal", "Foo, Inc."
    if (!joins && gap != ", ") break;
    if (capital(scan, k)) {
      last = k;
    } else if (gap != " " || !name_joiner(scan.view(atoms[k]))) {
      break;
    }
  }
  return last;
}

// Whether an atom of the run is a given name, as people have.
bool has_given_name(Scan& scan, const Run& run) {
  for (std::size_t k = run.first; k <= run.last; ++k) {
    if ((scan.lists(k) & kFirstName) != 0) return true;
  }
  return false;
}

// Words before a name that say that an organisation follows: a preposition, and one of the words
// among the `count` atoms before it. Without words the preposition alone says it.
struct Telling {
  std::string_view preposition;
  std::size_t count;
  double score;
  std::initializer_list<std::string_view> words;
};

const Telling kTelling[] = {
    {"joined", 0, 0.6, {}},
    {"joining", 0, 0.6, {}},
    {"for",
     2,
     0.7,
     {"work", "works", "worked", "working", "intern", "interned", "consultant", "lawyer",
      "spokes*"}},
    {"at",
     4,
     0.7,
     {"work", "works", "worked", "working", "job", "employ*", "career", "internship", "intern",
      "year", "years", "engineer", "manager", "analyst", "professor", "teaches", "taught",
      "strike"}},
    {"of", 2, 0.65, {"ceo",        "cfo",       "cto",          "chairman",     "chairwoman",
                     "founder",    "cofounder", "owner",        "spokes*",      "employee*",
                     "subsidiary", "division",  "headquarters", "shareholders", "shares",
                     "director",   "customers", "offices",      "executive",    "economist"}},
    {"at", 2, 0.65, {"ceo", "cfo", "cto", "chairman", "director", "executive", "economist"}},
    {"from",
     1,
     0.6,
     {"engineer", "spokes*", "analyst", "consultant", "lawyer", "recruiter", "representative",
      "technician"}},
    {"by", 1, 0.6, {"employed", "acquired", "manufactured", "published", "hired", "sponsored"}},
    {"with", 2, 0.6, {"job", "position", "bank*", "career", "internship"}},
    {"in", 1, 0.6, {"shares", "stake"}},
};

// How sure the words before the run make that an organisation follows.
double told_before(Scan& scan, const Run& run) {
  const std::size_t i = run.first;
  const auto& atoms = scan.atoms();
  if (i == 0 || scan.gap_after(i - 1) != " ") return 0;
  std::size_t at = i - 1;
  if (at > 0 && scan.gap_after(at - 1) == " " && scan.view(atoms[at]) == "the") --at;
  const std::string_view before = scan.view(atoms[at]);
  for (const Telling& row : kTelling) {
    if (row.preposition != before) continue;
    if (row.words.size() == 0 || scan.near(at, row.count, row.words)) return row.score;
  }
  // "the retailer Zalando"
  constexpr std::array<std::string_view, 12> kKinds = {
      "company",      "firm",    "startup",   "start-up",     "retailer",  "airline",
      "manufacturer", "insurer", "publisher", "conglomerate", "nonprofit", "charity"};
  return atoms[i].size() > 3 && is_one_of(kKinds, before) ? 0.6 : 0;
}

// What stands behind says that the run is an organisation: "Pemberton's headquarters", "Berk is a
// design agency".
double told_after(Scan& scan, const Run& run) {
  const auto& atoms = scan.atoms();
  std::size_t k = run.last + 1;
  if (k >= atoms.size()) return 0;
  std::string_view gap = scan.gap_after(run.last);
  if ((gap == "'" || gap == "\xe2\x80\x99") && scan.view(atoms[k]) == "s") {
    gap = scan.gap_after(k);
    ++k;
  }
  if (gap == " " && scan.near(k + 1, 1,
                              {"office", "offices", "headquarters", "website", "spokes*",
                               "employee*", "shareholders", "shares", "executive*", "ceo",
                               "subsidiary", "factory", "captain"})) {
    return 0.6;
  }
  if (gap == " " &&
      scan.near(k + 1, 1,
                {"acquired", "invested", "recalled", "merged", "employs", "manufactures"})) {
    return 0.55;
  }
  const bool is = gap == " " && scan.near(k + 1, 1, {"is", "was"});
  if ((!is && gap != ", ") || k + 2 >= atoms.size()) return 0;
  const std::size_t article = is ? k + 1 : k;
  if (!scan.near(article + 1, 1, {"a", "an", "the"})) return 0;
  const std::size_t end = std::min(atoms.size(), article + 7);
  for (std::size_t m = article + 1; m < end; ++m) {
    if (scan.gap_after(m - 1) != " " && scan.gap_after(m - 1) != "-") return 0;
    if (scan.near(
            m + 1, 1,
            {"company", "firm", "agency", "corporation", "bank", "startup", "manufacturer",
             "retailer", "supplier", "airline", "publisher", "nonprofit", "charity", "organisation",
             "organization", "conglomerate", "insurer", "subsidiary", "consultancy"})) {
      return 0.65;
    }
  }
  return 0;
}

// The part of the run that the words around are about: up to a comma or "and", unless it reads as
// partners ("Owens, Duran and Oneal").
Run told_part(Scan& scan, const Run& run) {
  bool comma = false;
  for (std::size_t k = run.first; k < run.last; ++k) {
    comma = comma || scan.gap_after(k) == ", ";
    if (comma && scan.view(scan.atoms()[k + 1]) == "and") return {run.first, k + 2};
  }
  for (std::size_t k = run.first; k < run.last; ++k) {
    if (scan.gap_after(k) == ", " || scan.view(scan.atoms()[k + 1]) == "and") return {run.first, k};
  }
  return run;
}

void try_told(Scan& scan, const Run& run) {
  const Run part = told_part(scan, run);
  const bool single = part.first == part.last;
  const unsigned lists = scan.lists(part.first);
  if (single && ((lists & (kNoOrganization | kOrgNoun)) != 0 || legal_ending(scan, part.first))) {
    return;
  }
  constexpr std::array<std::string_view, 4> kFeasts = {"christmas", "easter", "thanksgiving",
                                                       "ramadan"};
  if (has_given_name(scan, part) || is_one_of(kFeasts, scan.low(part.first))) return;
  double score = told_before(scan, part);
  if (score == 0) score = told_after(scan, run);
  if (score == 0) return;
  // "works for Miller" may be a person.
  if (single && (lists & kSurname) != 0) score = 0.41;
  add_organization(scan, part, score);
}

bool ends_line(const Scan& scan, std::size_t i) {
  return scan.gap_after(i).find('\n') != std::string_view::npos;
}

// The whole line before atom `at`, of at most six capitalised words, none a given name.
std::optional<Run> line_above(Scan& scan, std::size_t at) {
  if (at < 2 || !ends_line(scan, at - 1)) return std::nullopt;
  std::size_t first = at - 1;
  while (first > 0 && at - first < 6 && !ends_line(scan, first - 1)) --first;
  const Run run{first, at - 1};
  if (first == 0 || !ends_line(scan, first - 1) || has_given_name(scan, run)) return std::nullopt;
  for (std::size_t k = first; k < at; ++k) {
    if (!capital(scan, k) && !name_joiner(scan.view(scan.atoms()[k]))) return std::nullopt;
  }
  return run;
}

// "CEO of": no part of the name that follows.
bool is_role(Scan& scan, std::size_t i) {
  constexpr std::array<std::string_view, 7> kRoles = {"ceo",      "cfo",      "cto",    "president",
                                                      "chairman", "director", "founder"};
  return i + 1 < scan.atoms().size() && !scan.atoms()[i + 1].upper && scan.atoms()[i].size() <= 9 &&
         is_one_of(kRoles, scan.low(i));
}

// A line between a person's and an address, as in letters. Only where people and addresses are
// looked for too.
void try_lines(Scan& scan) {
  constexpr std::size_t kNear = 60;
  std::vector<std::size_t> people;  // where each ends, in order
  std::vector<std::size_t> addresses;
  for (const Finding& one : scan.found().findings) {
    if (one.kind == Personal::kPerson) people.push_back(one.end);
    if (one.kind == Personal::kAddress) addresses.push_back(one.begin);
  }
  std::sort(people.begin(), people.end());
  const auto& atoms = scan.atoms();
  for (const std::size_t begin : addresses) {
    const auto at =
        std::lower_bound(atoms.begin(), atoms.end(), begin,
                         [](const Atom& atom, std::size_t place) { return atom.begin < place; });
    const std::optional<Run> run = line_above(scan, static_cast<std::size_t>(at - atoms.begin()));
    if (!run) continue;
    // Somebody's name stands in the lines above, and this is not that name again.
    const std::size_t above = atoms[run->first].begin;
    const auto person = std::lower_bound(people.begin(), people.end(), above);
    if (person == people.begin() || above - *(person - 1) >= kNear) continue;
    const std::string_view line = scan.text().substr(above, atoms[run->last].end - above);
    const std::size_t from = above - std::min(above, 2 * kNear);
    if (scan.text().substr(from, above - from).find(line) != std::string_view::npos) continue;
    add_organization(scan, *run, 0.62);
  }
}

}  // namespace

void find_organizations(Scan& scan) {
  if (!scan.wants(Personal::kOrganization)) return;
  for (std::size_t i = 0; i < scan.atoms().size();) {
    if (!capital(scan, i)) {
      ++i;
      continue;
    }
    // "The", "After": what begins a sentence.
    if ((scan.lists(i) & kCommonWord) != 0 && capital(scan, i + 1) && scan.gap_after(i) == " ") {
      ++i;
      continue;
    }
    if (is_role(scan, i)) {
      ++i;
      continue;
    }
    const Run run{i, run_end(scan, i)};
    std::size_t next = run.last + 1;
    if (!try_organization_name(scan, run, next)) try_told(scan, run);
    i = next;
  }
  try_lines(scan);
}

}  // namespace fettle::data::clean
