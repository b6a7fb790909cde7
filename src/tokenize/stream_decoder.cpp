#include <utility>

#include "tokenize/decoder.h"
#include "tokenize/unicode.h"

namespace fettle::tokenize {
namespace {

// A tokenizer whose tokens never complete a character would let the window grow without end.
constexpr std::size_t kLongWindow = 64;
constexpr std::size_t kShortWindow = 16;

// How much of a text no later token can change. Where decoders follow the byte-level one, an open
// character shows as U+FFFD at the end.
std::size_t settled_size(std::string_view decoded) {
  constexpr std::string_view kOpen = "\uFFFD";
  return decoded.ends_with(kOpen) ? decoded.size() - kOpen.size() : complete_prefix(decoded);
}

}  // namespace

StreamDecoder::StreamDecoder(const Tokenizer& tokenizer, bool skip_special_tokens)
    : tokenizer_(tokenizer), skip_special_tokens_(skip_special_tokens) {}

std::string StreamDecoder::push(TokenId id) {
  if (skip_special_tokens_ && tokenizer_.is_special(id)) return {};
  window_.push_back(id);
  ++pending_;
  // A run of byte tokens may still turn out to spell no text at all.
  if (byte_of_token(tokenizer_.token_of(id))) return {};
  const std::string decoded = tokenizer_.decode(window_, skip_special_tokens_);
  const std::size_t complete = settled_size(decoded);
  if (complete <= emitted_) return {};
  std::string text = to_utf8(std::string_view(decoded).substr(emitted_, complete - emitted_));
  emitted_ = complete;
  shorten(decoded);
  return text;
}

void StreamDecoder::shorten(const std::string& decoded) {
  const std::size_t open = decoded.size() - emitted_;
  if (open > 0 && window_.size() < kLongWindow) return;
  // What was pushed since the last text stays as the context of what comes; it must have a text of
  // its own, so that decoders which treat the begin of a text apart are done with it.
  const std::size_t keep = open > 0 ? kShortWindow : pending_;
  const std::vector<TokenId> context(window_.end() - static_cast<std::ptrdiff_t>(keep),
                                     window_.end());
  const std::string text = tokenizer_.decode(context, skip_special_tokens_);
  if (text.size() <= open || !decoded.ends_with(text)) return;
  window_ = context;
  emitted_ = text.size() - open;
  pending_ = open > 0 ? keep : 0;
}

std::string StreamDecoder::finish() {
  const std::string decoded = tokenizer_.decode(window_, skip_special_tokens_);
  std::string text;
  if (decoded.size() > emitted_) text = to_utf8(std::string_view(decoded).substr(emitted_));
  window_.clear();
  pending_ = 0;
  emitted_ = 0;
  return text;
}

}  // namespace fettle::tokenize
