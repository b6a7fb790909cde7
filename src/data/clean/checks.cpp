#include "data/clean/checks.h"

#include <algorithm>
#include <array>
#include <utility>

namespace fettle::data::clean {
namespace {

int digit(char c) { return c - '0'; }
bool is_digit_char(char c) { return c >= '0' && c <= '9'; }
bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

bool all_digits(std::string_view text, std::size_t size) {
  return text.size() == size && std::all_of(text.begin(), text.end(), is_digit_char);
}

template <std::size_t N>
int weighted(std::string_view digits, const std::array<int, N>& weights) {
  int sum = 0;
  for (std::size_t i = 0; i < N; ++i) sum += digit(digits[i]) * weights[i];
  return sum;
}

bool all_same(std::string_view text) { return text.find_first_not_of(text[0]) == text.npos; }

struct Country {
  std::string_view code;
  std::size_t length;
};

// SWIFT's IBAN registry, release 98.
constexpr std::array<Country, 84> kIban = {
    {{"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20}, {"AZ", 28}, {"BA", 20}, {"BE", 16}, {"BG", 22},
     {"BH", 22}, {"BI", 27}, {"BR", 29}, {"BY", 28}, {"CH", 21}, {"CR", 22}, {"CY", 28}, {"CZ", 24},
     {"DE", 22}, {"DJ", 27}, {"DK", 18}, {"DO", 28}, {"EE", 20}, {"EG", 29}, {"ES", 24}, {"FI", 18},
     {"FK", 18}, {"FO", 18}, {"FR", 27}, {"GB", 22}, {"GE", 22}, {"GI", 23}, {"GL", 18}, {"GR", 27},
     {"GT", 28}, {"HR", 21}, {"HU", 28}, {"IE", 22}, {"IL", 23}, {"IQ", 23}, {"IS", 26}, {"IT", 27},
     {"JO", 30}, {"KW", 30}, {"KZ", 20}, {"LB", 28}, {"LC", 32}, {"LI", 21}, {"LT", 20}, {"LU", 20},
     {"LV", 21}, {"LY", 25}, {"MC", 27}, {"MD", 24}, {"ME", 22}, {"MK", 19}, {"MN", 20}, {"MR", 27},
     {"MT", 31}, {"MU", 30}, {"NI", 28}, {"NL", 18}, {"NO", 15}, {"OM", 23}, {"PK", 24}, {"PL", 28},
     {"PS", 29}, {"PT", 25}, {"QA", 29}, {"RO", 24}, {"RS", 22}, {"RU", 33}, {"SA", 24}, {"SC", 31},
     {"SD", 18}, {"SE", 24}, {"SI", 19}, {"SK", 24}, {"SM", 27}, {"SO", 23}, {"ST", 25}, {"SV", 28},
     {"TL", 23}, {"TN", 24}, {"TR", 26}, {"UA", 29}}};

int mod97(std::string_view compact) {
  int rest = 0;
  for (std::size_t i = 0; i < compact.size(); ++i) {
    const char c = compact[(i + 4) % compact.size()];
    rest = is_digit_char(c) ? (rest * 10 + digit(c)) % 97 : (rest * 100 + c - 'A' + 10) % 97;
  }
  return rest;
}

constexpr std::string_view kSpanish = "TRWAGMYFPDXBNJZSQVHLCKE";

}  // namespace

int number_in(std::string_view digits) {
  int value = 0;
  for (const char c : digits.substr(0, 9)) value = value * 10 + digit(c);
  return value;
}

bool is_date(int year, int month, int day) {
  constexpr std::array<int, 12> kDays = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return year > 0 && month >= 1 && month <= 12 && day >= 1 &&
         day <= kDays[static_cast<std::size_t>(month - 1)];
}

bool luhn(std::string_view digits) {
  int sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    int d = digit(digits[digits.size() - 1 - i]);
    if (i % 2 == 1) d = d > 4 ? 2 * d - 9 : 2 * d;
    sum += d;
  }
  return !digits.empty() && sum % 10 == 0;
}

void append_luhn(std::string& digits) {
  for (char c = '0'; c <= '9'; ++c) {
    digits += c;
    if (luhn(digits)) return;
    digits.pop_back();
  }
}

bool is_card(std::string_view digits) {
  if (digits.size() < 12 || digits.size() > 19 || all_same(digits)) return false;
  const int two = number_in(digits.substr(0, 2));
  const int four = number_in(digits.substr(0, 4));
  const bool issuer = digits[0] == '4' || (two >= 50 && two <= 69) ||
                      (four >= 2131 && four <= 2720) || four == 1800 || (two >= 30 && two <= 39);
  return issuer && luhn(digits);
}

std::size_t iban_length(std::string_view country) {
  for (const Country& row : kIban) {
    if (row.code == country) return row.length;
  }
  return country == "VA"                      ? 22
         : country == "VG" || country == "XK" ? (country == "VG" ? 24 : 20)
                                              : 0;
}

bool is_iban(std::string_view compact) {
  return compact.size() > 4 && compact.size() == iban_length(compact.substr(0, 2)) &&
         is_digit_char(compact[2]) && is_digit_char(compact[3]) && mod97(compact) == 1;
}

std::string iban_digits(std::string_view compact) {
  const int check = 98 - mod97(compact);
  return {static_cast<char>('0' + check / 10), static_cast<char>('0' + check % 10)};
}

bool is_us_ssn(std::string_view digits) {
  if (!all_digits(digits, 9) || all_same(digits)) return false;
  const std::string_view area = digits.substr(0, 3);
  if (area == "000" || area == "666" || area[0] == '9') return false;
  if (digits.substr(3, 2) == "00" || digits.substr(5) == "0000") return false;
  // Printed on advertisements and in examples.
  return digits != "078051120" && digits != "123456789" && digits != "219099999" &&
         digits.substr(0, 8) != "98765432";
}

bool is_us_itin(std::string_view digits) {
  if (!all_digits(digits, 9) || digits[0] != '9') return false;
  const int group = number_in(digits.substr(3, 2));
  return (group >= 50 && group <= 65) || (group >= 70 && group <= 88) ||
         (group >= 90 && group <= 92) || (group >= 94 && group <= 99);
}

bool is_uk_nhs(std::string_view digits) {
  if (!all_digits(digits, 10) || all_same(digits)) return false;
  return weighted(digits, std::array{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}) % 11 == 0;
}

bool is_uk_nino(std::string_view text) {
  if (text.size() != 9 || !all_digits(text.substr(2, 6), 6)) return false;
  constexpr std::string_view kNotFirst = "DFIQUV";
  constexpr std::string_view kNotSecond = "DFIOQUV";
  constexpr std::array<std::string_view, 7> kNever = {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"};
  return is_capital(text[0]) && is_capital(text[1]) && kNotFirst.find(text[0]) == text.npos &&
         kNotSecond.find(text[1]) == text.npos && text[8] >= 'A' && text[8] <= 'D' &&
         std::find(kNever.begin(), kNever.end(), text.substr(0, 2)) == kNever.end();
}

bool is_es_nif(std::string_view text) {
  if (text.size() != 9 || !is_capital(text[8])) return false;
  std::string digits(text.substr(0, 8));
  constexpr std::string_view kForeign = "XYZ";
  const std::size_t foreign = kForeign.find(digits[0]);
  if (foreign != std::string_view::npos) digits[0] = static_cast<char>('0' + foreign);
  if (!all_digits(digits, 8)) return false;
  return kSpanish[static_cast<std::size_t>(number_in(digits) % 23)] == text[8];
}

bool is_it_fiscal(std::string_view text) {
  if (text.size() != 16) return false;
  constexpr std::string_view kForm = "AAAAAANNANNANNNA";
  // Digits may be written as letters where two people share a code ("omocodia").
  constexpr std::string_view kStandIns = "LMNPQRSTUV";
  constexpr std::array<int, 36> kOdd = {1,  0, 5, 7,  9,  13, 15, 17, 19, 21, 1,  0,
                                        5,  7, 9, 13, 15, 17, 19, 21, 2,  4,  18, 20,
                                        11, 3, 6, 8,  12, 14, 16, 10, 22, 25, 24, 23};
  int sum = 0;
  for (std::size_t i = 0; i < 16; ++i) {
    const char c = text[i];
    const bool number = is_digit_char(c) || kStandIns.find(c) != text.npos;
    if (kForm[i] == 'A' ? !is_capital(c) : !number) return false;
    const int value = is_digit_char(c) ? digit(c) : c - 'A';
    const int place = is_digit_char(c) ? digit(c) : 10 + c - 'A';
    if (i < 15) sum += i % 2 == 0 ? kOdd[static_cast<std::size_t>(place)] : value;
  }
  return sum % 26 == text[15] - 'A' && std::string_view("ABCDEHLMPRST").find(text[8]) != text.npos;
}

bool is_pl_pesel(std::string_view digits) {
  if (!all_digits(digits, 11) || all_same(digits)) return false;
  const int sum = weighted(digits, std::array{1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1});
  const int month = number_in(digits.substr(2, 2)) % 20;
  return sum % 10 == 0 && is_date(2000, month, number_in(digits.substr(4, 2)));
}

bool is_fr_nir(std::string_view digits) {
  if (!all_digits(digits, 15) || std::string_view("123478").find(digits[0]) == digits.npos) {
    return false;
  }
  const int month = number_in(digits.substr(3, 2));
  std::int64_t number = 0;
  for (const char c : digits.substr(0, 13)) number = number * 10 + digit(c);
  return ((month >= 1 && month <= 12) || (month >= 20 && month <= 42) || month >= 50) &&
         97 - number % 97 == number_in(digits.substr(13));
}

bool is_de_tax(std::string_view digits) {
  if (!all_digits(digits, 11) || digits[0] == '0') return false;
  std::array<int, 10> counts{};
  for (const char c : digits.substr(0, 10)) ++counts[static_cast<std::size_t>(digit(c))];
  // Of the first ten digits one stands twice or three times, the others once or not at all.
  const auto repeated = std::count_if(counts.begin(), counts.end(), [](int n) { return n > 1; });
  if (repeated != 1 || *std::max_element(counts.begin(), counts.end()) > 3) return false;
  int product = 10;
  for (const char c : digits.substr(0, 10)) {
    const int sum = (digit(c) + product) % 10;
    product = (sum == 0 ? 10 : sum) * 2 % 11;
  }
  return (11 - product) % 10 == digit(digits[10]);
}

bool is_nl_bsn(std::string_view digits) {
  return all_digits(digits, 9) && !all_same(digits) &&
         weighted(digits, std::array{9, 8, 7, 6, 5, 4, 3, 2, -1}) % 11 == 0;
}

bool is_br_cpf(std::string_view digits) {
  if (!all_digits(digits, 11) || all_same(digits)) return false;
  const int first = weighted(digits, std::array{10, 9, 8, 7, 6, 5, 4, 3, 2}) * 10 % 11 % 10;
  const int second = weighted(digits, std::array{11, 10, 9, 8, 7, 6, 5, 4, 3, 2}) * 10 % 11 % 10;
  return first == digit(digits[9]) && second == digit(digits[10]);
}

bool is_in_aadhaar(std::string_view digits) {
  if (!all_digits(digits, 12) || digits[0] < '2') return false;
  // The dihedral group of ten elements, and the powers of Verhoeff's permutation.
  const auto multiply = [](int a, int b) {
    if (a < 5) return b < 5 ? (a + b) % 5 : 5 + (a + b - 5) % 5;
    return b < 5 ? 5 + (a - 5 + 5 - b) % 5 : (a - b + 5) % 5;
  };
  constexpr std::array<int, 10> kPermutation = {1, 5, 7, 6, 2, 8, 3, 0, 9, 4};
  int check = 0;
  for (std::size_t i = 0; i < 12; ++i) {
    int d = digit(digits[11 - i]);
    for (std::size_t k = 0; k < i % 8; ++k) d = kPermutation[static_cast<std::size_t>(d)];
    check = multiply(check, d);
  }
  return check == 0;
}

bool is_se_personal(std::string_view digits) {
  if (digits.size() == 12) digits.remove_prefix(2);
  if (!all_digits(digits, 10)) return false;
  int day = number_in(digits.substr(4, 2));
  if (day > 60) day -= 60;  // a coordination number
  return is_date(2000, number_in(digits.substr(2, 2)), day) && luhn(digits);
}

bool is_fi_personal(std::string_view text) {
  if (text.size() != 11 || std::string_view("+-ABCDEFYXWVU").find(text[6]) == text.npos) {
    return false;
  }
  const std::string_view born = text.substr(0, 6);
  const std::string_view serial = text.substr(7, 3);
  if (!all_digits(born, 6) || !all_digits(serial, 3)) return false;
  constexpr std::string_view kCheck = "0123456789ABCDEFHJKLMNPRSTUVWXY";
  const int number = number_in(born) * 1000 % 31 + number_in(serial);
  return is_date(2000, number_in(born.substr(2, 2)), number_in(born.substr(0, 2))) &&
         number_in(serial) >= 2 && kCheck[static_cast<std::size_t>(number % 31)] == text[10];
}

bool is_au_tfn(std::string_view digits) {
  return all_digits(digits, 9) && !all_same(digits) &&
         weighted(digits, std::array{1, 4, 3, 7, 5, 8, 6, 9, 10}) % 11 == 0;
}

bool is_au_abn(std::string_view digits) {
  if (!all_digits(digits, 11) || digits[0] == '0') return false;
  return (weighted(digits, std::array{10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19}) - 10) % 89 == 0;
}

bool is_sg_nric(std::string_view text) {
  if (text.size() != 9 || !all_digits(text.substr(1, 7), 7)) return false;
  const int sum = weighted(text.substr(1), std::array{2, 7, 6, 5, 4, 3, 2});
  const auto letter = [&](std::string_view table, int offset) {
    return table[static_cast<std::size_t>((sum + offset) % 11)] == text[8];
  };
  switch (text[0]) {
    case 'S':
      return letter("JZIHGFEDCBA", 0);
    case 'T':
      return letter("JZIHGFEDCBA", 4);
    case 'F':
      return letter("XWUTRQPNMLK", 0);
    case 'G':
      return letter("XWUTRQPNMLK", 4);
    case 'M':
      return letter("KLJNPQRTUWX", 3);
    default:
      return false;
  }
}

bool is_ca_sin(std::string_view digits) {
  return all_digits(digits, 9) && digits[0] != '0' && digits[0] != '8' && luhn(digits);
}

}  // namespace fettle::data::clean
