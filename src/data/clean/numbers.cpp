// Numbers of digits in groups: cards, social security and other national numbers, telephones. At
// each number, runs of one to eight groups are tried, so the work is linear.
#include <algorithm>
#include <array>

#include "data/clean/checks.h"
#include "data/clean/scan.h"

namespace fettle::data::clean {
namespace {

constexpr std::size_t kMaxGroups = 8;
constexpr std::size_t kMaxDigits = 19;

// Groups of digits from atom `first` on.
struct Groups {
  std::size_t first = 0;
  std::size_t count = 0;
  std::string digits;
  std::string form;       // digits of each group, as letters: 3-2-4 is "cbd"
  char separator = 0;     // between all groups; 0: one group; '*': they differ
  std::size_t begin = 0;  // bytes
  std::size_t end = 0;
};

// What may stand between groups; 0 if nothing of that.
char separator_of(std::string_view gap) {
  if (gap.size() == 1 && std::string_view(" -./").find(gap[0]) != std::string_view::npos) {
    return gap[0];
  }
  return gap == ") " || gap == ")" || gap == ")-" || gap == " - " || gap == " (" || gap == "("  //
             ? '*'
             : '\0';
}

bool extend(const Scan& scan, Groups& groups) {
  const std::size_t next = groups.first + groups.count;
  const auto& atoms = scan.atoms();
  if (groups.count == kMaxGroups || next >= atoms.size()) return false;
  const Atom& atom = atoms[next];
  // "4508x769" gives its digits: an extension follows.
  const std::string_view text = scan.view(atom);
  const std::size_t cross = groups.count > 0 && !atom.number() ? text.find('x') : text.size();
  const bool plain = cross <= kMaxDigits && cross > 0 &&
                     text.substr(0, cross).find_first_not_of("0123456789") == text.npos;
  if (!plain || groups.digits.size() + cross > kMaxDigits) return false;
  if (groups.count > 0) {
    const char separator = separator_of(scan.gap_after(next - 1));
    if (separator == 0) return false;
    groups.separator = groups.count == 1 || groups.separator == separator ? separator : '*';
  }
  groups.digits += text.substr(0, cross);
  groups.form += static_cast<char>('a' + cross - 1);
  groups.end = atom.begin + cross;
  ++groups.count;
  return true;
}

// A national number of digits alone.
struct National {
  std::string_view name;
  Personal kind;
  std::size_t digits;
  std::string_view form;  // groups in which it is usually written
  std::string_view separators;
  bool (*check)(std::string_view digits);
  double in_form;  // how sure without a word near; 0: not at all
  double bare;     // the same for a number in one group
  std::array<std::string_view, 5> words;
};

constexpr Personal kId = Personal::kNationalId;
constexpr std::array kNationals = {
    National{"US SSN",
             Personal::kSsn,
             9,
             "cbd",
             "- ",
             is_us_ssn,
             0.85,
             0,
             {"ssn", "social", "security", "ss", "sin"}},
    National{"US ITIN", kId, 9, "cbd", "- ", is_us_itin, 0.8, 0, {"itin", "tax", "taxpayer"}},
    National{"UK NHS", kId, 10, "ccd", " -", is_uk_nhs, 0, 0, {"nhs", "health"}},
    National{"PL PESEL", kId, 11, "k", "", is_pl_pesel, 0.6, 0.6, {"pesel"}},
    National{"FR NIR",
             kId,
             15,
             "abbbccb",
             " ",
             is_fr_nir,
             0.95,
             0.8,
             {"nir", "insee", "secu",
              "s\xc3\xa9"
              "curit\xc3\xa9",
              "sociale"}},
    National{"DE tax id",
             kId,
             11,
             "bccc",
             " ",
             is_de_tax,
             0.8,
             0,
             {"steuer*", "idnr", "tin", "tax", "identifikationsnummer"}},
    National{
        "NL BSN", kId, 9, "dbc", ". ", is_nl_bsn, 0, 0, {"bsn", "burgerservicenummer", "sofi*"}},
    National{"BR CPF", kId, 11, "cccb", "*.", is_br_cpf, 0.95, 0, {"cpf", "cadastro"}},
    National{"IN Aadhaar",
             kId,
             12,
             "ddd",
             " -",
             is_in_aadhaar,
             0.8,
             0,
             {"aadhaar", "aadhar", "uidai", "uid"}},
    National{"SE personnummer",
             kId,
             10,
             "fd",
             "-+",
             is_se_personal,
             0.8,
             0,
             {"personnummer", "pnr", "personnr"}},
    National{"SE personnummer",
             kId,
             12,
             "hd",
             "-",
             is_se_personal,
             0.9,
             0.7,
             {"personnummer", "pnr", "personnr"}},
    National{"AU TFN", kId, 9, "ccc", " ", is_au_tfn, 0, 0, {"tfn", "tax"}},
    National{"AU ABN", kId, 11, "bccc", " ", is_au_abn, 0.8, 0, {"abn", "business"}},
    National{"CA SIN", kId, 9, "ccc", " -", is_ca_sin, 0, 0, {"sin", "insurance", "nas"}},
};

bool near_any(Scan& scan, std::size_t first, const std::array<std::string_view, 5>& words) {
  for (const std::string_view word : words) {
    if (!word.empty() && scan.near(first, 6, {word})) return true;
  }
  return false;
}

void try_nationals(Scan& scan, const Groups& groups) {
  for (const National& row : kNationals) {
    if (row.digits != groups.digits.size() || !scan.wants(row.kind)) continue;
    const bool one = groups.count == 1;
    const bool formed = groups.form == row.form &&
                        (one || row.separators.find(groups.separator) != std::string_view::npos);
    if ((!one && !formed) || !row.check(groups.digits)) continue;
    double score = formed && !one ? row.in_form : row.bare;
    if (near_any(scan, groups.first, row.words)) score = 1;
    if (score > 0) scan.add(row.kind, groups.begin, groups.end, score, row.name);
  }
}

void try_card(Scan& scan, const Groups& groups) {
  if (groups.separator != 0 && groups.separator != ' ' && groups.separator != '-') return;
  constexpr std::array<std::string_view, 5> kForms = {"dddd", "dfe", "dfd", "ddddc", "dddc"};
  const bool formed =
      groups.count == 1 || std::find(kForms.begin(), kForms.end(), groups.form) != kForms.end();
  if (formed && is_card(groups.digits)) {
    scan.add(Personal::kCard, groups.begin, groups.end, groups.digits.size() < 13 ? 0.8 : 0.95);
  }
}

// "4508x769", "ext. 12": the end of the extension behind a number.
std::size_t extension_end(const Scan& scan, std::size_t end) {
  const std::string_view rest = scan.text().substr(end, 16);
  std::size_t at = 0;
  for (const std::string_view mark : {"x", " x", " ext. ", " ext ", ", ext. "}) {
    if (rest.starts_with(mark)) at = mark.size();
  }
  std::size_t digits = 0;
  while (at > 0 && at + digits < rest.size() && is_digit(scan.at(end + at + digits))) ++digits;
  return digits > 0 && digits < 7 ? end + at + digits : end;
}

bool phone_word_near(Scan& scan, std::size_t first) {
  return scan.near(
      first, 9, {"phone*",    "tel",  "telephone", "call",     "called", "calling",     "mobile",
                 "cell*",     "fax",  "sms",       "whatsapp", "dial",   "contact",     "reach",
                 "number",    "text", "ring",      "telefon*", "handy",  "t\xc3\xa9l*", "portable",
                 "extension", "ext",  "hotline",   "office",   "desk"});
}

bool date_like(const Groups& groups) {
  if (groups.count != 3) return false;
  const int a = number_in(groups.digits.substr(0, static_cast<std::size_t>(groups.form[0] - '`')));
  const bool year_first = groups.form[0] == 'd';
  const bool year_last = groups.form[2] == 'd' || groups.form[2] == 'b';
  return (year_first && a > 1000 && a < 2200 && groups.form[1] <= 'b' && groups.form[2] <= 'b') ||
         (year_last && groups.form[0] <= 'b' && groups.form[1] <= 'b' && groups.form[2] == 'd');
}

// Is the number a part of a sum, or two years: "354 - 63 - 126 = 165", "<<1500-200=1300>>",
// "2007-2016"?
bool reckoned(const Scan& scan, const Groups& groups) {
  constexpr std::string_view kSigns = "=+*^$";
  const auto sign = [&](std::size_t at) {
    const auto c = static_cast<char>(scan.at(at));
    return kSigns.find(c) != kSigns.npos && c != 0;
  };
  const auto doubled = [&](std::size_t at) {
    return (scan.at(at) == '<' || scan.at(at) == '>') && scan.at(at + 1) == scan.at(at);
  };
  // What stands right before is looked at elsewhere: "+49", "=1".
  const std::size_t begin = groups.begin;
  const bool apart = begin > 1 && scan.at(begin - 1) == ' ';
  if ((apart && sign(begin - 2)) || (begin > 1 && doubled(begin - 2))) return true;
  const std::size_t after = groups.end + (scan.at(groups.end) == ' ' ? 1 : 0);
  if (sign(after) || doubled(after)) return true;
  const std::string_view all = scan.text().substr(begin, groups.end - begin);
  // Decimals and fractions among other separators: "18.75-18.48".
  if (groups.separator == '*' && all.find_first_of("./") != all.npos) return true;
  const bool national = groups.form == "ccd" || groups.form == "accd" || groups.digits[0] == '0';
  if (all.find(" - ") != all.npos && (groups.count == 2 || !national)) return true;
  if (groups.count != 2) return false;
  const auto year = [&](std::size_t from) {
    const int number = number_in(groups.digits.substr(from, 4));
    return number >= 1000 && number < 2200;
  };
  return groups.form == "dd" && groups.separator == '-' && year(0) && year(4);
}

// How sure a number of groups is a telephone's. The forms are those of national numbering plans
// (ITU-T E.123 and habit).
double phone_score(Scan& scan, const Groups& groups, bool plus, bool bracket) {
  const std::size_t digits = groups.digits.size();
  const char separator = groups.separator;
  if (digits < 7 || digits > 15 || date_like(groups) || separator == '/') return 0;
  if (plus) return digits >= 8 ? 0.9 : 0;
  const bool international = groups.digits.starts_with("00") || groups.digits.starts_with("011");
  if (international && digits >= 10 && groups.count >= 3) return 0.75;
  if (separator == 0) {
    return digits >= 9 && phone_word_near(scan, groups.first) ? 0.5 : 0;
  }
  if (separator == '.' && groups.count < 3) return 0;  // a decimal number
  if (groups.form.back() < 'b') return 0;
  const bool american = groups.form == "ccd" || groups.form == "accd";
  if (american || (bracket && digits >= 8 && scan.gap_after(groups.first).starts_with(')')))
    return 0.75;
  if (groups.digits[0] == '0' && digits >= 9 && digits <= 12 && groups.form[0] >= 'b') return 0.7;
  if (phone_word_near(scan, groups.first)) return 0.6;
  const bool grouped = groups.count >= 3 && digits >= 8 && digits <= 12;
  return grouped ? 0.45 : digits >= 7 && groups.form == "cd" ? 0.4 : digits == 8 ? 0.4 : 0;
}

void try_phone(Scan& scan, const Groups& groups) {
  std::size_t begin = groups.begin;
  const bool bracket = begin > 0 && scan.at(begin - 1) == '(';
  if (bracket) --begin;
  const bool plus = begin > 0 && scan.at(begin - 1) == '+';
  if (plus) --begin;
  const unsigned char before = begin > 0 ? scan.at(begin - 1) : 0;
  if (before == '-' || before == '.' || before == '/' || before == '=' || before == '$') return;
  if (is_word(before)) return;
  // A flat's number and the house's behind it are none.
  if (scan.near(groups.first, 1, {"apt", "suite", "box", "unit", "psc"})) return;
  if (!plus && reckoned(scan, groups)) return;
  const double score = phone_score(scan, groups, plus, bracket);
  // A longer number is surer than its beginning.
  if (score > 0) {
    scan.add(Personal::kPhone, begin, extension_end(scan, groups.end),
             score + 0.002 * static_cast<double>(groups.digits.size()));
  }
}

// 12,345 and 3.14 and 50% are amounts.
bool is_amount(const Scan& scan, std::size_t end) {
  const unsigned char next = scan.at(end);
  return next == '%' || ((next == ',' || next == '.') && is_digit(scan.at(end + 1)));
}

void try_groups(Scan& scan, const Groups& groups, bool more) {
  if (groups.digits.size() < 7) return;
  scan.spend(groups.digits.size());
  if (scan.wants(Personal::kCard)) try_card(scan, groups);
  try_nationals(scan, groups);
  if (scan.wants(Personal::kPhone) && !more && !is_amount(scan, groups.end)) {
    try_phone(scan, groups);
  }
}

// What follows "licence" or "driver's license": letters and digits of which five or more are
// digits.
void try_licence(Scan& scan, std::size_t i) {
  const auto& atoms = scan.atoms();
  const Atom& atom = atoms[i];
  if (atom.digits < 5 || atom.size() > 18 || atom.wide) return;
  if (atom.begin > 0 && scan.at(atom.begin - 1) == '$') return;  // what a driver earns
  if (!scan.near(i, 6, {"license", "licence", "driver", "driver's", "drivers", "dl"})) return;
  scan.add(Personal::kDriverLicence, atom.begin, atom.end, 0.45);
}

}  // namespace

void find_numbers(Scan& scan) {
  if (!scan.has_digits()) return;
  const auto& atoms = scan.atoms();
  const bool licences = scan.wants(Personal::kDriverLicence);
  for (const std::uint32_t i : scan.notable()) {
    if (licences && atoms[i].digits > 0) try_licence(scan, i);
    if (!atoms[i].number() || atoms[i].size() > kMaxDigits) continue;
    const unsigned char before = atoms[i].begin > 0 ? scan.at(atoms[i].begin - 1) : 0;
    // Behind a sign the number has begun already.
    if ((before == '.' || before == '_' || before == '@') && i > 0 &&
        atoms[i - 1].end + 1 == atoms[i].begin && !atoms[i - 1].word()) {
      continue;
    }
    Groups groups;
    groups.first = i;
    groups.begin = atoms[i].begin;
    while (extend(scan, groups)) {
      Groups longer = groups;
      try_groups(scan, groups, extend(scan, longer));
    }
  }
}

}  // namespace fettle::data::clean
