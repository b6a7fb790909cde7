// Text to token ids and back, as the Hugging Face `tokenizers` library does it, token for token.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace fettle::tokenize {

using TokenId = std::int32_t;

struct Encoding {
  std::vector<TokenId> ids;
  // Begin and end of each token in the text, in Unicode characters, as `tokenizers` reports them;
  // special tokens that are not in the text have {0, 0}.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> offsets;
};

struct SpecialTokens {
  std::optional<TokenId> bos;
  std::optional<TokenId> eos;
  std::optional<TokenId> unk;
  std::optional<TokenId> pad;
};

// Immutable after loading and safe to share between threads.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  // Text that is not valid UTF-8 is encoded with each maximal ill-formed part replaced by U+FFFD
  // (the policy of Python's errors="replace", and of the `tokenizers` bindings' callers). Special
  // tokens written in the text are recognised, as `tokenizers` does. add_special_tokens runs the
  // post-processor.
  [[nodiscard]] virtual Encoding encode(std::string_view text, bool add_special_tokens) const = 0;

  // The bytes of each token, concatenated through the decoder; may end inside a character.
  [[nodiscard]] virtual std::string decode(std::span<const TokenId> ids,
                                           bool skip_special_tokens) const = 0;

  // Number of ids, added tokens included.
  [[nodiscard]] virtual std::int64_t vocab_size() const = 0;
  [[nodiscard]] virtual std::optional<TokenId> id_of(std::string_view token) const = 0;
  // The token as the vocabulary writes it; empty when the id is unknown.
  [[nodiscard]] virtual std::string_view token_of(TokenId id) const = 0;
  [[nodiscard]] virtual bool is_special(TokenId id) const = 0;
  [[nodiscard]] virtual const SpecialTokens& special() const = 0;
};

// Turns ids into text piece by piece; a piece never ends inside a UTF-8 character.
class StreamDecoder {
 public:
  StreamDecoder(const Tokenizer& tokenizer, bool skip_special_tokens);
  // The text that became final with this token; may be empty.
  [[nodiscard]] std::string push(TokenId id);
  // What is left at the end; an incomplete character becomes U+FFFD.
  [[nodiscard]] std::string finish();

 private:
  void shorten(const std::string& decoded);

  const Tokenizer& tokenizer_;
  bool skip_special_tokens_;
  std::vector<TokenId> window_;  // what was pushed last, with some context before it
  std::size_t pending_ = 0;      // how many of them came since a text was given
  std::size_t emitted_ = 0;      // bytes of the window's text that were given
};

// tokenizer.json (and, where they are beside it, tokenizer_config.json and special_tokens_map.json
// for the names of BOS, EOS, UNK and PAD). Throws DataError naming file, key and value.
[[nodiscard]] std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& folder);
[[nodiscard]] std::unique_ptr<Tokenizer> parse_tokenizer_json(std::string_view json,
                                                              std::string_view where);

// What a GGUF file says of its tokenizer (keys tokenizer.ggml.*), read by tensor/gguf.
struct GgufVocabulary {
  std::string model;  // "gpt2", "llama"
  std::string pre;    // "smollm", "llama-bpe", "qwen2", "gpt-2", ...; empty when absent
  std::vector<std::string> tokens;
  std::vector<std::int32_t>
      token_types;  // 1 normal, 2 unknown, 3 control, 4 user, 5 unused, 6 byte
  std::vector<float> scores;
  std::vector<std::string> merges;
  std::optional<std::int64_t> bos, eos, unk, pad;
  std::optional<bool> add_bos, add_eos, add_space_prefix;
};

// Throws DataError on contradictory vocabularies; where names the file.
[[nodiscard]] std::unique_ptr<Tokenizer> tokenizer_from_gguf(const GgufVocabulary& vocabulary,
                                                             std::string_view where);

// An equal tokenizer.json for a vocabulary that came from a GGUF file, so that a merged or trained
// model's folder loads in transformers.
[[nodiscard]] std::string tokenizer_json_from_gguf(const GgufVocabulary& vocabulary,
                                                   std::string_view where);

}  // namespace fettle::tokenize
