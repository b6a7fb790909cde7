// A tokenizer put together from the parts that a tokenizer.json names.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tokenize/added_tokens.h"
#include "tokenize/bpe.h"
#include "tokenize/decoder.h"
#include "tokenize/normalizer.h"
#include "tokenize/post_processor.h"
#include "tokenize/pre_tokenizer.h"
#include "tokenize/tokenizer.h"

namespace fettle::tokenize {

struct PipelineParts {
  Normalizers normalizers;
  PreTokenizers pre_tokenizers;
  Bpe model;
  AddedTokens added;
  PostProcessors post_processors;
  Decoders decoders;
  bool has_decoder = false;  // without one, decoding puts spaces between the tokens
  SpecialTokens special;
};

class PipelineTokenizer : public Tokenizer {
 public:
  explicit PipelineTokenizer(PipelineParts parts);

  [[nodiscard]] Encoding encode(std::string_view text, bool add_special_tokens) const override;
  [[nodiscard]] std::string decode(std::span<const TokenId> ids,
                                   bool skip_special_tokens) const override;
  [[nodiscard]] std::int64_t vocab_size() const override;
  [[nodiscard]] std::optional<TokenId> id_of(std::string_view token) const override;
  [[nodiscard]] std::string_view token_of(TokenId id) const override;
  [[nodiscard]] bool is_special(TokenId id) const override;
  [[nodiscard]] const SpecialTokens& special() const override { return parts_.special; }

 private:
  void cut(PieceText& text) const;
  struct Work;
  void tokenize_word(std::string_view word, Work& work) const;
  void tokenize_characters(std::string_view word, Work& work) const;
  [[nodiscard]] std::vector<PlacedToken> place(const PieceText& text,
                                               std::string_view source) const;

  PipelineParts parts_;
  // The model takes bytes as they are: the step that writes them as characters is left out.
  bool raw_bytes_ = false;
};

}  // namespace fettle::tokenize
