#include "release/merge.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/max.h>
#include <c10/core/GradMode.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/random.h"

namespace fettle::release {
namespace {

// Logits at every position of a few hundred ids drawn from the whole vocabulary.
Tensor probe_logits(const model::Decoder& decoder) {
  constexpr std::int32_t kTokens = 128;
  const Random random(0, "merge-probe");
  const std::int32_t count = static_cast<std::int32_t>(
      std::min<std::int64_t>(kTokens, decoder.config.max_position_embeddings));
  std::vector<std::int32_t> ids;
  std::vector<std::int32_t> positions;
  for (std::int32_t i = 0; i < count; ++i) {
    ids.push_back(static_cast<std::int32_t>(random.below(
        static_cast<std::uint64_t>(i), static_cast<std::uint64_t>(decoder.config.vocab_size))));
    positions.push_back(i);
  }
  const std::vector<batch::Segment> segments = {{-1, 0, count, 0}};
  return model::logits(decoder, model::hidden_states(decoder, {ids, positions, segments}, {}))
      .to(at::kCPU, at::kFloat);
}

std::int64_t fold(model::Decoder& decoder) {
  std::int64_t merged = 0;
  for (nn::Linear* linear : model::block_linears(decoder)) {
    if (!linear->low_rank) continue;
    linear->weight = nn::merged_weight(*linear);
    linear->low_rank.reset();
    ++merged;
  }
  return merged;
}

double relative_difference(const Tensor& a, const Tensor& b) {
  const double difference = at::max(at::abs(a - b)).item<double>();
  return difference / std::max(at::max(at::abs(b)).item<double>(), 1e-30);
}

std::uint64_t folder_bytes(const fs::path& folder) {
  std::uint64_t bytes = 0;
  for (const auto& entry : fs::directory_iterator(folder)) bytes += entry.file_size();
  return bytes;
}

}  // namespace

double allowed_difference(at::ScalarType dtype) {
  if (dtype == at::kFloat) return 1e-4;
  // Half the spacing of the type, grown through a few dozen layers.
  return dtype == at::kHalf ? 1e-2 : 6e-2;
}

MergeReport merge(const fs::path& folder, model::Decoder& decoder, const FolderOptions& options,
                  const std::function<void(const fs::path&)>& write_text) {
  if (fs::exists(folder)) {
    throw UsageError("{}: exists already; name another folder or remove it", folder);
  }
  const c10::AutoGradMode no_gradient(false);
  MergeReport report;
  report.allowed_difference = allowed_difference(options.dtype);
  const Tensor expected = probe_logits(decoder);
  report.merged_layers = fold(decoder);
  if (report.merged_layers == 0) throw UsageError("there is no adapter to merge; name one");
  const fs::path temporary = text("{}.tmp-{}", folder.string(), ::getpid());
  try {
    make_folders(temporary);
    write_weights(temporary, decoder, options);
    write_text(temporary);
    const model::Decoder written =
        model::load_decoder(model::ModelFiles(temporary), {decoder.device(), at::kFloat});
    report.largest_difference = relative_difference(probe_logits(written), expected);
    if (!(report.largest_difference <= report.allowed_difference)) {
      throw ModelError(
          "{}: the merged model's logits differ by {:.2e} from base and adapter; {:.0e} "
          "is allowed for {}: nothing was kept",
          folder, report.largest_difference, report.allowed_difference,
          tensor::dtype_name(options.dtype));
    }
    report.bytes = folder_bytes(temporary);
    rename_folder(temporary, folder);
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(temporary, ignored);
    throw;
  }
  return report;
}

}  // namespace fettle::release
