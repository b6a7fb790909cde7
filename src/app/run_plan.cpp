#include "app/print_plan.h"

#include <algorithm>
#include <iostream>

#include "app/assemble.h"
#include "batch/loader.h"
#include "batch/pack.h"
#include "train/plan.h"

namespace fettle::app {
namespace {

// Adds up the packs of (at most) the first epoch's steps.
void measure_packs(const recipe::Recipe& recipe, const std::vector<batch::Example>& examples,
                   const batch::Loader& loader, train::PlanInput& input) {
  const std::int64_t steps =
      std::min<std::int64_t>({loader.steps_per_epoch(), loader.total_steps(), 200});
  double tokens = 0;
  double scored = 0;
  for (std::int64_t step = 0; step < steps; ++step) {
    for (const auto& rows : loader.micro_batches(step)) {
      std::vector<const batch::Example*> chosen;
      for (const std::int64_t row : rows) chosen.push_back(&examples[static_cast<size_t>(row)]);
      const batch::Pack pack = batch::make_pack(
          chosen, {.share_prefix = recipe.train.batch.packing && recipe.train.batch.share_prefix});
      tokens += static_cast<double>(pack.ids.size());
      scored += static_cast<double>(pack.scored.size());
      input.largest_pack = std::max(input.largest_pack, static_cast<std::int64_t>(pack.ids.size()));
      input.largest_scored =
          std::max(input.largest_scored, static_cast<std::int64_t>(pack.scored.size()));
      if (step + 1 <= loader.steps_per_epoch()) input.tokens_per_epoch += pack.unshared_tokens;
    }
  }
  input.computed_per_step = tokens / static_cast<double>(std::max<std::int64_t>(1, steps));
  input.scored_per_step = scored / static_cast<double>(std::max<std::int64_t>(1, steps));
}

Json plan_json(const train::Plan& plan, const train::PlanInput& input,
               const data::LoadReport& data) {
  Json weights = Json::object();
  for (const auto& [label, weight] : data.class_weights) weights[label] = weight;
  return {{"class_weights", weights},
          {"parameters", plan.parameters},
          {"trainable_parameters", plan.trainable},
          {"steps", plan.steps},
          {"rows", input.examples},
          {"computed_tokens_per_step", input.computed_per_step},
          {"memory_bytes", plan.memory_bytes()},
          {"weight_bytes", plan.weight_bytes},
          {"trained_bytes", plan.trained_bytes},
          {"activation_bytes", plan.activation_bytes},
          {"seconds", plan.seconds}};
}

void print_text(const train::Plan& plan, const train::PlanInput& input, const Compute& compute) {
  const double share = 100.0 * static_cast<double>(plan.trainable) /
                       static_cast<double>(std::max<std::int64_t>(1, plan.parameters));
  std::cout << text("parameters   {} of the model, {} trained ({:.2f}%)\n",
                    with_commas(plan.parameters), with_commas(plan.trainable), share)
            << text("rows         {}, {} tokens an epoch\n", with_commas(input.examples),
                    with_commas(input.tokens_per_epoch))
            << text("steps        {}, {:.0f} tokens through the model each\n", plan.steps,
                    input.computed_per_step)
            << text("compute      {} on {}\n", tensor::dtype_name(compute.dtype),
                    compute.device.str())
            << text("memory       about {}: weights {}, what is trained {}, activations {}\n",
                    byte_size(plan.memory_bytes()), byte_size(plan.weight_bytes),
                    byte_size(plan.trained_bytes), byte_size(plan.activation_bytes))
            << text("time         about {}, evaluation aside\n", duration(plan.seconds));
}

}  // namespace

void print_plan(const recipe::Recipe& recipe, const std::vector<batch::Example>& examples,
                const data::LoadReport& data, const Common& common) {
  const Compute compute = make_compute(recipe.model);
  const model::DecoderConfig config = model::ModelFiles(recipe.model.model_name_or_path).config();
  const batch::Loader loader(static_cast<std::int64_t>(examples.size()), loader_options(recipe));
  train::PlanInput input{.config = config, .method = recipe.method};
  input.compute_type = compute.dtype;
  input.trainable = recipe.method.finetuning_type == "full"
                        ? config.parameter_count()
                        : train::lora_parameters(config, recipe.method);
  input.steps = loader.total_steps();
  input.examples = static_cast<std::int64_t>(examples.size());
  measure_packs(recipe, examples, loader, input);
  input.flops_per_second = train::measure_flops(compute.device, compute.dtype);
  const train::Plan plan = train::make_plan(input);
  if (common.json) {
    std::cout << to_text(plan_json(plan, input, data)) << std::endl;
  } else {
    print_text(plan, input, compute);
  }
}

}  // namespace fettle::app
