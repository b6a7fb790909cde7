// What the scanners of personal data share: the text cut into atoms, and looks around an atom that
// are bounded, so that no text makes them slow.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/clean/chars.h"
#include "data/clean/personal.h"

namespace fettle::data::clean {

// By its first letters an atom may be what some rule looks for; most are none of these.
enum Hint : std::uint8_t { kMayBeKeyWord = 1, kMayBePrefix = 2, kMayBeBirth = 4 };

// A run of letters and digits.
struct Atom {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::uint32_t digits = 0;
  bool wide = false;   // holds characters beyond ASCII
  bool upper = false;  // begins with a capital
  std::uint8_t hints = 0;
  [[nodiscard]] std::uint32_t size() const { return end - begin; }
  [[nodiscard]] bool number() const { return digits == size(); }
  [[nodiscard]] bool word() const { return digits == 0; }
};

// Indices of atoms, in order. put() does not branch on what is kept, which nobody can foretell.
class Indices {
 public:
  void clear() { count_ = 0; }
  void put(std::uint32_t index, bool kept) {
    if (count_ == list_.size()) list_.resize(2 * count_ + 64);
    list_[count_] = index;
    count_ += kept;
  }
  [[nodiscard]] const std::uint32_t* begin() const { return list_.data(); }
  [[nodiscard]] const std::uint32_t* end() const { return list_.data() + count_; }

 private:
  std::vector<std::uint32_t> list_;
  std::size_t count_ = 0;
};

class Scan {
 public:
  Scan(std::string_view text, PersonalSet kinds);

  // The hints of all atoms, and whether any holds a digit: whole rules need no look without.
  [[nodiscard]] std::uint8_t hints() const { return hints_; }
  [[nodiscard]] bool has_digits() const { return has_digits_; }

  [[nodiscard]] bool wants(Personal kind) const {
    return (kinds_ >> static_cast<unsigned>(kind) & 1) != 0;
  }
  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] const std::vector<Atom>& atoms() const { return cuts_.atoms; }
  // Atoms that hold digits, begin with a capital or are eight long; those with hints; those before
  // ":", "-" or "." or behind ":".
  [[nodiscard]] const Indices& notable() const { return cuts_.notable; }
  [[nodiscard]] const Indices& hinted() const { return cuts_.hinted; }
  [[nodiscard]] const Indices& chained() const { return cuts_.chained; }
  [[nodiscard]] std::string_view view(const Atom& atom) const {
    return text_.substr(atom.begin, atom.size());
  }
  // The byte at a place, 0 outside the text.
  [[nodiscard]] unsigned char at(std::size_t place) const {
    return place < text_.size() ? static_cast<unsigned char>(text_[place]) : 0;
  }
  // What stands between an atom and the next one.
  [[nodiscard]] std::string_view gap_after(std::size_t atom) const {
    const std::size_t begin = atoms()[atom].end;
    const std::size_t end = atom + 1 < atoms().size() ? atoms()[atom + 1].begin : text_.size();
    return text_.substr(begin, end - begin);
  }
  // The lists that hold the word at an atom, in lower case; none for words over 24 bytes.
  [[nodiscard]] unsigned lists(std::size_t atom);
  // The word at an atom in small letters.
  [[nodiscard]] std::string low(std::size_t atom);
  // Is one of the words among the `count` atoms before atom `before`? ASCII, lower case. A word
  // of the list that ends in "*" matches what begins with it.
  [[nodiscard]] bool near(std::size_t before, std::size_t count,
                          std::initializer_list<std::string_view> words);

  void add(Personal kind, std::size_t begin, std::size_t end, double score,
           std::string_view detail = {});
  void spend(std::size_t steps) { found_.steps += steps; }
  [[nodiscard]] Found& found() { return found_; }

 private:
  // The thread's, which keep their memory. The lists are found when they are first asked for.
  struct Cuts {
    std::vector<Atom> atoms;
    Indices notable;
    Indices hinted;
    Indices chained;
    std::vector<std::uint16_t> lists;
  };
  static Cuts& own_cuts();

  void cut();
  void note(const Atom& atom);
  std::size_t cut_atom(std::size_t begin);
  std::size_t cut_wide(std::size_t begin, std::size_t at, Atom& atom);
  [[nodiscard]] std::size_t skip_wide(std::size_t at) const;

  std::string_view text_;
  PersonalSet kinds_;
  Cuts& cuts_;
  std::uint8_t hints_ = 0;
  bool has_digits_ = false;
  Found found_;
};

// The scanners; each goes over the atoms once.
void find_contacts(Scan& scan);       // e-mail, URL
void find_machines(Scan& scan);       // IP, MAC, coordinates
void find_numbers(Scan& scan);        // cards, phones, national numbers of digits
void find_codes(Scan& scan);          // IBAN, national numbers with letters, crypto addresses
void find_secrets(Scan& scan);        // keys, tokens, passwords
void find_dates(Scan& scan);          // dates, dates of birth, ages
void find_people(Scan& scan);         // names, titles, nationalities
void find_places(Scan& scan);         // places, post codes
void find_towns(Scan& scan);          // places by the words around them
void find_addresses(Scan& scan);      // streets, boxes, military post
void find_organizations(Scan& scan);  // behind people and addresses, whose findings it looks at

template <std::size_t N>
[[nodiscard]] bool is_one_of(const std::array<std::string_view, N>& words, std::string_view word) {
  for (const std::string_view known : words) {
    if (known == word) return true;
  }
  return false;
}

// In small letters, and without accents too.
[[nodiscard]] std::string lower_word(std::string_view word);
[[nodiscard]] std::string plain_word(std::string_view word);

// By the ending of a word, whether it may be a surname.
enum class SurnameForm { kNone, kLikely, kSure };
[[nodiscard]] SurnameForm surname_form(std::string_view word);

// Small lists, by lower-case word.
enum NameList : unsigned {
  kFirstName = 1,
  kSurname = 2,
  kCountry = 4,
  kCity = 8,
  kNationalityWord = 16,
  kPersonTitle = 32,
  kCompanyEnd = 64,
  kStreetWord = 128,
  kCommonWord = 256,
  kMonth = 512,
  kWeekday = 1024,
  kStreetSuffix = 2048,  // a street's behind a number and a name, other words elsewhere
  kStreetFirst = 4096,   // a street's before its name: rue, via, calle
  kOrgNoun = 8192,       // what an organisation is, at the end of its name: bank, college
  kKnownOrg = 16384,     // names of organisations that everybody knows
};
// The lists that hold the word.
[[nodiscard]] unsigned lists_of(std::string_view lower_case_word);

}  // namespace fettle::data::clean
