#include "batch/token_text.h"

#include <algorithm>

#include "base/format.h"

namespace fettle::batch {
namespace {

// Length of the well-formed UTF-8 character at `at` (RFC 3629), or 1 for a byte that begins none:
// the tokenizer takes such a byte as one U+FFFD.
std::size_t character_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned first = byte(at);
  const unsigned second = byte(at + 1);
  std::size_t length = 1;
  unsigned low = 0x80;
  unsigned high = 0xBF;
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
  }
  if (length > 1 && (second < low || second > high)) return 1;
  for (std::size_t i = 2; i < length; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80U) return 1;
  }
  return length;
}

// Byte offset of each character, and the text's length behind them.
std::vector<std::size_t> character_starts(std::string_view text) {
  std::vector<std::size_t> starts;
  starts.reserve(text.size() + 1);
  for (std::size_t at = 0; at < text.size(); at += character_length(text, at)) {
    starts.push_back(at);
  }
  starts.push_back(text.size());
  return starts;
}

bool post_processor_adds_bos(const tokenize::Tokenizer& tokenizer) {
  const auto ids = tokenizer.encode("", true).ids;
  return !ids.empty() && tokenizer.special().bos == ids.front();
}

bool wants_bos(const TextSide& side) {
  if (side.bos == BosPolicy::kNever || !side.tokenizer.special().bos) return false;
  return side.bos == BosPolicy::kAlways || post_processor_adds_bos(side.tokenizer);
}

}  // namespace

Result<TokenText> tokenize_text(const TextSide& side, std::string_view text,
                                std::string_view where) {
  tokenize::Encoding encoding = side.tokenizer.encode(text, false);
  TokenText tokens{.ids = std::move(encoding.ids), .bytes = {}};
  const auto starts = character_starts(text);
  const auto byte_of = [&](std::uint32_t character) {
    return starts[std::min(std::size_t{character}, starts.size() - 1)];
  };
  tokens.bytes.reserve(tokens.ids.size() + 1);
  for (const auto& [begin, end] : encoding.offsets) {
    tokens.bytes.emplace_back(byte_of(begin), byte_of(end));
  }
  tokens.bytes.resize(tokens.ids.size(), {text.size(), text.size()});
  const auto bos = side.tokenizer.special().bos;
  const bool begins = !tokens.ids.empty() && bos == tokens.ids.front();
  if (!begins && wants_bos(side)) {
    tokens.ids.insert(tokens.ids.begin(), *bos);
    tokens.bytes.insert(tokens.bytes.begin(), {0, 0});
  }
  if (tokens.ids.size() > 1 && bos == tokens.ids[0] && bos == tokens.ids[1]) {
    return problem(std::string(where),
                   fettle::text("the text begins with the token {} twice; it is allowed once: take "
                                "it out of the row or of the chat template",
                                side.tokenizer.token_of(*bos)));
  }
  return tokens;
}

void append_eos(const TextSide& side, std::string_view text, TokenText& tokens) {
  const auto eos = side.tokenizer.special().eos;
  if (!side.append_eos || !eos) return;
  if (!tokens.ids.empty() && tokens.ids.back() == *eos && !text.empty()) return;
  tokens.ids.push_back(*eos);
  tokens.bytes.emplace_back(text.size(), text.size());
}

std::string_view token_string(const TextSide& side, const std::optional<tokenize::TokenId>& id) {
  return id ? side.tokenizer.token_of(*id) : std::string_view();
}

}  // namespace fettle::batch
