#include "data/augment/noise.h"

#include <algorithm>
#include <cmath>

#include "base/nearest.h"
#include "data/match/words.h"

namespace fettle::data {
namespace {

using Units = std::vector<std::string>;

bool is_letter_unit(const std::string& unit) {
  const auto c = static_cast<unsigned char>(unit[0]);
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
}

bool swap_letters(Units& units, std::size_t at, std::uint64_t) {
  if (at + 1 >= units.size() || !is_letter_unit(units[at + 1]) || units[at] == units[at + 1])
    return false;
  std::swap(units[at], units[at + 1]);
  return true;
}

// A letter of one that stands alone is kept: nothing would be left of it.
bool delete_letter(Units& units, std::size_t at, std::uint64_t) {
  const bool alone = (at == 0 || !is_letter_unit(units[at - 1])) &&
                     (at + 1 == units.size() || !is_letter_unit(units[at + 1]));
  if (alone) return false;
  units.erase(units.begin() + static_cast<std::ptrdiff_t>(at));
  return true;
}

bool double_letter(Units& units, std::size_t at, std::uint64_t) {
  units.insert(units.begin() + static_cast<std::ptrdiff_t>(at), units[at]);
  return true;
}

// Beside each other on a QWERTY keyboard.
constexpr std::array<std::string_view, 26> kNeighbours = {
    "qwsz",   "vghn",  "xdfv", "serfcx", "wsdr", "drtgvc", "ftyhbv", "gyujnb", "ujko",
    "huikmn", "jiolm", "kop",  "njk",    "bhjm", "iklp",   "ol",     "wa",     "edft",
    "awedxz", "rfgy",  "yhji", "cfgb",   "qase", "zsdc",   "tghu",   "asx"};

bool press_neighbour(Units& units, std::size_t at, std::uint64_t bits) {
  std::string& unit = units[at];
  const bool upper = unit.size() == 1 && unit[0] >= 'A' && unit[0] <= 'Z';
  const char lower = static_cast<char>(upper ? unit[0] - 'A' + 'a' : unit[0]);
  if (unit.size() != 1 || lower < 'a' || lower > 'z') return false;
  const std::string_view near = kNeighbours[static_cast<std::size_t>(lower - 'a')];
  const char pressed = near[bits % near.size()];
  unit = static_cast<char>(upper ? pressed - 'a' + 'A' : pressed);
  return true;
}

struct LookAlike {
  std::string_view right;
  std::string_view read;
};
// What scanners take for one another.
constexpr std::array kLookAlikes = {
    LookAlike{"rn", "m"}, LookAlike{"cl", "d"}, LookAlike{"vv", "w"}, LookAlike{"m", "rn"},
    LookAlike{"d", "cl"}, LookAlike{"w", "vv"}, LookAlike{"l", "1"},  LookAlike{"I", "l"},
    LookAlike{"O", "0"},  LookAlike{"o", "0"},  LookAlike{"S", "5"},  LookAlike{"B", "8"},
    LookAlike{"e", "c"},  LookAlike{"h", "b"},  LookAlike{"i", "l"},  LookAlike{"g", "q"},
    LookAlike{"n", "ri"}, LookAlike{"t", "f"},  LookAlike{"u", "ii"}, LookAlike{"Z", "2"}};

bool misread(Units& units, std::size_t at, std::uint64_t) {
  for (const LookAlike& one : kLookAlikes) {
    std::size_t k = 0;
    while (k < one.right.size() && at + k < units.size() &&
           units[at + k] == one.right.substr(k, 1)) {
      ++k;
    }
    if (k != one.right.size()) continue;
    units[at] = one.read;
    units.erase(units.begin() + static_cast<std::ptrdiff_t>(at + 1),
                units.begin() + static_cast<std::ptrdiff_t>(at + k));
    return true;
  }
  return false;
}

bool swap_words(Units& words, std::size_t at, std::uint64_t) {
  if (at + 1 >= words.size() || words[at] == words[at + 1]) return false;
  std::swap(words[at], words[at + 1]);
  return true;
}

bool delete_word(Units& words, std::size_t at, std::uint64_t) {
  if (words.size() < 2) return false;
  words.erase(words.begin() + static_cast<std::ptrdiff_t>(at));
  return true;
}

constexpr std::array kKinds = {
    NoiseKind{"swap", "two letters change places", false, swap_letters},
    NoiseKind{"delete", "a letter is missing", false, delete_letter},
    NoiseKind{"insert", "a letter is doubled", false, double_letter},
    NoiseKind{"keyboard", "the key beside the right one", false, press_neighbour},
    NoiseKind{"ocr", "a letter read as one that looks like it", false, misread},
    NoiseKind{"word_swap", "two words change places", true, swap_words},
    NoiseKind{"word_delete", "a word is missing", true, delete_word}};

bool is_space(const std::string& unit) { return unit == " " || unit == "\n" || unit == "\t"; }

Units code_points(std::string_view text) {
  Units units;
  for (std::size_t at = 0; at < text.size();) {
    const std::uint32_t bytes = code_point_at(text, at).bytes;
    units.emplace_back(text.substr(at, bytes));
    at += bytes;
  }
  return units;
}

std::string joined(const Units& units, std::string_view between) { return join(units, between); }

std::vector<const NoiseKind*> chosen_kinds(const NoiseOptions& options, bool of_words) {
  std::vector<const NoiseKind*> kinds;
  for (const NoiseKind& kind : kKinds) {
    const bool named =
        options.kinds.empty() ||
        std::find(options.kinds.begin(), options.kinds.end(), kind.name) != options.kinds.end();
    if (named && kind.of_words == of_words) kinds.push_back(&kind);
  }
  return kinds;
}

// Tries places until `edits` were made, or eight times as many failed.
void edit(Units& units, const std::vector<const NoiseKind*>& kinds, std::int64_t edits,
          const Random& random, std::uint64_t& from) {
  if (kinds.empty() || units.empty()) return;
  for (std::int64_t tries = edits * 8 + 16; edits > 0 && tries > 0; --tries) {
    const std::size_t at = random.below(from++, units.size());
    const NoiseKind& kind = *kinds[random.below(from++, kinds.size())];
    if (!kind.of_words && !is_letter_unit(units[at])) continue;
    edits -= kind.edit(units, at, random.bits(from++));
    if (units.empty()) return;
  }
}

std::int64_t edits_of(double rate, std::int64_t units) {
  return std::max<std::int64_t>(1, std::llround(rate * static_cast<double>(units)));
}

}  // namespace

const std::array<NoiseKind, 7>& noise_kinds() { return kKinds; }

std::string add_noise(std::string_view text, const NoiseOptions& options, const Random& random,
                      std::uint64_t from) {
  for (const std::string& kind : options.kinds) static_cast<void>(row_named(kKinds, "noise", kind));
  std::uint64_t drawn = from;
  Units letters = code_points(text);
  const auto count = std::count_if(letters.begin(), letters.end(), is_letter_unit);
  if (count == 0) return std::string(text);
  edit(letters, chosen_kinds(options, false), edits_of(options.rate, count), random, drawn);
  const auto word_kinds = chosen_kinds(options, true);
  if (word_kinds.empty()) return joined(letters, "");
  // Words are what stands between spaces; a line's end or a run of spaces parts lists of words.
  std::string out;
  Units words;
  std::string word;
  const auto end_list = [&] {
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
    if (words.size() > 1) {
      edit(words, word_kinds, edits_of(options.rate, static_cast<std::int64_t>(words.size())),
           random, drawn);
    }
    out += joined(words, " ");
    words.clear();
  };
  for (std::size_t i = 0; i < letters.size(); ++i) {
    const bool single =
        letters[i] == " " && !word.empty() && i + 1 < letters.size() && !is_space(letters[i + 1]);
    if (single) {
      words.push_back(std::move(word));
      word.clear();
    } else if (is_space(letters[i])) {
      end_list();
      out += letters[i];
    } else {
      word += letters[i];
    }
  }
  end_list();
  return out;
}

}  // namespace fettle::data
