// A text on its way from the user's characters to tokens: normalized step by step, cut into pieces,
// and still knowing of each byte which characters of the user's text it came from.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tokenize/tokenizer.h"

namespace fettle::tokenize {

// Half-open range of bytes.
struct Span {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  [[nodiscard]] bool empty() const { return begin == end; }
  friend bool operator==(const Span&, const Span&) = default;
};

// A part of a string, and whether a pattern matched it.
struct Match {
  Span span;
  bool hit = false;
};

struct Piece {
  static constexpr TokenId kOpen = -1;

  Span span;                // of the normalized text
  std::uint32_t shift = 0;  // where the piece begins in the user's text
  TokenId token = kOpen;    // an added token found here; such a piece is not touched again
};

class Rewriter;

class PieceText {
 public:
  static constexpr std::size_t kMaxBytes = std::size_t{1} << 30;
  // A normalizer that makes more of a text than kMaxGrowth times its bytes and kMaxSlack is stopped
  // by a DataError. Unicode's own forms stay below 12 times.
  static constexpr std::size_t kMaxGrowth = 16;
  static constexpr std::size_t kMaxSlack = std::size_t{1} << 24;

  // One piece: the whole text, which must be valid UTF-8, of at most kMaxBytes, and outlive this.
  explicit PieceText(std::string_view text);

  [[nodiscard]] std::string_view text() const { return untouched_ ? source_ : normalized_; }
  [[nodiscard]] std::string_view text(Span span) const {
    return text().substr(span.begin, span.end - span.begin);
  }
  [[nodiscard]] const std::vector<Piece>& pieces() const { return pieces_; }
  // The bytes of the user's text that a range of the normalized text came from.
  [[nodiscard]] Span origin(Span span) const;

  // find(text of the piece, matches) lists contiguous parts; each part that is kept becomes a
  // piece. Empty parts vanish.
  template <class Find>
  void split(Find&& find) {
    std::vector<Piece> before;
    before.swap(pieces_);
    pieces_.reserve(before.size() * 2);
    std::vector<Match> parts;
    for (const Piece& piece : before) {
      if (piece.token != Piece::kOpen) {
        pieces_.push_back(piece);
        continue;
      }
      parts.clear();
      find(text(piece.span), parts);
      for (const Match& part : parts) add_part(piece, part.span, Piece::kOpen);
    }
  }

  // find(text, parts, tokens): as split, with a token (or Piece::kOpen) for each part.
  template <class Find>
  void split_tokens(Find&& find) {
    std::vector<Piece> before;
    before.swap(pieces_);
    std::vector<Span> parts;
    std::vector<TokenId> tokens;
    for (const Piece& piece : before) {
      if (piece.token != Piece::kOpen) {
        pieces_.push_back(piece);
        continue;
      }
      parts.clear();
      tokens.clear();
      find(text(piece.span), parts, tokens);
      for (std::size_t i = 0; i < parts.size(); ++i) add_part(piece, parts[i], tokens[i]);
    }
  }

  // change(rewriter) writes the new text of each open piece for which needed(text) holds.
  template <class Needed, class Change>
  void rewrite(Needed&& needed, Change&& change);

 private:
  friend class Rewriter;

  void add_part(const Piece& whole, Span part, TokenId token);
  [[nodiscard]] Span origin_of_byte(std::size_t at) const;

  std::string_view source_;
  bool untouched_ = true;
  std::string normalized_;
  std::vector<Span> origins_;  // of each byte of normalized_
  std::vector<Piece> pieces_;
};

// Writes one piece anew. Origins follow the `tokenizers` library: what is inserted belongs to the
// character before it.
class Rewriter {
 public:
  Rewriter(const PieceText& from, const Piece& piece, std::string& out, std::vector<Span>& origins)
      : from_(from), piece_(piece), out_(out), origins_(origins) {}

  [[nodiscard]] std::string_view text() const { return from_.text(piece_.span); }
  [[nodiscard]] std::uint32_t shift() const { return piece_.shift; }

  // Bytes [begin, end) of the piece, as they are.
  void copy(std::size_t begin, std::size_t end);
  // `text` in place of what ends at byte `end` of the piece.
  void insert(std::string_view text, std::size_t end);
  // `text` with the origin of byte `at` of the piece.
  void put(std::string_view text, std::size_t at);

 private:
  void append(std::string_view text, Span origin);

  const PieceText& from_;
  const Piece& piece_;
  std::string& out_;
  std::vector<Span>& origins_;
};

template <class Needed, class Change>
void PieceText::rewrite(Needed&& needed, Change&& change) {
  bool any = false;
  for (const Piece& piece : pieces_) {
    if (piece.token == Piece::kOpen && needed(text(piece.span))) any = true;
  }
  if (!any) return;
  std::string out;
  out.reserve(text().size() + text().size() / 4);
  std::vector<Span> origins;
  origins.reserve(out.capacity());
  for (Piece& piece : pieces_) {
    const auto begin = static_cast<std::uint32_t>(out.size());
    Rewriter rewriter(*this, piece, out, origins);
    if (piece.token == Piece::kOpen && needed(text(piece.span))) {
      change(rewriter);
    } else {
      rewriter.copy(0, piece.span.end - piece.span.begin);
    }
    piece.span = {begin, static_cast<std::uint32_t>(out.size())};
  }
  normalized_ = std::move(out);
  origins_ = std::move(origins);
  untouched_ = false;
}

}  // namespace fettle::tokenize
