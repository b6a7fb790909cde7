#include "tokenize/normalizer.h"

#include <algorithm>
#include <utility>

#include "tokenize/unicode.h"

namespace fettle::tokenize {
namespace {

// Writes the changes; each new character gets the origin of the one that it replaces, an inserted
// one that of the character before it.
void apply_changes(Rewriter& rewriter, const std::vector<Change>& changes) {
  const std::string_view text = rewriter.text();
  std::size_t at = 0;
  const auto skip = [&](int characters) {
    for (; characters > 0 && at < text.size(); --characters) at += character_at(text, at).size;
  };
  std::string code;
  for (const Change& change : changes) {
    code.clear();
    append_utf8(code, change.code);
    if (change.change > 0) {
      rewriter.insert(code, at);
    } else {
      rewriter.put(code, std::min(at, text.size() - 1));
      skip(1 - change.change);
    }
  }
}

class FormNormalizer : public Normalizer {
 public:
  explicit FormNormalizer(Form form) : form_(form) {}
  void apply(PieceText& text) const override {
    text.rewrite(
        [&](std::string_view piece) { return may_change(form_, piece); },
        [&](Rewriter& rewriter) { apply_changes(rewriter, normalized(form_, rewriter.text())); });
  }

 private:
  Form form_;
};

bool has_capitals(std::string_view text) {
  return std::ranges::any_of(
      text, [](char c) { return (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80; });
}

class LowercaseNormalizer : public Normalizer {
 public:
  void apply(PieceText& text) const override {
    text.rewrite(has_capitals, [](Rewriter& rewriter) {
      const std::string_view piece = rewriter.text();
      std::string lower;
      for (std::size_t at = 0; at < piece.size();) {
        const Character character = character_at(piece, at);
        lower.clear();
        append_lowercase(lower, character.code);
        rewriter.put(lower, at);
        at += character.size;
      }
    });
  }
};

class StripNormalizer : public Normalizer {
 public:
  StripNormalizer(bool left, bool right) : left_(left), right_(right) {}

  void apply(PieceText& text) const override {
    text.rewrite([&](std::string_view piece) { return kept(piece) != whole(piece); },
                 [&](Rewriter& rewriter) {
                   const Span span = kept(rewriter.text());
                   rewriter.copy(span.begin, span.end);
                 });
  }

 private:
  static Span whole(std::string_view text) { return {0, static_cast<std::uint32_t>(text.size())}; }

  [[nodiscard]] Span kept(std::string_view text) const {
    Span span = whole(text);
    while (left_ && span.begin < span.end) {
      const Character first = character_at(text, span.begin);
      if (!is_space(first.code)) break;
      span.begin += first.size;
    }
    while (right_ && span.begin < span.end) {
      const std::size_t last = character_begin(text, span.end - 1);
      if (!is_space(character_at(text, last).code)) break;
      span.end = static_cast<std::uint32_t>(last);
    }
    return span;
  }

  bool left_;
  bool right_;
};

bool is_any(std::string_view text) { return !text.empty(); }

class PrependNormalizer : public Normalizer {
 public:
  explicit PrependNormalizer(std::string prefix) : prefix_(std::move(prefix)) {}
  void apply(PieceText& text) const override {
    text.rewrite(is_any, [&](Rewriter& rewriter) { prepend(rewriter, prefix_); });
  }

 private:
  std::string prefix_;
};

class ReplaceNormalizer : public Normalizer {
 public:
  ReplaceNormalizer(std::unique_ptr<Pattern> pattern, std::string content)
      : pattern_(std::move(pattern)), content_(std::move(content)) {}

  void apply(PieceText& text) const override {
    std::vector<Match> parts;
    text.rewrite(is_any, [&](Rewriter& rewriter) {
      parts.clear();
      pattern_->find(rewriter.text(), parts);
      for (const Match& part : parts) {
        if (part.hit) {
          rewriter.insert(content_, part.span.end);
        } else {
          rewriter.copy(part.span.begin, part.span.end);
        }
      }
    });
  }

 private:
  std::unique_ptr<Pattern> pattern_;
  std::string content_;
};

}  // namespace

std::unique_ptr<Normalizer> form_normalizer(Form form) {
  return std::make_unique<FormNormalizer>(form);
}

std::unique_ptr<Normalizer> lowercase_normalizer() {
  return std::make_unique<LowercaseNormalizer>();
}

std::unique_ptr<Normalizer> strip_normalizer(bool left, bool right) {
  return std::make_unique<StripNormalizer>(left, right);
}

std::unique_ptr<Normalizer> prepend_normalizer(std::string prefix) {
  return std::make_unique<PrependNormalizer>(std::move(prefix));
}

std::unique_ptr<Normalizer> replace_normalizer(std::unique_ptr<Pattern> pattern,
                                               std::string content) {
  return std::make_unique<ReplaceNormalizer>(std::move(pattern), std::move(content));
}

void prepend(Rewriter& rewriter, std::string_view prefix) {
  const std::size_t size = rewriter.text().size();
  if (size > 0) rewriter.put(prefix, 0);
  rewriter.copy(0, size);
}

std::string normalized_text(const Normalizers& normalizers, std::string_view text) {
  PieceText pieces(text);
  for (const auto& normalizer : normalizers) normalizer->apply(pieces);
  return pieces.pieces().empty() ? std::string()
                                 : std::string(pieces.text(pieces.pieces()[0].span));
}

}  // namespace fettle::tokenize
