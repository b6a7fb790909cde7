// Dates, dates of birth and ages. A date is one of birth where a word near it says so.
#include <algorithm>

#include "base/format.h"
#include "data/clean/checks.h"
#include "data/clean/scan.h"

namespace fettle::data::clean {
namespace {

// A word of birth stands at most so many atoms before its date.
constexpr std::size_t kBirthReach = 6;

struct Date {
  std::size_t atoms = 0;  // 0: none
  std::size_t end = 0;
  double score = 0;
};

int value(const Scan& scan, std::size_t i) { return number_in(scan.view(scan.atoms()[i])); }

bool number_of(const Scan& scan, std::size_t i, std::size_t least, std::size_t most) {
  if (i >= scan.atoms().size()) return false;
  const Atom& atom = scan.atoms()[i];
  return atom.number() && atom.size() >= least && atom.size() <= most;
}

unsigned lists_of_short(Scan& scan, std::size_t i) {
  if (i >= scan.atoms().size()) return 0;
  const Atom& atom = scan.atoms()[i];
  if (!atom.word() || atom.size() > 12) return 0;
  if (!atom.wide) return scan.lists(i);
  scan.spend(atom.size());
  return lists_of(lower_ascii(scan.view(atom)));
}

// 1990-02-08, 2/8/1990, 8.2.1990, 2/8/90.
Date numeric_date(Scan& scan, std::size_t i) {
  if (!number_of(scan, i, 1, 4) || !number_of(scan, i + 1, 1, 2) || !number_of(scan, i + 2, 1, 4)) {
    return {};
  }
  const std::string_view gap = scan.gap_after(i);
  if (gap != scan.gap_after(i + 1) || (gap != "/" && gap != "-" && gap != ".")) return {};
  const int a = value(scan, i);
  const int b = value(scan, i + 1);
  const int c = value(scan, i + 2);
  const std::size_t first = scan.atoms()[i].size();
  const std::size_t last = scan.atoms()[i + 2].size();
  const std::size_t end = scan.atoms()[i + 2].end;
  if (first == 4 && last <= 2) return is_date(a, b, c) ? Date{3, end, 0.9} : Date{};
  if (first > 2 || last == 1 || last == 3) return {};
  const bool valid = is_date(2000, a, b) || is_date(2000, b, a);
  if (!valid || (last == 4 && (c < 1000 || c > 2999))) return {};
  return {3, end, last == 4 ? 0.9 : gap == "/" ? 0.5 : 0.3};
}

// 20:15:24 or T20:15Z behind a date.
void extend_by_time(const Scan& scan, std::size_t i, Date& date) {
  const std::string_view rest = scan.text().substr(date.end, 10);
  if (rest.size() < 6 || (rest[0] != ' ' && rest[0] != 'T')) return;
  const std::size_t hour = i + date.atoms;
  if (!number_of(scan, hour, 1, 2) || !number_of(scan, hour + 1, 2, 2)) return;
  if (scan.atoms()[hour].begin != date.end + 1 || scan.gap_after(hour) != ":") return;
  date.end = scan.atoms()[hour + 1].end;
  date.atoms += 2;
  if (number_of(scan, hour + 2, 2, 2) && scan.gap_after(hour + 1) == ":") {
    date.end = scan.atoms()[hour + 2].end;
    ++date.atoms;
  }
}

bool small_gap(std::string_view gap) {
  return gap == " " || gap == ", " || gap == ". " || gap == "-";
}

// The number of a day: "8", "8th".
bool is_day(const Scan& scan, std::size_t i) {
  if (i >= scan.atoms().size()) return false;
  const Atom& atom = scan.atoms()[i];
  if (atom.digits == 0 || atom.digits > 2 || atom.size() > 4 || !is_digit(scan.at(atom.begin))) {
    return false;
  }
  const std::string_view tail = scan.view(atom).substr(atom.digits);
  const int day = number_in(scan.view(atom).substr(0, atom.digits));
  return day >= 1 && day <= 31 &&
         (tail.empty() || tail == "st" || tail == "nd" || tail == "rd" || tail == "th");
}

bool is_year(const Scan& scan, std::size_t i) {
  return number_of(scan, i, 4, 4) && value(scan, i) >= 1800 && value(scan, i) < 2100;
}

// March 12, 1990; 12 March 1990; March 1990.
Date written_date(Scan& scan, std::size_t i) {
  const bool month_first = (lists_of_short(scan, i) & kMonth) != 0 && scan.atoms()[i].upper;
  const bool day_first = is_day(scan, i) && small_gap(scan.gap_after(i)) &&
                         (lists_of_short(scan, i + 1) & kMonth) != 0;
  if (!month_first && !day_first) return {};
  std::size_t count = 1;
  const bool day_behind = month_first && small_gap(scan.gap_after(i)) && is_day(scan, i + 1);
  if (day_first || day_behind) count = 2;
  const bool year = small_gap(scan.gap_after(i + count - 1)) && is_year(scan, i + count);
  if (count == 1 && !year) return {};
  if (year) ++count;
  return {count, scan.atoms()[i + count - 1].end, year ? 0.9 : 0.6};
}

// A year, a weekday.
Date bare_date(Scan& scan, std::size_t i) {
  const Atom& atom = scan.atoms()[i];
  if (is_year(scan, i)) {
    const unsigned char before = atom.begin > 0 ? scan.at(atom.begin - 1) : ' ';
    const bool apart =
        (before == ' ' || before == '(' || before == '\n') && scan.at(atom.end) != '-';
    const bool said = scan.near(i, 1,
                                {"in", "since", "from", "of", "until", "by", "year", "during", "to",
                                 "before", "after", "around", "and", "a", "an"});
    return apart && said ? Date{1, atom.end, 0.5} : Date{};
  }
  if (atom.word() && (lists_of_short(scan, i) & kWeekday) != 0 && atom.size() > 4) {
    return {1, atom.end, 0.5};
  }
  return {};
}

// "he is", "Anna was", "I'm", "my son turns" before atom `i`: of whom an age is said, where "the
// answer is 42" says none.
bool says_age(Scan& scan, std::size_t i) {
  if (scan.near(i, 1, {"turn", "turns"})) return true;
  if (i < 2 || scan.gap_after(i - 1) != " " || !scan.near(i, 1, {"am", "m", "is", "was"})) {
    return false;
  }
  const Atom& who = scan.atoms()[i - 2];
  return scan.near(
             i - 1, 1,
             {"i", "he", "she", "who", "son", "daughter", "mother", "father", "mom", "dad",
              "brother", "sister", "wife", "husband", "friend", "uncle", "aunt", "patient"}) ||
         (who.upper && who.size() > 1 && (scan.lists(i - 2) & (kFirstName | kSurname)) != 0);
}

void try_age(Scan& scan, std::size_t i) {
  const auto& atoms = scan.atoms();
  const Atom& atom = atoms[i];
  if (!atom.number() || atom.size() > 3 || value(scan, i) > 120) return;
  std::string after;
  for (std::size_t k = i + 1; k < atoms.size() && k < i + 3; ++k) {
    if (atoms[k].size() > 8 || scan.gap_after(k - 1).size() > 2) break;
    after += lower_ascii(scan.view(atoms[k])) + ' ';
  }
  const bool old = after.starts_with("years old") || after.starts_with("year old") ||
                   after.starts_with("yrs old") || after.starts_with("yo ") ||
                   after.starts_with("y o ");
  const bool aged =
      scan.near(i, 2, {"age", "aged", "turned", "turning"}) ||
      (says_age(scan, i) && (after.empty() || scan.gap_after(i).substr(0, 1) != " ") &&
       scan.at(atom.end) != '+' && !is_digit(scan.at(atom.end + 1)) && scan.at(atom.end) != '%');
  if (old || aged) scan.add(Personal::kAge, atom.begin, atom.end, old ? 0.8 : 0.5);
}

void add_date(Scan& scan, std::size_t i, Date date) {
  const std::size_t begin = scan.atoms()[i].begin;
  const bool birth = date.score >= 0.5 && scan.near(i, kBirthReach,
                                                    {"born", "birth*", "dob", "bday", "geboren",
                                                     "geburts*", "naissance", "nacimiento"});
  if (birth && scan.wants(Personal::kBirthDate)) {
    scan.add(Personal::kBirthDate, begin, date.end, std::max(date.score, 0.9));
  } else {
    scan.add(Personal::kDate, begin, date.end, date.score);
  }
}

// Looks at the date that may begin at an atom; gives where the next look begins.
std::size_t look_at(Scan& scan, std::size_t i) {
  const bool digit = is_digit(scan.at(scan.atoms()[i].begin));
  if (digit && scan.wants(Personal::kAge)) try_age(scan, i);
  if ((!digit && !scan.atoms()[i].word()) || scan.atoms()[i].size() > 10) return i + 1;
  Date date = digit ? numeric_date(scan, i) : Date{};
  if (date.atoms > 0) extend_by_time(scan, i, date);
  if (date.atoms == 0) date = written_date(scan, i);
  if (date.atoms == 0) date = bare_date(scan, i);
  if (date.atoms == 0) return i + 1;
  add_date(scan, i, date);
  return i + date.atoms;
}

// Dates near a word of birth alone; no date holds such a word.
void find_births(Scan& scan) {
  std::size_t next = 0;
  for (const std::uint32_t word : scan.hinted()) {
    if ((scan.atoms()[word].hints & kMayBeBirth) == 0) continue;
    const std::size_t end = std::min(scan.atoms().size(), word + kBirthReach + 1);
    next = std::max<std::size_t>(next, word + 1);
    while (next < end) next = look_at(scan, next);
  }
}

}  // namespace

void find_dates(Scan& scan) {
  const bool ages = scan.wants(Personal::kAge);
  const bool births = scan.wants(Personal::kBirthDate) && (scan.hints() & kMayBeBirth) != 0;
  if (scan.wants(Personal::kDate) || (ages && births)) {
    for (std::size_t i = 0; i < scan.atoms().size();) i = look_at(scan, i);
  } else if (births) {
    find_births(scan);
  } else if (ages) {
    for (const std::uint32_t i : scan.notable()) {
      if (is_digit(scan.at(scan.atoms()[i].begin))) try_age(scan, i);
    }
  }
}

}  // namespace fettle::data::clean
