// The decoders of a tokenizer.json: from the texts of tokens to the text that they spell.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tokenize/pattern.h"

namespace fettle::tokenize {

class Decoder {
 public:
  virtual ~Decoder() = default;
  // Rewrites the texts of successive tokens in place; parts may join or vanish. All parts are valid
  // UTF-8 before, and after all but the byte-level decoder.
  virtual void apply(std::vector<std::string>& parts) const = 0;
  // Its parts may end inside a character, because tokens do.
  [[nodiscard]] virtual bool gives_bytes() const { return false; }
};

using Decoders = std::vector<std::unique_ptr<Decoder>>;

// GPT-2's characters to bytes, one part; a token with another character stands for itself.
[[nodiscard]] std::unique_ptr<Decoder> byte_level_decoder();
// Runs of <0x00> to <0xFF> become the text they spell, or one U+FFFD each if they spell none.
[[nodiscard]] std::unique_ptr<Decoder> byte_fallback_decoder();
[[nodiscard]] std::unique_ptr<Decoder> fuse_decoder();
[[nodiscard]] std::unique_ptr<Decoder> replace_decoder(std::unique_ptr<Pattern> pattern,
                                                       std::string content);
// Drops up to `start` and `stop` times the character `content` from both ends of each part.
[[nodiscard]] std::unique_ptr<Decoder> strip_decoder(std::string content, std::size_t start,
                                                     std::size_t stop);
// `replacement` to spaces, but in the first part it is dropped where the encoder prepends it.
[[nodiscard]] std::unique_ptr<Decoder> metaspace_decoder(std::string replacement, bool prepends);

// <0x41> is 0x41; nothing for other tokens.
[[nodiscard]] std::optional<std::uint8_t> byte_of_token(std::string_view token);

}  // namespace fettle::tokenize
