// The check digits of cards, accounts, national numbers and addresses. Each takes digits (and
// letters, in capitals) without separators and says whether the number can exist.
#pragma once

#include <string>
#include <string_view>

namespace fettle::data::clean {

[[nodiscard]] bool luhn(std::string_view digits);                 // ISO/IEC 7812-1
[[nodiscard]] bool is_card(std::string_view digits);              // 12 to 19 digits, known issuer
[[nodiscard]] std::size_t iban_length(std::string_view country);  // 0: unknown; IBAN registry
[[nodiscard]] bool is_iban(std::string_view compact);             // ISO 13616, mod 97
[[nodiscard]] bool is_us_ssn(std::string_view digits);            // Social Security's rules of 2011
[[nodiscard]] bool is_us_itin(std::string_view digits);
[[nodiscard]] bool is_uk_nhs(std::string_view digits);  // mod 11
[[nodiscard]] bool is_uk_nino(std::string_view compact);
[[nodiscard]] bool is_es_nif(std::string_view compact);  // mod 23; NIE too
[[nodiscard]] bool is_it_fiscal(std::string_view compact);
[[nodiscard]] bool is_pl_pesel(std::string_view digits);
[[nodiscard]] bool is_fr_nir(std::string_view digits);
[[nodiscard]] bool is_de_tax(std::string_view digits);  // ISO 7064 mod 11,10
[[nodiscard]] bool is_nl_bsn(std::string_view digits);
[[nodiscard]] bool is_br_cpf(std::string_view digits);
[[nodiscard]] bool is_in_aadhaar(std::string_view digits);    // Verhoeff
[[nodiscard]] bool is_se_personal(std::string_view digits);   // Luhn and a date
[[nodiscard]] bool is_fi_personal(std::string_view compact);  // mod 31 and a date
[[nodiscard]] bool is_au_tfn(std::string_view digits);
[[nodiscard]] bool is_au_abn(std::string_view digits);  // mod 89
[[nodiscard]] bool is_sg_nric(std::string_view compact);
[[nodiscard]] bool is_ca_sin(std::string_view digits);    // Luhn
[[nodiscard]] bool is_bitcoin(std::string_view address);  // base58check, BIP 173, BIP 350

[[nodiscard]] bool is_date(int year, int month, int day);
[[nodiscard]] int number_in(std::string_view digits);  // at most nine digits
// Appends the digit that makes luhn() hold.
void append_luhn(std::string& digits);
// The two check digits of an IBAN whose digits 2 and 3 are "00".
[[nodiscard]] std::string iban_digits(std::string_view compact);

}  // namespace fettle::data::clean
