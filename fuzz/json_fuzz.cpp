// parse_json; what is accepted must come back the same after it is written.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  const fettle::Result<fettle::Json> json = fettle::parse_json(source, "fuzz");
  if (!json) return 0;
  const std::string written = fettle::to_text(*json);
  const fettle::Result<fettle::Json> again = fettle::parse_json(written, "fuzz again");
  if (!again || fettle::to_text(*again) != written) std::abort();
  return 0;
}
