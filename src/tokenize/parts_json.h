// The parts of a tokenizer, read from the keys of a tokenizer.json. Each function takes the whole
// document and throws DataError naming file, key, value and what is supported.
#pragma once

#include "tokenize/json_field.h"
#include "tokenize/pipeline.h"

namespace fettle::tokenize {

[[nodiscard]] Normalizers read_normalizers(const JsonField& document);
[[nodiscard]] PreTokenizers read_pre_tokenizers(const JsonField& document);
[[nodiscard]] PostProcessors read_post_processors(const JsonField& document);
[[nodiscard]] Decoders read_decoders(const JsonField& document);
// Gives the added tokens their ids as the `tokenizers` library does and checks the declared ones.
[[nodiscard]] std::vector<AddedToken> read_added_tokens(const JsonField& document,
                                                        const Vocabulary& vocabulary);

// {"String": ...} or {"Regex": ...}
[[nodiscard]] std::unique_ptr<Pattern> read_pattern(const JsonField& field);

// All but the model from the document.
[[nodiscard]] std::unique_ptr<Tokenizer> assemble(const JsonField& document, Bpe model,
                                                  const SpecialTokens& special);

// The merge of two tokens, of rank `rank`.
struct MergeRow {
  std::string_view left;
  std::string_view right;
  std::uint32_t rank;
};
// Adds it, or gives the token that it names and the vocabulary lacks.
[[nodiscard]] std::optional<std::string> add_merge(const Vocabulary& vocabulary,
                                                   const MergeRow& row, MergeTable& merges);

}  // namespace fettle::tokenize
