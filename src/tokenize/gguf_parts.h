// What a GGUF file leaves unsaid of its tokenizer, as the keys of a tokenizer.json.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "tokenize/tokenizer.h"

namespace fettle::tokenize {

// Throws DataError on lists that do not fit together, ids without a token and tokens that are not
// UTF-8.
void check_gguf(const GgufVocabulary& vocabulary, std::string_view where);

// All keys of a tokenizer.json but the model's vocab and merges, which are large.
[[nodiscard]] Json gguf_document(const GgufVocabulary& vocabulary, std::string_view where);

// The merges in their order: the file's, or for a vocabulary of scores those that it implies.
struct GgufMerge {
  std::string_view left;
  std::string_view right;
};
[[nodiscard]] std::vector<GgufMerge> gguf_merges(const GgufVocabulary& vocabulary,
                                                 std::string_view where);

// The special tokens, with llama.cpp's defaults for a vocabulary of scores.
[[nodiscard]] SpecialTokens gguf_special(const GgufVocabulary& vocabulary);

// Split steps of the value of tokenizer.ggml.pre, as pre_tokenizer and normalizer of a
// tokenizer.json; throws DataError naming the known ones.
struct GgufSplitting {
  Json pre_tokenizer;
  Json normalizer;
  bool ignore_merges = false;
  bool adds_bos = false;
};
[[nodiscard]] GgufSplitting gguf_splitting(std::string_view pre, std::string_view where);

}  // namespace fettle::tokenize
