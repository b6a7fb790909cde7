// Hand-written scanners of the split expressions that most byte-level tokenizers use. Each cuts a
// text as Oniguruma would by its expression, in one pass, without backtracking.
#pragma once

#include <string_view>
#include <vector>

#include "tokenize/piece_text.h"

namespace fettle::tokenize {

// The expression that pre-tokenizer ByteLevel splits by (GPT-2's).
[[nodiscard]] std::string_view gpt2_expression();
// Llama 3's and Qwen 2's, which differ in how many digits stay together (3 or 1).
[[nodiscard]] std::string_view llama3_expression();
[[nodiscard]] std::string_view qwen2_expression();

// Appends contiguous parts that cover the text.
using Scanner = void (*)(std::string_view text, std::vector<Match>& parts);

// The scanner of exactly this expression, or nullptr.
[[nodiscard]] Scanner scanner_of(std::string_view expression);

}  // namespace fettle::tokenize
