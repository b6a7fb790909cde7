#include "release/merge.h"

#include <array>
#include <iostream>

#include "adapt/peft.h"
#include "app/assemble.h"
#include "app/verb.h"
#include "base/nearest.h"

namespace fettle::app {
namespace {

struct MergeArguments {
  std::string model;
  std::optional<std::string> adapter;
  std::string output;
  std::string dtype = "float32";
};

at::ScalarType written_type(const std::string& name) {
  struct Row {
    std::string_view name;
    at::ScalarType type;
  };
  constexpr std::array<Row, 3> kTypes = {
      {{"float32", at::kFloat}, {"bfloat16", at::kBFloat16}, {"float16", at::kHalf}}};
  return row_named(kTypes, "dtype", name).type;
}

ExitCode run_merge(const MergeArguments& arguments, const Common& common) {
  const at::ScalarType dtype = written_type(arguments.dtype);
  const NamedModel named = resolve_model(arguments.model, arguments.adapter);
  if (!named.adapter) throw UsageError("there is no adapter to merge; name one with --adapter");
  tensor::set_threads(0);
  model::Decoder decoder = load_named(named, {});
  const release::MergeReport report =
      release::merge(arguments.output, decoder, {.dtype = dtype},
                     [&](const fs::path& folder) { model::write_text_files(named.base, folder); });
  if (common.json) {
    std::cout << to_text({{"output", arguments.output},
                          {"merged_layers", report.merged_layers},
                          {"largest_difference", report.largest_difference},
                          {"allowed_difference", report.allowed_difference},
                          {"bytes", report.bytes}})
              << std::endl;
  } else if (!common.quiet) {
    std::cout << text(
        "{}: {} layers merged, {} in {}; read back, its logits differ from base and "
        "adapter by {:.1e} (allowed {:.0e})\n",
        arguments.output, report.merged_layers, byte_size(report.bytes), arguments.dtype,
        report.largest_difference, report.allowed_difference);
  }
  return ExitCode::kDone;
}

}  // namespace

std::function<ExitCode()> add_merge(CLI::App& command, const Common& common) {
  const auto arguments = std::make_shared<MergeArguments>();
  command
      .add_option("model", arguments->model,
                  "base model (folder or GGUF), or a run or adapter folder that names it")
      ->required();
  command.add_option("--adapter", arguments->adapter, "adapter folder in PEFT's format");
  command.add_option("--output,-o", arguments->output, "folder to write; must not exist")
      ->required();
  command.add_option("--dtype", arguments->dtype, "float32, bfloat16 or float16 on disk (float32)");
  return [arguments, &common] { return run_merge(*arguments, common); };
}

}  // namespace fettle::app
