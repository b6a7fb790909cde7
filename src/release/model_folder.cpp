#include "release/model_folder.h"

#include "base/error.h"
#include "model/families.h"
#include "tensor/weights.h"

namespace fettle::release {

void write_weights(const fs::path& folder, model::Decoder& decoder, const FolderOptions& options) {
  std::vector<Tensor> held;
  std::vector<tensor::TensorEntry> entries;
  model::for_each_parameter(decoder, [&](const std::string& name, const Tensor& value) {
    held.push_back(value.detach().to(at::kCPU, options.dtype).contiguous());
    entries.push_back(tensor::entry_of(name, held.back()));
  });
  tensor::write_safetensors_folder(folder, "model", entries, {{"format", "pt"}},
                                   options.max_shard_bytes);
  const Json config = model::write_config(decoder.config, tensor::dtype_name(options.dtype));
  write_file_atomically(folder / "config.json", to_text(config, 2) + "\n");
}

}  // namespace fettle::release
