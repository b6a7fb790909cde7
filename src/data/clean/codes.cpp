// Numbers with letters: accounts (IBAN), national numbers, addresses of crypto currencies.
#include <algorithm>
#include <array>

#include "data/clean/checks.h"
#include "data/clean/scan.h"

namespace fettle::data::clean {
namespace {

constexpr std::size_t kLongestIban = 34;

std::string capitals(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  }
  return out;
}

// Atoms from `first` on, joined over single spaces or dashes, until they are `size` long; empty if
// they end elsewhere. `end` is set behind the last.
std::string joined(const Scan& scan, std::size_t first, std::size_t size, std::size_t& end) {
  const auto& atoms = scan.atoms();
  std::string out;
  for (std::size_t i = first; i < atoms.size() && i < first + 12; ++i) {
    if (atoms[i].wide || out.size() + atoms[i].size() > size) return {};
    out += scan.view(atoms[i]);
    end = atoms[i].end;
    if (out.size() == size) return capitals(out);
    const std::string_view gap = scan.gap_after(i);
    if (gap != " " && gap != "-") return {};
  }
  return {};
}

void try_iban(Scan& scan, std::size_t i) {
  const Atom& atom = scan.atoms()[i];
  const std::string head = capitals(scan.view(atom).substr(0, 4));
  if (atom.size() > kLongestIban || head.size() < 4 ||
      !is_digit(static_cast<unsigned char>(head[2])) ||
      !is_digit(static_cast<unsigned char>(head[3]))) {
    return;
  }
  const std::size_t length = iban_length(std::string_view(head).substr(0, 2));
  std::size_t end = 0;
  const std::string compact = length == 0 ? "" : joined(scan, i, length, end);
  scan.spend(length);
  if (!compact.empty() && is_iban(compact)) scan.add(Personal::kIban, atom.begin, end, 1);
}

struct Code {
  std::string_view name;
  std::size_t size;
  std::size_t digits;  // of them; 0: not fixed
  bool (*check)(std::string_view compact);
};

constexpr std::array kCodes = {
    Code{"UK NINO", 9, 6, is_uk_nino}, Code{"ES NIF", 9, 8, is_es_nif},
    Code{"ES NIE", 9, 7, is_es_nif},   Code{"IT fiscal code", 16, 0, is_it_fiscal},
    Code{"SG NRIC", 9, 7, is_sg_nric},
};

constexpr std::array<std::size_t, 2> kSizes = {9, 16};

// Which of kSizes joined() gives here, with as many digits as some code has: a bit each. Asked for
// many words, so nothing is copied.
unsigned sizes_at(const Scan& scan, std::size_t first) {
  const auto& atoms = scan.atoms();
  unsigned sizes = 0;
  std::size_t total = 0;
  std::size_t digits = 0;
  for (std::size_t i = first; i < atoms.size() && i < first + 12; ++i) {
    total += atoms[i].size();
    digits += atoms[i].digits;
    if (atoms[i].wide || total > kSizes.back()) break;
    if (total == kSizes.front() && digits >= 6 && digits <= 8) sizes |= 1;
    if (total == kSizes.back()) return sizes | 2;
    if (i + 1 == atoms.size() || atoms[i + 1].begin != atoms[i].end + 1) break;
    const unsigned char gap = scan.at(atoms[i].end);
    if (gap != ' ' && gap != '-') break;
  }
  return sizes;
}

void try_codes(Scan& scan, std::size_t i) {
  const Atom& atom = scan.atoms()[i];
  // The first atom of "AB 12 34 56 C", of "12345678-Z", or all of it.
  const unsigned sizes = sizes_at(scan, i);
  for (std::size_t k = 0; k < kSizes.size() && sizes != 0; ++k) {
    if ((sizes >> k & 1) == 0) continue;
    std::size_t end = 0;
    const std::string compact = joined(scan, i, kSizes[k], end);
    scan.spend(kSizes[k]);
    if (compact.empty()) continue;
    const std::size_t digits = count_digits(compact);
    for (const Code& code : kCodes) {
      const bool fits = code.size == kSizes[k] && (code.digits == 0 || code.digits == digits);
      if (fits && code.check(compact)) {
        scan.add(Personal::kNationalId, atom.begin, end, 0.9, code.name);
      }
    }
  }
}

// DDMMYY, a sign of the century, a serial and a check: 131052-308T.
void try_finnish(Scan& scan, std::size_t i) {
  const Atom& atom = scan.atoms()[i];
  const std::string_view text = scan.text().substr(atom.begin, 11);
  const bool open = text.size() == 11 && !is_word(scan.at(atom.begin + 11));
  if (atom.size() >= 6 && open && is_fi_personal(capitals(text))) {
    scan.add(Personal::kNationalId, atom.begin, atom.begin + 11, 0.95, "FI HETU");
  }
}

bool all_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

void try_crypto(Scan& scan, std::size_t i) {
  const Atom& atom = scan.atoms()[i];
  if (atom.size() < 26 || atom.size() > 90) return;
  const std::string_view text = scan.view(atom);
  scan.spend(text.size());
  if (text.size() == 42 && text.starts_with("0x") && all_hex(text.substr(2))) {
    scan.add(Personal::kCrypto, atom.begin, atom.end, 0.8, "Ethereum");
  } else if (is_bitcoin(text)) {
    scan.add(Personal::kCrypto, atom.begin, atom.end, 1, "Bitcoin");
  }
}

}  // namespace

void find_codes(Scan& scan) {
  for (const std::uint32_t i : scan.notable()) {
    const Atom& atom = scan.atoms()[i];
    if (atom.wide || atom.size() > 90) continue;
    const bool letters_then_digits = !atom.word() && !atom.number();
    if (letters_then_digits && scan.wants(Personal::kIban)) try_iban(scan, i);
    if (letters_then_digits && scan.wants(Personal::kCrypto)) try_crypto(scan, i);
    if (!scan.wants(Personal::kNationalId)) continue;
    // National numbers begin with a few letters, or with eight digits.
    if (letters_then_digits || (atom.word() && atom.upper && atom.size() <= 6) ||
        atom.size() == 8) {
      try_codes(scan, i);
    }
    if (atom.digits >= 6 && is_digit(scan.at(atom.begin + 5))) try_finnish(scan, i);
  }
}

}  // namespace fettle::data::clean
