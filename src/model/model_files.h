// A model on disk, as a Hugging Face folder or a GGUF file: its parts, opened when asked for.
#pragma once

#include <memory>
#include <string>

#include "base/file.h"
#include "model/decoder.h"
#include "tensor/weights.h"

namespace fettle::model {

class ModelFiles {
 public:
  // path: a folder with config.json, or a .gguf file. Throws ModelError naming what is missing and
  // what the path holds instead.
  explicit ModelFiles(const fs::path& path);
  ~ModelFiles();
  ModelFiles(ModelFiles&&) noexcept;

  [[nodiscard]] const fs::path& path() const { return path_; }
  [[nodiscard]] bool is_gguf() const { return gguf_ != nullptr; }
  // Reads the configuration alone; generation_config.json's end-of-answer ids are merged in.
  [[nodiscard]] DecoderConfig config() const;
  [[nodiscard]] std::unique_ptr<tensor::WeightFile> weights() const;
  // A short digest of names, sizes and sampled bytes of the weight files: tells whether a
  // checkpoint or an adapter belongs to this base.
  [[nodiscard]] std::string fingerprint() const;

 private:
  fs::path path_;
  std::shared_ptr<const tensor::GgufFile> gguf_;
};

[[nodiscard]] bool is_gguf_path(const fs::path& path);

// "there is no such model" with the nearest name in the folder, or what was expected of it.
[[noreturn]] void throw_no_model(const fs::path& path);

struct LoadOptions {
  at::Device device = at::Device(at::kCPU);
  at::ScalarType compute_type = at::kFloat;
  // Takes models with a classification head too, which write no text.
  bool classifiers = false;
};

// Reads all weights into a decoder on the device, in the compute type, without gradients. Throws
// ModelError naming each missing tensor and each wrong shape, and for a classification head where
// options do not take one.
[[nodiscard]] Decoder load_decoder(const ModelFiles& files, const LoadOptions& options);

}  // namespace fettle::model
