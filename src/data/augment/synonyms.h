// Words replaced by synonyms of their most frequent sense, in the same inflection.
#pragma once

#include <string>
#include <string_view>

#include "base/random.h"
#include "data/augment/word_forms.h"

namespace fettle::data {

// About `rate` of the words that can be replaced, at least one. A word is replaced when it can be
// read in one way only (one lemma, part of speech and inflection), is no function word, and has a
// synonym whose form is certain; "a" and "an" before it must still be right. The first letter's (or
// all letters') case is kept, everything else stays as it is. Equal to `text` when nothing can be
// replaced. A function of the text, the rate and (random, from).
[[nodiscard]] std::string replace_synonyms(std::string_view text, const WordForms& forms,
                                           double rate, const Random& random, std::uint64_t from);

}  // namespace fettle::data
