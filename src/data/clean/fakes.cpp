// Invented values of the same form, a function of the value and a secret key. They stand in ranges
// that are nobody's where such ranges exist.
#include <algorithm>
#include <array>

#include "base/format.h"
#include "data/clean/chars.h"
#include "data/clean/checks.h"
#include "data/clean/personal.h"
#include "data/sha256.h"

namespace fettle::data::clean {
namespace {

constexpr std::array<std::string_view, 16> kFirst = {
    "Alex",  "Robin",  "Sam",   "Kim",   "Charlie", "Jamie", "Morgan", "Taylor",
    "Casey", "Jordan", "Riley", "Avery", "Quinn",   "Rowan", "Skyler", "Devon"};
constexpr std::array<std::string_view, 16> kLast = {
    "Arden", "Birch", "Calder", "Dale",   "Elmwood",   "Fenn",  "Garth", "Hollis",
    "Ives",  "Kerr",  "Larkin", "Mercer", "Northcott", "Oakes", "Prior", "Quill"};
constexpr std::array<std::string_view, 8> kPlaces = {
    "Ashford", "Brookvale", "Crestwood", "Dunmere", "Eastbrook", "Fairholm", "Glenside", "Harwick"};

// Digits and letters drawn from the digest, as many as asked.
class Draw {
 public:
  Draw(Personal kind, std::string_view value, std::string_view key) : key_(key) {
    seed_ = static_cast<char>('A' + static_cast<int>(kind));
    // Equal values written apart ("DE89 3704", "DE893704") are one value.
    for (const char c : lower_ascii(value)) {
      const auto byte = static_cast<unsigned char>(c);
      if (is_ascii_letter(byte) || is_digit(byte) || byte >= 0x80 || c == '@' || c == '.')
        seed_ += c;
    }
    refill();
  }
  [[nodiscard]] unsigned below(unsigned bound) {
    if (next_ + 2 > digest_.size()) refill();
    const unsigned value = static_cast<unsigned>(digest_[next_]) << 8 | digest_[next_ + 1];
    next_ += 2;
    return value % bound;
  }
  [[nodiscard]] char digit() { return static_cast<char>('0' + below(10)); }
  [[nodiscard]] char hex() { return "0123456789abcdef"[below(16)]; }
  template <std::size_t N>
  [[nodiscard]] std::string_view of(const std::array<std::string_view, N>& list) {
    return list[below(static_cast<unsigned>(N))];
  }

 private:
  void refill() {
    digest_ = hmac_sha256(key_, seed_ + std::to_string(round_++));
    next_ = 0;
  }
  std::string_view key_;
  std::string seed_;
  Digest digest_{};
  std::size_t next_ = 0;
  int round_ = 0;
};

// Digits become others, letters others of their case; all else stays.
std::string same_form(std::string_view value, Draw& draw) {
  std::string out;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_digit(byte)) {
      out += draw.digit();
    } else if (is_ascii_letter(byte)) {
      out += static_cast<char>((is_ascii_upper(byte) ? 'A' : 'a') + draw.below(26));
    } else {
      out += c;
    }
  }
  return out;
}

// Puts `digits` in the place of the digits of `value`.
std::string in_form_of(std::string_view value, std::string_view digits) {
  std::string out(value);
  std::size_t next = 0;
  for (char& c : out) {
    if (is_digit(static_cast<unsigned char>(c)) && next < digits.size()) c = digits[next++];
  }
  return out;
}

std::string fake_email(Draw& draw) {
  std::string name = "user";
  for (int i = 0; i < 8; ++i) name += draw.hex();
  return name + "@example.com";  // RFC 2606
}

std::string fake_card(std::string_view value, Draw& draw) {
  // 9 begins no issuer's numbers: ISO/IEC 7812 leaves it to national use.
  std::string digits = "9";
  while (digits.size() + 1 < count_digits(value)) digits += draw.digit();
  append_luhn(digits);
  return in_form_of(value, digits);
}

std::string fake_iban(std::string_view value, Draw& draw) {
  std::string compact;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_ascii_lower(byte)) compact += static_cast<char>(c - 32);
    if (is_ascii_upper(byte) || is_digit(byte)) compact += c;
  }
  std::string fake = compact.substr(0, 2) + "00";
  fake += same_form(std::string_view(compact).substr(4), draw);
  return fake.replace(2, 2, iban_digits(fake));
}

