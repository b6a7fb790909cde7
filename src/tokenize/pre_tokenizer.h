// The pre-tokenizers of a tokenizer.json: how a text is cut into the words that BPE sees.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tokenize/pattern.h"
#include "tokenize/piece_text.h"

namespace fettle::tokenize {

class PreTokenizer {
 public:
  virtual ~PreTokenizer() = default;
  // Splits, and where its kind does so rewrites, every open piece.
  virtual void apply(PieceText& text) const = 0;
  // Writes the bytes of the text as GPT-2's characters and does nothing else.
  [[nodiscard]] virtual bool writes_bytes() const { return false; }
};

using PreTokenizers = std::vector<std::unique_ptr<PreTokenizer>>;

[[nodiscard]] std::unique_ptr<PreTokenizer> split_pre_tokenizer(std::unique_ptr<Pattern> pattern,
                                                                SplitBehavior behavior,
                                                                bool invert);
// Words and runs of other characters; spaces vanish.
[[nodiscard]] std::unique_ptr<PreTokenizer> whitespace_pre_tokenizer();

enum class PrependScheme { kFirst, kNever, kAlways };

// Spaces become `replacement`, which then begins each word.
[[nodiscard]] std::unique_ptr<PreTokenizer> metaspace_pre_tokenizer(std::string replacement,
                                                                    PrependScheme scheme,
                                                                    bool split);

// A space before each piece that does not begin with one.
[[nodiscard]] std::unique_ptr<PreTokenizer> prefix_space_pre_tokenizer();
// Each byte as GPT-2's character for it (tokenize/byte_level.h).
[[nodiscard]] std::unique_ptr<PreTokenizer> byte_character_pre_tokenizer();

}  // namespace fettle::tokenize
