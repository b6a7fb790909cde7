// read_recipe; what is accepted must read back as the same recipe after it is written out.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/error.h"
#include "recipe/load.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  std::string written;
  try {
    written = fettle::recipe::dump_recipe(fettle::recipe::read_recipe(source, "fuzz").recipe);
  } catch (const fettle::UsageError&) {
    return 0;
  }
  const auto again = fettle::recipe::read_recipe(written, "fuzz again");
  if (fettle::recipe::dump_recipe(again.recipe) != written) std::abort();
  return 0;
}
