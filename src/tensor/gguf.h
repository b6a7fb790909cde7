// The GGUF format, versions 2 and 3 (ggml docs/gguf.md): key-value metadata, tensor infos, aligned
// data. Knows no libtorch. Every count and offset is checked before memory is taken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/file.h"

namespace fettle::tensor {

// The block formats that fettle reads; values are ggml's type numbers.
enum class GgmlType : std::uint32_t {
  kF32 = 0,
  kF16 = 1,
  kQ4_0 = 2,
  kQ4_1 = 3,
  kQ5_0 = 6,
  kQ5_1 = 7,
  kQ8_0 = 8,
  kQ4_K = 12,
  kQ5_K = 13,
  kQ6_K = 14,
  kBF16 = 30,
};

struct GgmlTypeRow {
  GgmlType type;
  std::string_view name;    // "Q4_1"
  std::int64_t block_size;  // elements a block
  std::int64_t block_bytes;
};
[[nodiscard]] std::span<const GgmlTypeRow> ggml_types();
[[nodiscard]] const GgmlTypeRow& ggml_type(GgmlType type);

using GgufValue =
    std::variant<bool, std::int64_t, std::uint64_t, double, std::string, std::vector<bool>,
                 std::vector<std::int64_t>, std::vector<std::uint64_t>, std::vector<double>,
                 std::vector<std::string>>;

struct GgufTensor {
  std::string name;
  GgmlType type = GgmlType::kF32;
  // Row-major, as torch has it: GGUF's dimensions reversed.
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
};

// One mapped file; throws ModelError naming file, key or tensor, value and what is allowed.
class GgufFile {
 public:
  explicit GgufFile(const fs::path& path);

  [[nodiscard]] const std::map<std::string, GgufValue>& metadata() const { return metadata_; }
  [[nodiscard]] const std::vector<GgufTensor>& tensors() const { return tensors_; }
  [[nodiscard]] const GgufTensor* find(std::string_view name) const;
  [[nodiscard]] const fs::path& path() const { return file_->path(); }
  [[nodiscard]] std::shared_ptr<const MappedFile> mapping() const { return file_; }

  // Typed look-ups; absent gives nullopt, a value of another kind throws ModelError.
  [[nodiscard]] std::optional<std::string> text(std::string_view key) const;
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view key) const;
  [[nodiscard]] std::optional<double> number(std::string_view key) const;
  [[nodiscard]] std::optional<bool> boolean(std::string_view key) const;
  [[nodiscard]] std::vector<std::string> texts(std::string_view key) const;  // absent: empty
  [[nodiscard]] std::vector<std::int64_t> integers(std::string_view key) const;
  [[nodiscard]] std::vector<double> numbers(std::string_view key) const;

 private:
  std::shared_ptr<const MappedFile> file_;
  std::map<std::string, GgufValue> metadata_;
  std::vector<GgufTensor> tensors_;
};

// bytes: whole blocks of `type`; out: as many floats as they hold. Formulae of ggml-quants.c.
void dequantise(GgmlType type, std::span<const std::byte> bytes, std::span<float> out);

}  // namespace fettle::tensor
