// Porter's stemmer (1980) with NLTK's extensions, as rouge-score and nltk's METEOR use it.
#pragma once

#include <string>
#include <string_view>

namespace fettle::metric {

// The stem of a word in lower case. Letters beyond a to z count as consonants.
[[nodiscard]] std::string porter_stem(std::string_view word);

}  // namespace fettle::metric
