#include "tokenize/pipeline.h"

#include <utility>

#include "base/error.h"
#include "tokenize/byte_level.h"
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
  if (!steps.empty() && steps.back()->writes_bytes()) {
    steps.pop_back();
    parts_.model.prepare_bytes();
    raw_bytes_ = true;
  }
}

void PipelineTokenizer::cut(PieceText& text) const {
  parts_.added.extract(text, false);
  for (const auto& normalizer : parts_.normalizers) normalizer->apply(text);
  parts_.added.extract(text, true);
  for (const auto& pre_tokenizer : parts_.pre_tokenizers) pre_tokenizer->apply(text);
}

// Working memory of one call: a word's tokens, and which of its bytes each covers.
struct PipelineTokenizer::Work {
  Bpe::Scratch scratch;
  std::vector<WordToken> tokens;
  std::vector<Span> spans;
};

void PipelineTokenizer::tokenize_word(std::string_view word, Work& work) const {
  work.tokens.clear();
  work.spans.clear();
  if (!raw_bytes_) {
    parts_.model.tokenize(word, work.scratch, work.tokens);
  } else if (!parts_.model.tokenize_bytes(word, work.scratch, work.tokens)) {
    return tokenize_characters(word, work);
  }
  std::uint32_t at = 0;
  for (const WordToken& token : work.tokens) {
    work.spans.push_back({at, at + token.size});
    at += token.size;
  }
}

// Where a byte has no token, its character is unknown to the model as any other, and what follows
// moves up by its length, as in the library.
void PipelineTokenizer::tokenize_characters(std::string_view word, Work& work) const {
  std::string characters;
  std::vector<std::uint32_t> byte_of;  // of each byte of `characters`
  for (std::uint32_t i = 0; i < word.size(); ++i) {
    append_utf8(characters, byte_character(static_cast<std::uint8_t>(word[i])));
    byte_of.resize(characters.size(), i);
  }
  parts_.model.tokenize(characters, work.scratch, work.tokens);
  std::size_t at = 0;
  for (const WordToken& token : work.tokens) {
    work.spans.push_back({byte_of[at], byte_of[at + token.size - 1] + 1});
    at += token.size;
  }
}

std::vector<PlacedToken> PipelineTokenizer::place(const PieceText& text,
                                                  std::string_view source) const {
  const std::vector<std::uint32_t> before = characters_before(source);
  const bool with_values = !parts_.post_processors.empty();
  std::vector<PlacedToken> placed;
  placed.reserve(text.pieces().size());
  const auto add = [&](TokenId id, Span span, std::string_view value) {
    const Span bytes = text.origin(span);
    const std::uint32_t begin = before.empty() ? bytes.begin : before[bytes.begin];
    const std::uint32_t end = before.empty() ? bytes.end : before[bytes.end];
    placed.push_back({id, begin, end, value});
  };
  Work work;
  for (const Piece& piece : text.pieces()) {
    const std::string_view word = text.text(piece.span);
    if (piece.token != Piece::kOpen) {
      add(piece.token, piece.span, word);
      continue;
    }
    tokenize_word(word, work);
    const std::uint32_t begin = piece.span.begin;
    for (std::size_t i = 0; i < work.tokens.size(); ++i) {
      const TokenId id = work.tokens[i].id;
      const Span span = {begin + work.spans[i].begin, begin + work.spans[i].end};
      add(id, span, with_values ? token_of(id) : std::string_view());
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
