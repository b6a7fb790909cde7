// parse_safetensors on a whole file, and on the input as the header of a sound frame.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/error.h"
#include "tensor/safetensors_header.h"

namespace {

using fettle::tensor::parse_safetensors;

// What is accepted must lie in the input and be as long as its shape says.
void check(std::span<const std::byte> file) {
  try {
    std::uint64_t covered = 0;
    for (const auto& entry : parse_safetensors(file, "fuzz").entries) {
      std::uint64_t bytes = static_cast<std::uint64_t>(fettle::tensor::byte_width(entry.dtype));
      for (const std::int64_t size : entry.shape) bytes *= static_cast<std::uint64_t>(size);
      if (bytes != entry.bytes.size()) std::abort();
      if (entry.bytes.data() < file.data()) std::abort();
      if (entry.bytes.data() + entry.bytes.size() > file.data() + file.size()) std::abort();
      covered += bytes;
    }
    if (covered + 8 > file.size()) std::abort();
  } catch (const fettle::ModelError&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check(std::as_bytes(std::span(data, size)));
  const std::uint64_t length = size;
  std::string framed(reinterpret_cast<const char*>(&length), sizeof length);
  framed.append(reinterpret_cast<const char*>(data), size).append(64, '\x5a');
  check(std::as_bytes(std::span(framed)));
  return 0;
}
