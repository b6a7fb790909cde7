#include "tensor/weights.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <cstdint>
#include <utility>

#include "base/error.h"

namespace fettle::tensor {
namespace {

Tensor over_bytes(std::span<const std::byte> bytes, at::IntArrayRef shape, at::ScalarType type,
                  const std::shared_ptr<const MappedFile>& mapping) {
  const auto options = at::TensorOptions(type);
  const auto address = reinterpret_cast<std::uintptr_t>(bytes.data());
  if (bytes.empty()) return at::empty(shape, options);
  if (address % c10::elementSize(type) != 0) {
    Tensor copy = at::empty(shape, options);
    std::memcpy(copy.mutable_data_ptr(), bytes.data(), bytes.size());
    return copy;
  }
  // The mapping is private and read-only; the deleter holds it until the last view is gone.
  void* data = const_cast<std::byte*>(bytes.data());
  return at::from_blob(
      data, shape, [mapping](void*) {}, options);
}

class SafetensorsWeights final : public WeightFile {
 public:
  explicit SafetensorsWeights(std::vector<SafetensorsFile> files) : files_(std::move(files)) {}

  std::vector<WeightInfo> list() const override {
    std::vector<WeightInfo> out;
    for (const SafetensorsFile& file : files_) {
      for (const TensorEntry& entry : file.entries()) {
        out.push_back({entry.name, entry.shape, std::string(safetensors_name(entry.dtype)),
                       entry.bytes.size()});
      }
    }
    return out;
  }

  bool has(std::string_view name) const override { return find_entry(name).first != nullptr; }

  Tensor read(std::string_view name) const override {
    const auto [entry, file] = find_entry(name);
    if (entry == nullptr) {
      throw ModelError("{}: has no tensor \"{}\"",
                       files_.empty() ? fs::path("model") : files_.front().path(), name);
    }
    return mapped_tensor(*entry, file->mapping());
  }

 private:
  std::pair<const TensorEntry*, const SafetensorsFile*> find_entry(std::string_view name) const {
    for (const SafetensorsFile& file : files_) {
      if (const TensorEntry* entry = file.find(name)) return {entry, &file};
    }
    return {nullptr, nullptr};
  }

  std::vector<SafetensorsFile> files_;
};

Tensor read_gguf(const GgufTensor& source, const std::shared_ptr<const MappedFile>& mapping) {
  switch (source.type) {
    case GgmlType::kF32:
      return over_bytes(source.bytes, source.shape, at::kFloat, mapping);
    case GgmlType::kF16:
      return over_bytes(source.bytes, source.shape, at::kHalf, mapping);
    case GgmlType::kBF16:
      return over_bytes(source.bytes, source.shape, at::kBFloat16, mapping);
    default:
      break;
  }
  const GgmlTypeRow& type = ggml_type(source.type);
  Tensor out = at::empty(source.shape, at::TensorOptions(at::kFloat));
  float* const data = out.mutable_data_ptr<float>();
  const std::int64_t blocks = out.numel() / type.block_size;
  at::parallel_for(0, blocks, 4096, [&](std::int64_t begin, std::int64_t end) {
    const auto at = static_cast<std::size_t>(begin * type.block_bytes);
    const auto count = static_cast<std::size_t>((end - begin) * type.block_bytes);
    dequantise(source.type, source.bytes.subspan(at, count),
               std::span<float>(data + begin * type.block_size,
                                static_cast<std::size_t>((end - begin) * type.block_size)));
  });
  mapping->forget(source.bytes);
  return out;
}

class GgufWeights final : public WeightFile {
 public:
  explicit GgufWeights(std::shared_ptr<const GgufFile> file) : file_(std::move(file)) {}

  std::vector<WeightInfo> list() const override {
    std::vector<WeightInfo> out;
    for (const GgufTensor& tensor : file_->tensors()) {
      out.push_back({tensor.name, tensor.shape, std::string(ggml_type(tensor.type).name),
                     tensor.bytes.size()});
    }
    return out;
  }

  bool has(std::string_view name) const override { return file_->find(name) != nullptr; }

  Tensor read(std::string_view name) const override {
    const GgufTensor* source = file_->find(name);
    if (source == nullptr) throw ModelError("{}: has no tensor \"{}\"", file_->path(), name);
    return read_gguf(*source, file_->mapping());
  }

 private:
  std::shared_ptr<const GgufFile> file_;
};

}  // namespace

Tensor mapped_tensor(const TensorEntry& entry, const std::shared_ptr<const MappedFile>& mapping) {
  return over_bytes(entry.bytes, entry.shape, to_torch(entry.dtype), mapping);
}

std::unique_ptr<WeightFile> weights_of(std::vector<SafetensorsFile> files) {
  return std::make_unique<SafetensorsWeights>(std::move(files));
}

std::unique_ptr<WeightFile> weights_of(std::shared_ptr<const GgufFile> file) {
  return std::make_unique<GgufWeights>(std::move(file));
}

TensorEntry entry_of(std::string name, const Tensor& value) {
  if (!value.is_contiguous() || !value.device().is_cpu()) {
    throw InternalError("tensor \"{}\" must be contiguous and on the CPU to be written", name);
  }
  return {std::move(name),
          from_torch(value.scalar_type()),
          std::vector<std::int64_t>(value.sizes().begin(), value.sizes().end()),
          {static_cast<const std::byte*>(value.const_data_ptr()), value.nbytes()}};
}

}  // namespace fettle::tensor
