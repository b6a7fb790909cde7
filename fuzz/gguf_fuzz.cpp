// parse_gguf on a whole file; what is accepted is dequantised.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "base/error.h"
#include "tensor/gguf_parse.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fettle::tensor;
  const auto file = std::as_bytes(std::span(data, size));
  try {
    for (const GgufTensor& tensor : parse_gguf(file, "fuzz").tensors) {
      if (tensor.bytes.data() < file.data()) std::abort();
      if (tensor.bytes.data() + tensor.bytes.size() > file.data() + size) std::abort();
      std::size_t values = 1;
      for (const std::int64_t length : tensor.shape) values *= static_cast<std::size_t>(length);
      std::vector<float> out(values);
      dequantise(tensor.type, tensor.bytes, out);
    }
  } catch (const fettle::ModelError&) {
  }
  return 0;
}
