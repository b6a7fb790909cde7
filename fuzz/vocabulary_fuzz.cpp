// tokenizer_from_gguf on a vocabulary made of the input: the first line says the model, the second
// the pre-tokenizer; then a line a token, whose first byte is its type, and after a blank line a
// line a merge. What is accepted encodes and decodes, and its tokenizer.json is accepted too.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/error.h"
#include "tokenize/tokenizer.h"

namespace {

using fettle::tokenize::GgufVocabulary;
using fettle::tokenize::Tokenizer;

std::string_view next_line(std::string_view& rest) {
  const std::string_view line = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(line.size() < rest.size() ? line.size() + 1 : rest.size());
  return line;
}

GgufVocabulary vocabulary_of(std::string_view rest) {
  GgufVocabulary out;
  out.model = next_line(rest);
  out.pre = next_line(rest);
  while (!rest.empty()) {
    const std::string_view line = next_line(rest);
    if (line.empty()) break;
    out.token_types.push_back(line[0] - '0');
    out.tokens.emplace_back(line.substr(1));
    out.scores.push_back(-static_cast<float>(out.tokens.size()));
  }
  while (!rest.empty()) out.merges.emplace_back(next_line(rest));
  out.bos = 0;
  out.add_bos = out.tokens.size() % 2 == 0;
  return out;
}

void use(const Tokenizer& tokenizer, std::string_view source) {
  for (const std::string_view text :
       {std::string_view("ab 12\n\xc3\xbc <s>\xf0\x9f\x98\x80"), source}) {
    const auto encoding = tokenizer.encode(text, true);
    if (encoding.ids.size() != encoding.offsets.size()) std::abort();
    (void)tokenizer.decode(encoding.ids, false);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  try {
    const GgufVocabulary vocabulary = vocabulary_of(source);
    use(*fettle::tokenize::tokenizer_from_gguf(vocabulary, "fuzz"), source);
    const std::string json = fettle::tokenize::tokenizer_json_from_gguf(vocabulary, "fuzz");
    use(*fettle::tokenize::parse_tokenizer_json(json, "fuzz again"), source);
  } catch (const fettle::Error&) {
  }
  return 0;
}
