#include "tokenize/post_processor.h"

#include <algorithm>
#include <utility>

#include "tokenize/byte_level.h"
#include "tokenize/unicode.h"

namespace fettle::tokenize {
namespace {

bool is_blank(char32_t code) { return is_space(code) || code == byte_character(' '); }

std::uint32_t leading_blanks(std::string_view value) {
  std::uint32_t count = 0;
  for (std::size_t at = 0; at < value.size();) {
    const Character character = character_at(value, at);
    if (!is_blank(character.code)) break;
    at += character.size;
    ++count;
  }
  return count;
}

std::uint32_t trailing_blanks(std::string_view value) {
  std::uint32_t count = 0;
  for (std::size_t end = value.size(); end > 0; ++count) {
    end = character_begin(value, end - 1);
    if (!is_blank(character_at(value, end).code)) break;
  }
  return count;
}

class TrimOffsetsProcessor : public PostProcessor {
 public:
  explicit TrimOffsetsProcessor(bool add_prefix_space) : add_prefix_space_(add_prefix_space) {}

  void apply(PlacedParts& parts, bool) const override {
    for (std::vector<PlacedToken>& part : parts) {
      for (std::size_t i = 0; i < part.size(); ++i) trim(part[i], i == 0);
    }
  }

 private:
  void trim(PlacedToken& token, bool first) const {
    std::uint32_t leading = leading_blanks(token.value);
    const std::uint32_t trailing = trailing_blanks(token.value);
    // The one space before the first word is the one that the pre-tokenizer put there.
    if ((first || token.begin == 0) && add_prefix_space_ && leading == 1) leading = 0;
    token.begin = std::min(token.begin + leading, std::max(token.begin, token.end));
    if (trailing > 0 && token.end >= trailing) {
      token.end = std::max(token.end - trailing, token.begin);
    }
  }

  bool add_prefix_space_;
};

class TemplateProcessor : public PostProcessor {
 public:
  explicit TemplateProcessor(std::vector<TemplatePiece> pieces) : pieces_(std::move(pieces)) {}

  void apply(PlacedParts& parts, bool add_special_tokens) const override {
    std::vector<PlacedToken> whole;
    for (std::vector<PlacedToken>& part : parts) {
      whole.insert(whole.end(), part.begin(), part.end());
    }
    parts.clear();
    for (const TemplatePiece& piece : pieces_) {
      if (piece.is_text) {
        parts.push_back(whole);
      } else if (add_special_tokens) {
        std::vector<PlacedToken>& added = parts.emplace_back();
        for (const TokenId id : piece.ids) added.push_back({id, 0, 0, {}});
      }
    }
  }

 private:
  std::vector<TemplatePiece> pieces_;
};

}  // namespace

std::unique_ptr<PostProcessor> trim_offsets_processor(bool add_prefix_space) {
  return std::make_unique<TrimOffsetsProcessor>(add_prefix_space);
}

std::unique_ptr<PostProcessor> template_processor(std::vector<TemplatePiece> pieces) {
  return std::make_unique<TemplateProcessor>(std::move(pieces));
}

}  // namespace fettle::tokenize
