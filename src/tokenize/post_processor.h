// The post-processors of a tokenizer.json: special tokens around the text, and trimmed offsets.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tokenize/tokenizer.h"

namespace fettle::tokenize {

// A token on its way out. value is its text: of an added token the part of the text that it took.
struct PlacedToken {
  TokenId id = 0;
  std::uint32_t begin = 0;  // in characters of the user's text
  std::uint32_t end = 0;
  std::string_view value;
};

// A text's tokens, in parts: a template puts each special token into a part of its own.
using PlacedParts = std::vector<std::vector<PlacedToken>>;

class PostProcessor {
 public:
  virtual ~PostProcessor() = default;
  virtual void apply(PlacedParts& parts, bool add_special_tokens) const = 0;
};

using PostProcessors = std::vector<std::unique_ptr<PostProcessor>>;

// Leaves the spaces at the ends of tokens out of their offsets.
[[nodiscard]] std::unique_ptr<PostProcessor> trim_offsets_processor(bool add_prefix_space);

struct TemplatePiece {
  bool is_text = false;           // the text goes here, else
  std::vector<TokenId> ids = {};  // these special tokens do
};
[[nodiscard]] std::unique_ptr<PostProcessor> template_processor(std::vector<TemplatePiece> pieces);

}  // namespace fettle::tokenize
