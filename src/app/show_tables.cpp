// show model, methods, metrics, fields, recipe, data: what there is.
#include <iostream>

#include "app/assemble.h"
#include "app/show.h"
#include "evaluate/evaluate.h"
#include "evaluate/task_own.h"
#include "metric/expression_tree.h"
#include "metric/metrics.h"
#include "model/families.h"
#include "objective/objective.h"
#include "optim/schedule.h"
#include "recipe/field_docs.h"

namespace fettle::app {
namespace {

// A table of {name, help, source} rows as text or JSON.
class Table {
 public:
  void title(const std::string& words) { title_ = words; }
  // more: further members of the row's JSON.
  void row(std::string_view name, std::string_view help, std::string_view source,
           const Json& more = Json::object()) {
    Json row = {{"kind", title_},
                {"name", std::string(name)},
                {"help", std::string(help)},
                {"source", std::string(source)}};
    row.update(more);
    rows_.push_back(std::move(row));
  }
  void print(const Common& common) const {
    if (common.json) {
      std::cout << to_text(rows_) << std::endl;
      return;
    }
    std::string kind;
    for (const Json& row : rows_) {
      const auto field = [&](const char* key) { return row[key].get<std::string>(); };
      if (field("kind") != kind) std::cout << (kind = field("kind")) << "\n";
      std::cout << text("  {:<22} {}{}\n", field("name"), field("help"),
                        field("source").empty() ? "" : " (" + field("source") + ")");
    }
  }

