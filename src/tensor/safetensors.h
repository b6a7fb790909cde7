// The safetensors format (huggingface/safetensors README and tensor.rs): an 8-byte little-endian
// header length, a JSON header, then the tensors' bytes without holes. Knows no libtorch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "tensor/dtype.h"

namespace fettle::tensor {

struct TensorEntry {
  std::string name;
  DType dtype = DType::kF32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;  // into the mapping; row-major, little-endian, maybe unaligned
};

// One mapped file. Everything is checked before an entry is handed out: header length, UTF-8, keys,
// dtypes, shapes (checked multiplication), offsets without hole or overlap, exact file size.
// Throws ModelError naming file, tensor, value and what is allowed.
class SafetensorsFile {
 public:
  explicit SafetensorsFile(const fs::path& path);

  [[nodiscard]] const std::vector<TensorEntry>& entries() const { return entries_; }
  [[nodiscard]] const TensorEntry* find(std::string_view name) const;
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const { return metadata_; }
  [[nodiscard]] const fs::path& path() const { return file_->path(); }
  // Keeps the mapping alive for views that outlive this object.
  [[nodiscard]] std::shared_ptr<const MappedFile> mapping() const { return file_; }

 private:
  std::shared_ptr<const MappedFile> file_;
  std::vector<TensorEntry> entries_;  // sorted by name
  std::map<std::string, std::string> metadata_;
};

// The files of a model folder: model.safetensors, or the shards that
// model.safetensors.index.json names (plain file names only, each tensor in exactly one shard).
// basename: "model" or "adapter_model".
[[nodiscard]] std::vector<SafetensorsFile> open_safetensors_folder(const fs::path& folder,
                                                                   std::string_view basename);

// Writes the file aside and renames it. Names must be unique; the order is kept as given.
void write_safetensors(const fs::path& path, std::span<const TensorEntry> entries,
                       const std::map<std::string, std::string>& metadata);

// Shards of at most max_shard_bytes with model.safetensors.index.json, or one model.safetensors.
void write_safetensors_folder(const fs::path& folder, std::string_view basename,
                              std::span<const TensorEntry> entries,
                              const std::map<std::string, std::string>& metadata,
                              std::uint64_t max_shard_bytes);

}  // namespace fettle::tensor
