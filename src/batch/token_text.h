// Text as token ids, each with the bytes that it stands for. The one owner of BOS: no other code
// adds it, so that it is there once in training and in inference.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "tokenize/chat_template.h"
#include "tokenize/tokenizer.h"

namespace fettle::batch {

enum class BosPolicy {
  kAuto,    // where the tokenizer's post-processor puts it, unless the text begins with it
  kAlways,  // unless the text begins with it
  kNever,
};

// What turns rows into tokens. The tokenizer and the template must outlive it.
struct TextSide {
  const tokenize::Tokenizer& tokenizer;
  const tokenize::ChatTemplate* chat_template = nullptr;  // needed by chat rows
  BosPolicy bos = BosPolicy::kAuto;
  bool append_eos =
      true;  // after completion and text rows; a chat's end is its template's business
  Json template_arguments = Json::object();  // chat_template_kwargs
  std::int64_t unix_time = 0;                // what templates see as now
};

struct TokenText {
  std::vector<tokenize::TokenId> ids;  // [n]
  // Byte range of each token in the text, [n]; {0, 0} for a BOS that is not in the text.
  std::vector<std::pair<std::size_t, std::size_t>> bytes;
};

// Special tokens written in the text are recognised. A problem when the text yields two BOS.
[[nodiscard]] Result<TokenText> tokenize_text(const TextSide& side, std::string_view text,
                                              std::string_view where);

// Appends EOS, if the tokenizer has one, the policy wants it and the text does not end with it.
void append_eos(const TextSide& side, std::string_view text, TokenText& tokens);

// The token as the vocabulary writes it; empty where there is none.
[[nodiscard]] std::string_view token_string(const TextSide& side,
                                            const std::optional<tokenize::TokenId>& id);

}  // namespace fettle::batch