 private:
  std::string title_;
  Json rows_ = Json::array();
};

ExitCode show_methods(const Common& common) {
  Table table;
  table.title("methods");
  table.row("lora", "low-rank adapters beside frozen weights", "arXiv 2106.09685");
  table.row("full", "all weights", "");
  table.title("model families");
  for (const auto& row : model::families()) table.row(row.name, row.help, row.source);
  table.title("objectives");
  for (const auto& row : objective::objectives()) table.row(row.name, row.help, row.source);
  table.title("optimizers");
  for (const auto& row : optim::optimizers()) table.row(row.name, row.help, row.source);
  table.title("schedules");
  for (const auto& row : optim::schedules()) table.row(row.name, row.help, "");
  table.print(common);
  return ExitCode::kDone;
}

ExitCode show_metrics(const Common& common) {
  Table table;
  table.title("measured by train and evaluate");
  for (const auto& row : evaluate::measures()) table.row(row.name, row.help, row.source);
  table.title("metric functions");
  for (const auto& row : metric::metrics()) {
    table.row(row.name, row.help, row.source,
              {{"input", std::string(metric::input_name(row.input))},
               {"better", std::string(metric::better_name(row.better))},
               {"interval", std::string(metric::interval_name(row.interval))},
               {"options", std::string(row.options)}});
  }
  table.title("own metrics of a task's file, by a key beside metric: NAME");
  for (const auto& row : evaluate::own_metrics()) {
    table.row(row.key, row.help, "", {{"options", std::string(row.options)}});
  }
  table.title("functions of own expressions");
  for (const auto& row : metric::expression_functions()) table.row(row.name, row.help, "");
  table.print(common);
  return ExitCode::kDone;
}

std::string head_words(const model::DecoderConfig& config) {
  if (!config.labels.empty()) return text("of {} labels", config.labels.size());
  return config.tie_word_embeddings ? "tied" : "its own";
}

ExitCode show_model(const std::string& path, const Common& common) {
  const model::ModelFiles files(path);
  const model::DecoderConfig config = files.config();
  const auto weights = files.weights()->list();
  std::uint64_t bytes = 0;
  for (const auto& weight : weights) bytes += weight.bytes;
  if (common.json) {
    Json json = model::write_config(config, "file");
    json["parameters"] = config.parameter_count();
    Json list = Json::array();
    for (const auto& weight : weights) {
      list.push_back({{"name", weight.name}, {"shape", weight.shape}, {"type", weight.type}});
    }
    json["tensors"] = list;
    std::cout << to_text(json) << std::endl;
    return ExitCode::kDone;
  }
  std::cout << text("{}: {}, {} parameters, {} in {} tensors\n", path, config.model_type,
                    with_commas(config.parameter_count()), byte_size(bytes), weights.size())
            << text("  layers {}, hidden {}, inner {}, heads {} ({} for keys and values) of {}\n",
                    config.num_hidden_layers, config.hidden_size, config.intermediate_size,
                    config.num_attention_heads, config.num_key_value_heads, config.head_dim)
            << text("  vocabulary {}, context {}, rotary {} (theta {}), head {}\n",
                    config.vocab_size, config.max_position_embeddings, config.rope.rope_type,
                    config.rope.rope_theta, head_words(config));
  for (const auto& weight : weights) {
    std::cout << text("  {:<48} {:<6} {}\n", weight.name, weight.type,
                      tensor::shape_text(at::IntArrayRef(weight.shape)));
  }
  return ExitCode::kDone;
}

ExitCode show_recipe(const std::string& path, const std::vector<std::string>& set) {
  const recipe::Loaded loaded = recipe::load_recipe(path, set);
  for (const std::string& note : loaded.notes) std::cerr << note << "\n";
  std::cout << recipe::dump_recipe(loaded.recipe);
  return ExitCode::kDone;
}

Json row_json(const data::Row& row) {
  Json json = {{"origin", row.origin.text()}};
  if (row.form == data::RowForm::kChat) json["messages"] = row.messages;
  if (row.form == data::RowForm::kCompletion) {
    json["prompt"] = row.prompt;
    json["completion"] = row.completion;
  }
  if (row.form == data::RowForm::kText) json["text"] = row.text;
  if (!row.label.empty()) json["label"] = row.label;
  if (row.weight != 1) json["weight"] = row.weight;
  return json;
}

ExitCode show_data(const std::string& path, const std::vector<std::string>& set, std::int64_t rows,
                   const Common& common) {
  const recipe::Recipe recipe = recipe::load_recipe(path, set).recipe;
  const data::LoadedData data = load_rows(recipe);
  const auto shown = std::min(data.train.rows.size(), static_cast<std::size_t>(rows));
  for (std::size_t i = 0; i < shown; ++i) {
    std::cout << to_text(row_json(data.train.rows[i]), common.json ? -1 : 2) << "\n";
  }
  if (common.json) return ExitCode::kDone;
  std::cout << text("{}: {} rows to train on, {} held out, {} left out\n", data.train.name,
                    data.train.rows.size(), data.eval.rows.size(), data.report.bad_rows);
  if (data.report.held_out_together > 0) {
    std::cout << text("  held out along with rows that they repeat or nearly repeat: {}\n",
                      data.report.held_out_together);
  }
  for (const auto& [form, count] : data.report.forms) std::cout << text("  {}: {}\n", form, count);
  for (const auto& [label, count] : data.report.train_labels) {
    std::cout << text("  label {}: {}\n", label, count);
  }
  for (const auto& [label, weight] : data.report.class_weights) {
    std::cout << text("  weight of {}: {:.6g}\n", label, weight);
  }
  for (const Problem& problem : data.report.problems)
    std::cout << "  " << problem.message() << "\n";
  return ExitCode::kDone;
}

struct RecipeArguments {
  std::string path;
  std::vector<std::string> set;
  std::int64_t rows = 3;
};

std::shared_ptr<RecipeArguments> recipe_options(CLI::App& command) {
  const auto arguments = std::make_shared<RecipeArguments>();
  command.add_option("recipe", arguments->path, "YAML recipe")->required();
  command.add_option("--set", arguments->set, "key=value over the recipe; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  return arguments;
}

}  // namespace

std::function<ExitCode()> add_show_recipe(CLI::App& command, const Common&) {
  const auto arguments = recipe_options(command);
  return [arguments] { return show_recipe(arguments->path, arguments->set); };
}

std::function<ExitCode()> add_show_data(CLI::App& command, const Common& common) {
  const auto arguments = recipe_options(command);
  const auto dropped = std::make_shared<DroppedOptions>();
  const auto only = std::make_shared<bool>(false);
  command.get_option("recipe")->description("YAML recipe; a prepared folder with --dropped");
  const auto* rows = command.add_option("--rows", arguments->rows, "rows shown (3; 20 dropped)")
                         ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 30));
  command.add_flag("--dropped", *only, "rows that fettle prepare dropped, each with its reason");
  command.add_flag("--changed", dropped->changed, "with --dropped: rows that it changed too");
  command.add_option("--stage", dropped->stage, "with --dropped: those of one stage");
  command.add_option("--reason", dropped->reason, "with --dropped: those of one reason");
  return [arguments, dropped, only, rows, &common] {
    if (rows->count() > 0) dropped->rows = arguments->rows;
    if (*only || dropped->changed) return show_dropped(arguments->path, *dropped, common.json);
    return show_data(arguments->path, arguments->set, arguments->rows, common);
  };
}

std::function<ExitCode()> add_show_model(CLI::App& command, const Common& common) {
  const auto path = std::make_shared<std::string>();
  command.add_option("model", *path, "model folder or GGUF file")->required();
  return [path, &common] { return show_model(*path, common); };
}

std::function<ExitCode()> add_show_methods(CLI::App&, const Common& common) {
  return [&common] { return show_methods(common); };
}

std::function<ExitCode()> add_show_metrics(CLI::App&, const Common& common) {
  return [&common] { return show_metrics(common); };
}

std::function<ExitCode()> add_show_fields(CLI::App& command, const Common& common) {
  const auto markdown = std::make_shared<bool>(false);
  command.add_flag("--markdown", *markdown, "the page docs/recipe.md");
  return [markdown, &common] {
    if (*markdown) {
      std::cout << recipe::fields_markdown();
    } else if (common.json) {
      std::cout << to_text(recipe::fields_json()) << "\n";
    } else {
      std::cout << recipe::fields_text();
    }
    return ExitCode::kDone;
  };
}

}  // namespace fettle::app
