#include "tokenize/pre_tokenizer.h"

#include <algorithm>
#include <utility>

#include "tokenize/byte_level.h"
#include "tokenize/normalizer.h"
#include "tokenize/unicode.h"

namespace fettle::tokenize {
namespace {

class SplitPreTokenizer : public PreTokenizer {
 public:
  SplitPreTokenizer(std::unique_ptr<Pattern> pattern, SplitBehavior behavior, bool invert)
      : pattern_(std::move(pattern)), behavior_(behavior), invert_(invert) {}

  void apply(PieceText& text) const override {
    text.split([&](std::string_view piece, std::vector<Match>& parts) {
      pattern_->find(piece, parts);
      if (invert_) {
        for (Match& part : parts) part.hit = !part.hit;
      }
      apply_behavior(behavior_, parts);
      std::erase_if(parts, [](const Match& part) { return part.hit; });
    });
  }

 private:
  std::unique_ptr<Pattern> pattern_;
  SplitBehavior behavior_;
  bool invert_;
};

enum class WordKind { kWord, kSpace, kOther };

WordKind word_kind(char32_t code) {
  if (is_word(code)) return WordKind::kWord;
  return is_space(code) ? WordKind::kSpace : WordKind::kOther;
}

// \w+|[^\w\s]+, all else removed.
class WhitespacePreTokenizer : public PreTokenizer {
 public:
  void apply(PieceText& text) const override {
    text.split([](std::string_view piece, std::vector<Match>& parts) {
      WordKind kind = WordKind::kSpace;
      for (std::size_t at = 0; at < piece.size();) {
        const Character character = character_at(piece, at);
        const WordKind next = word_kind(character.code);
        const auto begin = static_cast<std::uint32_t>(at);
        at += character.size;
        if (next != WordKind::kSpace) {
          if (next != kind) parts.push_back({{begin, begin}, false});
          parts.back().span.end = static_cast<std::uint32_t>(at);
        }
        kind = next;
      }
    });
  }
};

class PrefixSpacePreTokenizer : public PreTokenizer {
 public:
  void apply(PieceText& text) const override {
    text.rewrite([](std::string_view piece) { return !piece.starts_with(' '); },
                 [](Rewriter& rewriter) { prepend(rewriter, " "); });
  }
};

class ByteCharacterPreTokenizer : public PreTokenizer {
 public:
  void apply(PieceText& text) const override {
    text.rewrite([](std::string_view) { return true; },
                 [](Rewriter& rewriter) {
                   const std::string_view piece = rewriter.text();
                   std::string character;
                   for (std::size_t at = 0; at < piece.size(); ++at) {
                     character.clear();
                     append_utf8(character, byte_character(static_cast<std::uint8_t>(piece[at])));
                     rewriter.put(character, at);
                   }
                 });
  }
  [[nodiscard]] bool writes_bytes() const override { return true; }
};

class MetaspacePreTokenizer : public PreTokenizer {
 public:
  MetaspacePreTokenizer(std::string replacement, PrependScheme scheme, bool split)
      : replacement_(std::move(replacement)),
        scheme_(scheme),
        spaces_(replace_normalizer(literal_pattern(" "), replacement_)) {
    if (split) {
      words_ =
          split_pre_tokenizer(literal_pattern(replacement_), SplitBehavior::kMergedWithNext, false);
    }
  }

  void apply(PieceText& text) const override {
    spaces_->apply(text);
    if (scheme_ != PrependScheme::kNever) {
      // The first piece is the one at the begin of the user's text.
      text.rewrite([](std::string_view) { return true; },
                   [&](Rewriter& rewriter) {
                     const bool wanted =
                         !rewriter.text().starts_with(replacement_) &&
                         (scheme_ == PrependScheme::kAlways || rewriter.shift() == 0);
                     prepend(rewriter, wanted ? replacement_ : std::string_view());
                   });
    }
    if (words_ != nullptr) words_->apply(text);
  }

 private:
  std::string replacement_;
  PrependScheme scheme_;
  std::unique_ptr<Normalizer> spaces_;
  std::unique_ptr<PreTokenizer> words_;
};

}  // namespace

std::unique_ptr<PreTokenizer> split_pre_tokenizer(std::unique_ptr<Pattern> pattern,
                                                  SplitBehavior behavior, bool invert) {
  return std::make_unique<SplitPreTokenizer>(std::move(pattern), behavior, invert);
}

std::unique_ptr<PreTokenizer> whitespace_pre_tokenizer() {
  return std::make_unique<WhitespacePreTokenizer>();
}

std::unique_ptr<PreTokenizer> metaspace_pre_tokenizer(std::string replacement, PrependScheme scheme,
                                                      bool split) {
  return std::make_unique<MetaspacePreTokenizer>(std::move(replacement), scheme, split);
}

std::unique_ptr<PreTokenizer> prefix_space_pre_tokenizer() {
  return std::make_unique<PrefixSpacePreTokenizer>();
}

std::unique_ptr<PreTokenizer> byte_character_pre_tokenizer() {
  return std::make_unique<ByteCharacterPreTokenizer>();
}

}  // namespace fettle::tokenize
