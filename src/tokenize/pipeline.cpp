#include "tokenize/pipeline.h"

#include <utility>

#include "base/error.h"
#include "tokenize/unicode.h"

namespace fettle::tokenize {
namespace {

// The number of characters before each byte; empty for ASCII, where it is the byte's own number.
std::vector<std::uint32_t> characters_before(std::string_view utf8) {
  std::vector<std::uint32_t> before;
  if (count_characters(utf8) == utf8.size()) return before;
  before.reserve(utf8.size() + 1);
  std::uint32_t count = 0;
  for (std::size_t at = 0; at < utf8.size();) {
    const std::size_t size = character_at(utf8, at).size;
    before.insert(before.end(), size, count++);
    at += size;
  }
  before.push_back(count);
  return before;
}

void run_decoders(const Decoders& decoders, std::vector<std::string>& parts) {
  for (std::size_t i = 0; i < decoders.size(); ++i) {
    decoders[i]->apply(parts);
    if (!decoders[i]->gives_bytes() || i + 1 == decoders.size()) continue;
    for (std::string& part : parts) part = to_utf8(part);
  }
}

}  // namespace

PipelineTokenizer::PipelineTokenizer(PipelineParts parts) : parts_(std::move(parts)) {
  PreTokenizers& steps = parts_.pre_tokenizers;
  if (!steps.empty() && steps.back()->writes_bytes() && parts_.model.has_all_bytes()) {
    steps.pop_back();
    raw_bytes_ = true;
  }
}

void PipelineTokenizer::cut(PieceText& text) const {
  parts_.added.extract(text, false);
  for (const auto& normalizer : parts_.normalizers) normalizer->apply(text);
  parts_.added.extract(text, true);
  for (const auto& pre_tokenizer : parts_.pre_tokenizers) pre_tokenizer->apply(text);
}

std::vector<PlacedToken> PipelineTokenizer::place(const PieceText& text,
                                                  std::string_view source) const {
  const std::vector<std::uint32_t> before = characters_before(source);
  const bool with_values = !parts_.post_processors.empty();
  std::vector<PlacedToken> placed;
  const auto add = [&](TokenId id, Span span, std::string_view value) {
    const Span bytes = text.origin(span);
    const std::uint32_t begin = before.empty() ? bytes.begin : before[bytes.begin];
    const std::uint32_t end = before.empty() ? bytes.end : before[bytes.end];
    placed.push_back({id, begin, end, value});
  };
  Bpe::Scratch scratch;
  std::vector<WordToken> tokens;
  for (const Piece& piece : text.pieces()) {
    const std::string_view word = text.text(piece.span);
    if (piece.token != Piece::kOpen) {
      add(piece.token, piece.span, word);
      continue;
    }
    tokens.clear();
    if (raw_bytes_) {
      parts_.model.tokenize_bytes(word, scratch, tokens);
    } else {
      parts_.model.tokenize(word, scratch, tokens);
    }
    std::uint32_t at = piece.span.begin;
    for (const WordToken& token : tokens) {
      add(token.id, {at, at + token.size}, with_values ? token_of(token.id) : std::string_view());
      at += token.size;
    }
  }
  return placed;
}

Encoding PipelineTokenizer::encode(std::string_view text, bool add_special_tokens) const {
  if (text.size() > PieceText::kMaxBytes) {
    throw DataError("a text of {} is too long to be tokenized at once; at most {} are; split it",
                    byte_size(text.size()), byte_size(PieceText::kMaxBytes));
  }
  std::string repaired;
  if (!is_utf8(text)) {
    repaired = to_utf8(text);
    text = repaired;
  }
  PieceText pieces(text);
  cut(pieces);
  PlacedParts parts;
  parts.push_back(place(pieces, text));
  for (const auto& processor : parts_.post_processors) processor->apply(parts, add_special_tokens);
  Encoding encoding;
  for (const std::vector<PlacedToken>& part : parts) {
    for (const PlacedToken& token : part) {
      encoding.ids.push_back(token.id);
      encoding.offsets.emplace_back(token.begin, token.end);
    }
  }
  return encoding;
}

std::string PipelineTokenizer::decode(std::span<const TokenId> ids,
                                      bool skip_special_tokens) const {
  std::vector<std::string> parts;
  parts.reserve(ids.size());
  for (const TokenId id : ids) {
    if (skip_special_tokens && parts_.added.is_skipped(id)) continue;
    const bool added = parts_.added.find(id) != nullptr;
    if (!added && !parts_.model.vocabulary().has(id)) continue;
    parts.emplace_back(added ? parts_.added.decoded(id) : parts_.model.vocabulary().token_of(id));
  }
  run_decoders(parts_.decoders, parts);
  return join(parts, parts_.has_decoder ? "" : " ");
}

std::int64_t PipelineTokenizer::vocab_size() const {
  std::int64_t size = parts_.model.vocabulary().size();
  for (const AddedToken& token : parts_.added.tokens()) {
    if (!parts_.model.vocabulary().has(token.id)) ++size;
  }
  return size;
}

std::optional<TokenId> PipelineTokenizer::id_of(std::string_view token) const {
  if (const AddedToken* added = parts_.added.find(token)) return added->id;
  return parts_.model.vocabulary().id_of(token);
}

std::string_view PipelineTokenizer::token_of(TokenId id) const {
  if (const AddedToken* added = parts_.added.find(id)) return added->content;
  return parts_.model.vocabulary().token_of(id);
}

bool PipelineTokenizer::is_special(TokenId id) const {
  const AddedToken* added = parts_.added.find(id);
  return added != nullptr && added->special;
}

}  // namespace fettle::tokenize
