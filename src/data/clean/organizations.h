// What the rules of organisations share.
#pragma once

#include "data/clean/scan.h"

namespace fettle::data::clean {

// Atoms of the text, both ends within.
struct Run {
  std::size_t first;
  std::size_t last;
};

// "Inc", "Ltd", "GmbH": endings that the law gives, which are no other words.
[[nodiscard]] bool legal_ending(Scan& scan, std::size_t i);
// Small words within names: "of", "de", "and".
[[nodiscard]] bool name_joiner(std::string_view word);
// A word that begins with a capital; false behind the last atom.
[[nodiscard]] bool capital(const Scan& scan, std::size_t i);
void add_organization(Scan& scan, const Run& run, double score);

// Finds the first organisation that the names in `run` say themselves: by their endings, by what
// they are, by a list. `next` is then the atom behind it.
[[nodiscard]] bool try_organization_name(Scan& scan, const Run& run, std::size_t& next);

}  // namespace fettle::data::clean
