// Questions as token ids, cut as lm-evaluation-harness cuts them.
#pragma once

#include <string>
#include <vector>

#include "batch/pack.h"
#include "batch/token_text.h"
#include "tokenize/tokenizer.h"

namespace fettle::evaluate {

struct TaskTokens {
  const tokenize::Tokenizer& tokenizer;
  std::int64_t max_length = 0;  // tokens of the model's context

  // The token that a text without context follows: BOS, else EOS. Throws DataError for a tokenizer
  // that has neither.
  [[nodiscard]] batch::TokenId prefix() const;
  // Special tokens are added as the tokenizer does, unless the text begins with BOS already.
  [[nodiscard]] std::vector<batch::TokenId> encode(const std::string& text) const;

  // Context and continuation as one example whose last tokens, the continuation's, are scored.
  // Both are tokenised as one text; white space at the context's end goes to the continuation. Of
  // more than max_length + 1 tokens the last ones are kept.
  [[nodiscard]] batch::Example pair(const std::string& context,
                                    const std::string& continuation) const;
  // A text as windows, each token scored once. stride 0: of max_length predictions; the first
  // window begins with prefix(), the others with the token before; the last, shorter one has as
  // much context as fits (lm-evaluation-harness's get_rolling_token_windows with context_len 1).
  // Else prefix() and the text as windows of max_length tokens, each `stride` tokens after the one
  // before, which score what no window before them scored (transformers' guide to perplexity of
  // fixed-length models). Throws DataError for a stride of max_length or more.
  [[nodiscard]] std::vector<batch::Example> windows(const std::string& text,
                                                    std::int64_t stride = 0) const;
  // A prompt that leaves room for `answer` tokens: its last tokens.
  [[nodiscard]] std::vector<batch::TokenId> prompt(const std::string& text,
                                                   std::int64_t answer) const;

 private:
  [[nodiscard]] std::vector<batch::Example> strided_windows(const std::string& text,
                                                            std::int64_t stride) const;
};

// Tokens that `next` adds to a pack after `rows`, about: those that it does not share with the
// last.
[[nodiscard]] std::int64_t new_tokens(const std::vector<batch::Example>& rows,
                                      const batch::Example& next);

}  // namespace fettle::evaluate
