// The parts of street addresses.
#pragma once

#include "data/clean/scan.h"

namespace fettle::data::clean {

// Bahnhofstrasse, Storgatan, Koskikatu, Vesterskovvej.
[[nodiscard]] bool street_ending(Scan& scan, std::size_t i);
// Street, Drive, Lane.
[[nodiscard]] bool street_word(Scan& scan, std::size_t i);
// Before the street's name, as in Romance and Slavic languages: Rue, Via, Calle, ul.
[[nodiscard]] bool street_first(Scan& scan, std::size_t i);
// A flat, a floor, an office within a house.
[[nodiscard]] bool unit_word(Scan& scan, std::size_t i);
// A unit word and its number: "Apt. 12", "Suite 900", "Unit 7".
[[nodiscard]] bool unit_at(Scan& scan, std::size_t i);
// "12", "12a", "12bis": what "2pm" and "5th" are not. False behind the last atom.
[[nodiscard]] bool house_number(const Scan& scan, std::size_t i);
// "de", "della", "los".
[[nodiscard]] bool address_particle(std::string_view word);
// How far the address goes on behind atom `last`: flats, post codes, capitalised places; a dozen
// atoms at most.
[[nodiscard]] std::size_t address_end(Scan& scan, std::size_t last);

}  // namespace fettle::data::clean
