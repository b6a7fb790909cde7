// The normalizers of a tokenizer.json: what is done to a text before it is split.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tokenize/pattern.h"
#include "tokenize/piece_text.h"
#include "tokenize/unicode_forms.h"

namespace fettle::tokenize {

class Normalizer {
 public:
  virtual ~Normalizer() = default;
  // Rewrites every open piece.
  virtual void apply(PieceText& text) const = 0;
};

using Normalizers = std::vector<std::unique_ptr<Normalizer>>;

[[nodiscard]] std::unique_ptr<Normalizer> form_normalizer(Form form);
[[nodiscard]] std::unique_ptr<Normalizer> lowercase_normalizer();
[[nodiscard]] std::unique_ptr<Normalizer> strip_normalizer(bool left, bool right);
// Before every text that is not empty.
[[nodiscard]] std::unique_ptr<Normalizer> prepend_normalizer(std::string prefix);
[[nodiscard]] std::unique_ptr<Normalizer> replace_normalizer(std::unique_ptr<Pattern> pattern,
                                                             std::string content);

// `prefix` before the piece, with the origin of its first character.
void prepend(Rewriter& rewriter, std::string_view prefix);

// The text that the normalizers make of `text`.
[[nodiscard]] std::string normalized_text(const Normalizers& normalizers, std::string_view text);

}  // namespace fettle::tokenize
