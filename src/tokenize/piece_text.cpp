#include "tokenize/piece_text.h"

#include "base/error.h"
#include "tokenize/unicode.h"

namespace fettle::tokenize {

PieceText::PieceText(std::string_view text) : source_(text) {
  if (!text.empty()) pieces_.push_back({.span = {0, static_cast<std::uint32_t>(text.size())}});
}

Span PieceText::origin_of_byte(std::size_t at) const {
  if (!untouched_) return origins_[at];
  const std::size_t begin = character_begin(source_, at);
  const std::size_t size = character_at(source_, begin).size;
  return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(begin + size)};
}

Span PieceText::origin(Span span) const {
  if (span.empty()) return span;
  return {origin_of_byte(span.begin).begin, origin_of_byte(span.end - 1).end};
}

void PieceText::add_part(const Piece& whole, Span part, TokenId token) {
  if (part.empty()) return;
  const Span span = {whole.span.begin + part.begin, whole.span.begin + part.end};
  pieces_.push_back({span, origin_of_byte(span.begin).begin, token});
}

void Rewriter::append(std::string_view text, Span origin) {
  const std::size_t most = from_.source_.size() * PieceText::kMaxGrowth + PieceText::kMaxSlack;
  if (out_.size() + text.size() > most) {
    throw DataError(
        "the tokenizer's normalizer makes a text of more than {} of one of {}; correct "
        "the normalizer",
        byte_size(most), byte_size(from_.source_.size()));
  }
  out_.append(text);
  origins_.insert(origins_.end(), text.size(), origin);
}

void Rewriter::copy(std::size_t begin, std::size_t end) {
  for (std::size_t at = begin; at < end;) {
    const std::size_t size = character_at(text(), at).size;
    append(text().substr(at, size), from_.origin_of_byte(piece_.span.begin + at));
    at += size;
  }
}

void Rewriter::put(std::string_view text, std::size_t at) {
  append(text, from_.origin_of_byte(piece_.span.begin + at));
}

void Rewriter::insert(std::string_view text, std::size_t end) {
  if (end > 0) {
    put(text, end - 1);
  } else {
    append(text, {shift(), shift()});
  }
}

}  // namespace fettle::tokenize
