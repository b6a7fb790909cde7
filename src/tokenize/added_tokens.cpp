#include "tokenize/added_tokens.h"

#include <algorithm>
#include <utility>

#include "tokenize/unicode.h"

namespace fettle::tokenize {
namespace {

std::size_t spaces_begin(std::string_view text, std::size_t end) {
  while (end > 0) {
    const std::size_t before = character_begin(text, end - 1);
    if (!is_space(character_at(text, before).code)) break;
    end = before;
  }
  return end;
}

std::size_t spaces_after(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const Character character = character_at(text, at);
    if (!is_space(character.code)) break;
    at += character.size;
  }
  return at;
}

bool stands_alone(std::string_view text, std::size_t begin, std::size_t end) {
  const bool left =
      begin == 0 || !is_word(character_at(text, character_begin(text, begin - 1)).code);
  const bool right = end == text.size() || !is_word(character_at(text, end).code);
  return left && right;
}

Span token_span(std::size_t begin, std::size_t end) {
  return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
}

}  // namespace

bool LiteralSet::add(std::string_view text, std::uint32_t value) {
  std::uint32_t node = 0;
  for (const char byte : text) {
    const auto fresh = static_cast<std::uint32_t>(nodes_.size());
    const auto [found, added] = nodes_[node].next.try_emplace(byte, fresh);
    const std::uint32_t next = found->second;
    if (added) nodes_.emplace_back();
    if (node == 0) first_[static_cast<std::uint8_t>(byte)] = next;
    node = next;
  }
  if (nodes_[node].value != kNothing) return false;
  nodes_[node].value = value;
  return true;
}

std::uint32_t LiteralSet::longest_at(std::string_view text, std::size_t at,
                                     std::size_t& end) const {
  std::uint32_t found = kNothing;
  std::uint32_t node = first_[static_cast<std::uint8_t>(text[at])];
  while (node != 0) {
    ++at;
    if (nodes_[node].value != kNothing) {
      found = nodes_[node].value;
      end = at;
    }
    if (at == text.size()) break;
    const auto next = nodes_[node].next.find(text[at]);
    if (next == nodes_[node].next.end()) break;
    node = next->second;
  }
  return found;
}

AddedTokens::AddedTokens(std::vector<AddedToken> tokens, const Normalizers& normalizers)
    : tokens_(std::move(tokens)) {
  decoded_.reserve(tokens_.size());
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    const AddedToken& token = tokens_[i];
    decoded_.push_back(token.normalized ? normalized_text(normalizers, token.content)
                                        : token.content);
    by_id_.emplace(token.id, i);
    by_content_.emplace(token.content, i);
    if (token.special) skipped_.insert(token.id);
    if (decoded_[i].empty()) continue;
    LiteralSet& literals = token.normalized ? normalized_ : plain_;
    (void)literals.add(decoded_[i], static_cast<std::uint32_t>(i));
  }
}

void AddedTokens::extract(PieceText& text, bool normalized) const {
  const LiteralSet& literals = normalized ? normalized_ : plain_;
  text.split_tokens([&](std::string_view piece, std::vector<Span>& parts,
                        std::vector<TokenId>& ids) { find_in(piece, literals, parts, ids); });
}

void AddedTokens::find_in(std::string_view text, const LiteralSet& literals,
                          std::vector<Span>& parts, std::vector<TokenId>& ids) const {
  const auto add = [&](std::size_t begin, std::size_t end, TokenId id) {
    parts.push_back(token_span(begin, end));
    ids.push_back(id);
  };
  std::size_t done = 0;
  for (std::size_t at = 0; !literals.empty() && at < text.size();) {
    std::size_t end = at;
    const std::uint32_t value = literals.longest_at(text, at, end);
    if (value == LiteralSet::kNothing) {
      ++at;
      continue;
    }
    const AddedToken& token = tokens_[value];
    std::size_t begin = at;
    // The search goes on behind the literal, even where the token then takes spaces with it.
    at = end;
    if (token.single_word && !stands_alone(text, begin, end)) continue;
    if (token.lstrip) begin = std::max(spaces_begin(text, begin), done);
    if (token.rstrip) end = spaces_after(text, end);
    if (done < begin) add(done, begin, Piece::kOpen);
    add(begin, end, token.id);
    done = end;
  }
  if (done != text.size()) add(done, text.size(), Piece::kOpen);
}

const AddedToken* AddedTokens::find(TokenId id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &tokens_[found->second];
}

const AddedToken* AddedTokens::find(std::string_view content) const {
  const auto found = by_content_.find(std::string(content));
  return found == by_content_.end() ? nullptr : &tokens_[found->second];
}

std::string_view AddedTokens::decoded(TokenId id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? std::string_view() : decoded_[found->second];
}

}  // namespace fettle::tokenize
