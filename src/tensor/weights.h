// The weights of a model on disk as libtorch tensors: one view over safetensors folders and GGUF
// files. Mapped, not copied, where the file's bytes are the tensor's.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "tensor/gguf.h"
#include "tensor/safetensors.h"
#include "tensor/tensor.h"

namespace fettle::tensor {

struct WeightInfo {
  std::string name;                 // as the file names it
  std::vector<std::int64_t> shape;  // row-major
  std::string type;                 // as the file names it: "BF16", "Q4_1"
  std::uint64_t bytes = 0;          // on disk
};

class WeightFile {
 public:
  virtual ~WeightFile() = default;
  [[nodiscard]] virtual std::vector<WeightInfo> list() const = 0;
  [[nodiscard]] virtual bool has(std::string_view name) const = 0;
  // A CPU tensor in the file's own type, sharing the mapping where that is possible (read-only: a
  // caller that trains it copies first); block-quantised types come as float32. Throws ModelError
  // if the name is absent.
  [[nodiscard]] virtual Tensor read(std::string_view name) const = 0;
};

[[nodiscard]] std::unique_ptr<WeightFile> weights_of(std::vector<SafetensorsFile> files);
[[nodiscard]] std::unique_ptr<WeightFile> weights_of(std::shared_ptr<const GgufFile> file);

// A tensor over a mapping's bytes that keeps the mapping alive. Copies when the bytes do not lie
// on the element's alignment.
[[nodiscard]] Tensor mapped_tensor(const TensorEntry& entry,
                                   const std::shared_ptr<const MappedFile>& mapping);

// The entry that writes `value` (contiguous, on the CPU, alive while the entry is used).
[[nodiscard]] TensorEntry entry_of(std::string name, const Tensor& value);

}  // namespace fettle::tensor
