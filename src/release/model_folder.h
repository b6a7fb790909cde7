// A whole model as a Hugging Face folder, which transformers loads.
#pragma once

#include "base/file.h"
#include "model/decoder.h"
#include "model/model_files.h"

namespace fettle::release {

struct FolderOptions {
  at::ScalarType dtype = at::kFloat;              // of the weights on disk
  std::uint64_t max_shard_bytes = 5'000'000'000;  // as transformers
};

// Writes config.json and model.safetensors (in shards with an index when large) into an existing
// folder, each file aside and renamed. Low-rank parts are not written: merge them first.
void write_weights(const fs::path& folder, model::Decoder& decoder, const FolderOptions& options);

}  // namespace fettle::release