std::string fake_ssn(std::string_view value, Draw& draw) {
  // Areas from 900 were never given out; groups from 01 to 49 are no ITIN's.
  std::string digits = "9";
  for (int i = 0; i < 2; ++i) digits += draw.digit();
  digits += static_cast<char>('0' + draw.below(5));
  while (digits.size() < 9) digits += draw.digit();
  return in_form_of(value, digits);
}

std::string fake_ip(std::string_view value, Draw& draw) {
  if (value.find(':') == std::string_view::npos) {
    constexpr std::array<std::string_view, 3> kDocs = {"192.0.2.", "198.51.100.", "203.0.113."};
    const std::string net(draw.of(kDocs));  // RFC 5737
    return net + std::to_string(1 + draw.below(254));
  }
  std::string out = "2001:db8";  // RFC 3849
  for (int group = 0; group < 6; ++group) {
    out += ':';
    for (int i = 0; i < 4; ++i) out += draw.hex();
  }
  return out;
}

std::string fake_mac(std::string_view value, Draw& draw) {
  std::string out(value);
  std::size_t place = 0;
  for (char& c : out) {
    if (c == ':' || c == '-' || c == '.') continue;
    // 02: administered locally, nobody's.
    c = place == 0 ? '0' : place == 1 ? '2' : draw.hex();
    ++place;
  }
  return out;
}

std::string fake_phone(std::string_view value, Draw& draw) {
  std::string digits;
  const std::size_t size = count_digits(value);
  while (digits.size() < size) digits += draw.digit();
  // 555-01xx is kept for fiction (NANPA).
  if (size == 10 || size == 11) digits.replace(size - 7, 5, "55501");
  return in_form_of(value, digits);
}

std::string fake_date(std::string_view value, Draw& draw) {
  // A day up to 28 and a month up to 9 or 12 in every order of writing; the year's century stays.
  std::string out(value);
  for (std::size_t at = 0; at < out.size();) {
    std::size_t end = at;
    while (end < out.size() && is_digit(static_cast<unsigned char>(out[end]))) ++end;
    const std::size_t size = end - at;
    if (size == 4) {
      out[at + 2] = draw.digit();
      out[at + 3] = draw.digit();
    } else if (size == 2) {
      const unsigned number = 1 + draw.below(12);
      out[at] = static_cast<char>('0' + number / 10);
      out[at + 1] = static_cast<char>('0' + number % 10);
    } else if (size == 1) {
      out[at] = static_cast<char>('1' + draw.below(9));
    }
    at = end + (size == 0 ? 1 : 0);
  }
  return out;
}

std::string number_text(Draw& draw, unsigned bound) {
  return std::to_string(1 + draw.below(bound));
}

std::string fake_person(std::string_view value, Draw& draw) {
  const std::string first(draw.of(kFirst));
  return value.find(' ') == std::string_view::npos ? first
                                                   : first + " " + std::string(draw.of(kLast));
}

}  // namespace

std::string fake_of(Personal kind, std::string_view value, std::string_view key) {
  Draw draw(kind, value, key);
  switch (kind) {
    case Personal::kEmail:
      return fake_email(draw);
    case Personal::kPhone:
      return fake_phone(value, draw);
    case Personal::kCard:
      return fake_card(value, draw);
    case Personal::kIban:
      return fake_iban(value, draw);
    case Personal::kSsn:
      return fake_ssn(value, draw);
    case Personal::kIp:
      return fake_ip(value, draw);
    case Personal::kMac:
      return fake_mac(value, draw);
    case Personal::kUrl:
    case Personal::kSecretUrl:
      return "https://example.com/" + number_text(draw, 60000);
    case Personal::kBirthDate:
    case Personal::kDate:
      return fake_date(value, draw);
    case Personal::kPerson:
      return fake_person(value, draw);
    case Personal::kTitle:
      return "Mx.";
    case Personal::kPlace:
      return std::string(draw.of(kPlaces));
    case Personal::kAddress:
      return number_text(draw, 999) + " " + std::string(draw.of(kPlaces)) + " Street";
    case Personal::kOrganization:
      return std::string(draw.of(kLast)) + " Ltd";
    case Personal::kNationality:
      return "European";
    default:
      return same_form(value, draw);
  }
}

}  // namespace fettle::data::clean
