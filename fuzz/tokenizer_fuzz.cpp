// parse_tokenizer_json; what is accepted encodes and decodes a fixed text and the input itself.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "tokenize/tokenizer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  try {
    const auto tokenizer = fettle::tokenize::parse_tokenizer_json(source, "fuzz");
    for (const std::string_view text :
         {std::string_view("ab 12\n\xc3\xbc <s>\xf0\x9f\x98\x80"), source}) {
      const auto encoding = tokenizer->encode(text, true);
      if (encoding.ids.size() != encoding.offsets.size()) std::abort();
      (void)tokenizer->decode(encoding.ids, false);
    }
  } catch (const fettle::Error&) {
  }
  return 0;
}
