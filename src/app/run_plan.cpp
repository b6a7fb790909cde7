#include "app/run_plan.h"

#include <algorithm>
#include <iostream>

#include "base/error.h"
#include "batch/loader.h"
#include "batch/pack.h"
#include "train/loop.h"

namespace fettle::app {
namespace {

// The largest pack is looked for in so many steps.
constexpr std::int64_t kMeasuredSteps = 2000;
// What a run's own code, its threads and the gaps between tensors take beside the rest.
constexpr std::uint64_t kRunBytes = 44'000'000;

struct Measured {
  double tokens = 0;
  double scored = 0;
  std::int64_t steps = 0;
};

void measure_pack(const batch::Pack& pack, train::PlanInput& input, Measured& measured) {
  measured.tokens += static_cast<double>(pack.ids.size());
  measured.scored += static_cast<double>(pack.scored.size());
  input.largest_pack = std::max(input.largest_pack, std::ssize(pack.ids));
  input.largest_scored = std::max(input.largest_scored, std::ssize(pack.scored));
}

// Adds up the packs of (at most) the first epoch's steps.
void measure_packs(const recipe::Recipe& recipe, const std::vector<batch::Example>& examples,
                   const batch::Loader& loader, train::PlanInput& input, RunPlan& out) {
  Measured measured;
  measured.steps = std::min({loader.steps_per_epoch(), loader.total_steps(), kMeasuredSteps});
  for (std::int64_t step = 0; step < measured.steps; ++step) {
    for (const batch::Pack& pack : train::packs_of(examples, loader, recipe.train.batch, step)) {
      measure_pack(pack, input, measured);
      out.tokens_per_epoch += pack.unshared_tokens;
    }
  }
  const auto steps = static_cast<double>(std::max<std::int64_t>(1, measured.steps));
  out.computed_tokens_per_step = input.computed_per_step = measured.tokens / steps;
  input.scored_per_step = measured.scored / steps;
}

std::uint64_t limit_of(const train::TrainConfig& config, const at::Device& device) {
  if (config.max_memory_gb > 0) return static_cast<std::uint64_t>(config.max_memory_gb * 1e9);
  if (!device.is_cpu()) return 0;
  const std::uint64_t available = tensor::available_memory_bytes();
  return available == 0 ? 0 : available + tensor::resident_memory_bytes();
}

std::int64_t recomputed_layers(const std::string& wish, const train::PlanInput& input,
                               std::uint64_t limit) {
  const std::int64_t all = input.config.num_hidden_layers;
  if (wish != "auto") return wish == "true" ? all : 0;
  if (limit == 0) return 0;
  // So that a run within the plan's 5% stays below the limit.
  const auto aim = static_cast<std::uint64_t>(static_cast<double>(limit) / 1.05);
  return train::fewest_recomputed(input, aim).value_or(all);
}

std::string limit_text(const RunPlan& plan, const recipe::Recipe& recipe) {
  return recipe.train.loop.max_memory_gb > 0
             ? text("train.max_memory_gb allows {}", byte_size(plan.limit_bytes))
             : text("this machine has {} free", byte_size(plan.limit_bytes));
}

// The settings nearest to the recipe's that fit, or what else to do.
std::string what_would_fit(recipe::Recipe recipe, const std::vector<batch::Example>& examples,
                           const Compute& compute) {
  recipe.train.loop.gradient_checkpointing = "auto";
  batch::BatchConfig& batch = recipe.train.batch;
  RunPlan plan = plan_run(recipe, examples, compute);
  while (!plan.fits() && batch.packing && batch.per_device_train_batch_size > 1) {
    batch.per_device_train_batch_size /= 2;
    batch.gradient_accumulation_steps *= 2;
    plan = plan_run(recipe, examples, compute);
  }
  const std::string size = byte_size(plan.plan.memory_bytes());
  if (plan.fits()) {
    return text(
        "per_device_train_batch_size: {} with gradient_accumulation_steps: {} and "
        "gradient_checkpointing: auto would take {}",
        batch.per_device_train_batch_size, batch.gradient_accumulation_steps, size);
  }
  const std::string one = text("a row at a time would still take {}", size);
  if (recipe.method.finetuning_type == "full") {
    return text("{}: train with finetuning_type: lora, or a smaller model", one);
  }
  return text("{}: shorten train.max_length, or take a smaller model", one);
}

Json plan_json(const RunPlan& run, double seconds, const data::LoadReport& data) {
  Json weights = Json::object();
  for (const auto& [label, weight] : data.class_weights) weights[label] = weight;
  const train::Plan& plan = run.plan;
  return {{"class_weights", weights},
          {"parameters", plan.parameters},
          {"trainable_parameters", plan.trainable},
          {"steps", plan.steps},
          {"rows", run.examples},
          {"computed_tokens_per_step", run.computed_tokens_per_step},
          {"memory_bytes", plan.memory_bytes()},
          {"memory_limit_bytes", run.limit_bytes},
          {"fits", run.fits()},
          {"recomputed_layers", plan.recomputed_layers},
          {"process_bytes", plan.process_bytes + plan.gap_bytes},
          {"weight_bytes", plan.memory.weights},
          {"trained_bytes", plan.memory.trained},
          {"activation_bytes", plan.memory.activations},
          {"seconds", seconds}};
}

void print_text(const RunPlan& run, double seconds, const recipe::Recipe& recipe,
                const Compute& compute) {
  const train::Plan& plan = run.plan;
  const double share = 100.0 * static_cast<double>(plan.trainable) /
                       static_cast<double>(std::max<std::int64_t>(1, plan.parameters));
  std::cout << text("parameters   {} of the model, {} trained ({:.2f}%)\n",
                    with_commas(plan.parameters), with_commas(plan.trainable), share)
            << text("rows         {}, {} tokens an epoch\n", with_commas(run.examples),
                    with_commas(run.tokens_per_epoch))
            << text("steps        {}, {:.0f} tokens through the model each\n", plan.steps,
                    run.computed_tokens_per_step)
            << text("compute      {} on {}\n", tensor::dtype_name(compute.dtype),
                    compute.device.str())
            << text("memory       {}\n", memory_text(plan))
            << text("time         about {}, evaluation aside\n", duration(seconds));
  if (!run.fits()) {
    std::cout << text("             this does not fit: {}\n", limit_text(run, recipe));
  }
}

}  // namespace

std::string memory_text(const train::Plan& plan) {
  std::string out = text("about {}: weights {}, what is trained {}, activations {}, the program {}",
                         byte_size(plan.memory_bytes()), byte_size(plan.memory.weights),
                         byte_size(plan.memory.trained), byte_size(plan.memory.activations),
                         byte_size(plan.process_bytes + plan.gap_bytes));
  if (plan.recomputed_layers > 0) {
    out += text("; {} layers are computed again on the way back", plan.recomputed_layers);
  }
  return out;
}

RunPlan plan_run(const recipe::Recipe& recipe, const std::vector<batch::Example>& examples,
                 const Compute& compute) {
  const model::DecoderConfig config = model::ModelFiles(recipe.model.model_name_or_path).config();
  const batch::Loader loader(std::ssize(examples), loader_options(recipe));
  RunPlan out;
  train::PlanInput input{.config = config, .method = recipe.method};
  input.compute_type = compute.dtype;
  input.trainable = recipe.method.finetuning_type == "full"
                        ? config.parameter_count()
                        : train::lora_parameters(config, recipe.method);
  input.steps = loader.total_steps();
  input.process_bytes = tensor::resident_memory_bytes() + kRunBytes;
  out.examples = std::ssize(examples);
  measure_packs(recipe, examples, loader, input, out);
  out.limit_bytes = limit_of(recipe.train.loop, compute.device);
  input.recomputed_layers =
      recomputed_layers(recipe.train.loop.gradient_checkpointing, input, out.limit_bytes);
  out.plan = train::make_plan(input);
  return out;
}

void check_fits(const RunPlan& plan, const recipe::Recipe& recipe,
                const std::vector<batch::Example>& examples, const Compute& compute) {
  if (plan.fits()) return;
  throw UsageError("the run would take {} and {}; {}", memory_text(plan.plan),
                   limit_text(plan, recipe), what_would_fit(recipe, examples, compute));
}

void print_plan(const recipe::Recipe& recipe, const std::vector<batch::Example>& examples,
                const data::LoadReport& data, const Common& common) {
  const Compute compute = make_compute(recipe.model);
  const RunPlan run = plan_run(recipe, examples, compute);
  const double seconds = run.plan.seconds_at(train::measure_flops(compute.device, compute.dtype));
  if (common.json) {
    std::cout << to_text(plan_json(run, seconds, data)) << std::endl;
  } else {
    print_text(run, seconds, recipe, compute);
  }
}

}  // namespace fettle::app
