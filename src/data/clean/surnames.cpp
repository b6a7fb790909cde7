// What a surname looks like where no list has it: the endings that languages make names with
// (-son, -dottir, -ovich, -owski, -poulos, -escu, -wicz, -nen, -berg, ...).
#include <algorithm>
#include <array>

#include "data/clean/scan.h"

namespace fettle::data::clean {
namespace {

// Hardly any other word ends so.
constexpr auto kSure = std::to_array<std::string_view>(
    {"sson",  "sdottir", "ovich", "evich", "ovic",   "evic",  "opoulos", "poulou",
     "escu",  "czyk",    "wicz",  "enko",  "shvili", "owski", "ewski",   "inski",
     "ynski", "owska",   "ewska", "inska", "ynska",  "ovsky", "evsky",   "qvist",
     "quist", "strom",   "gaard", "idze",  "chuk",   "vicius"});
// Behind a given name they are of a surname.
constexpr auto kLikely = std::to_array<std::string_view>(
    {"son",  "sen",  "nen",  "ski",  "ska",  "cki",  "cka",  "sky",   "skaya", "ov",
     "ova",  "ev",   "eva",  "ic",   "ez",   "yan",  "mann", "stein", "berg",  "lund",
     "dahl", "holm", "gren", "elli", "etti", "ucci", "otti", "icci",  "ulis",  "akis"});

// Words that end so and are no names.
constexpr auto kWords = std::to_array<std::string_view>(
    {"person", "reason", "season", "lesson", "prison", "poison", "parison", "garrison", "unison",
     "heaven", "chosen", "frozen", "dozen", "citizen", "arisen", "specimen", "iceberg", "doctor"});

template <std::size_t N>
bool ends_in(std::string_view word, const std::array<std::string_view, N>& endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view end) { return word.ends_with(end); });
}

}  // namespace

SurnameForm surname_form(std::string_view word) {
  if (word.size() < 6 || word.size() > 24) return SurnameForm::kNone;
  const std::string plain = plain_word(word);
  if (ends_in(plain, kWords)) return SurnameForm::kNone;
  if (ends_in(plain, kSure)) return SurnameForm::kSure;
  return ends_in(plain, kLikely) ? SurnameForm::kLikely : SurnameForm::kNone;
}

}  // namespace fettle::data::clean
