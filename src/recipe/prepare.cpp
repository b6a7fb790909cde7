#include "recipe/prepare.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "base/error.h"
#include "base/file.h"
#include "base/nearest.h"
#include "recipe/option_values.h"
#include "recipe/yaml.h"

namespace fettle::recipe {
namespace {

constexpr std::array<std::string_view, 6> kSections = {"sources", "models",  "stages",
                                                       "split",   "balance", "output"};
constexpr std::array<std::string_view, 2> kModels = {"local", "server"};
constexpr std::size_t kMostSources = 10000;

class Reader {
 public:
  Reader(const PrepareTables& tables, std::string name)
      : tables_(tables),
        name_(std::move(name)),
        options_(name_, findings_),
        output_options_(data::options_of<OutputConfig>()) {}

  PrepareRecipe read(const YamlNode& root, std::span<const std::string> overrides) {
    output_ = options_.read(output_options_, YamlNode{}, "output");
    if (root.kind != YamlNode::Kind::kMap) {
      findings_.add(options_.at(root.line), "a recipe is a map of sections, such as \"sources:\"");
    }
    for (const auto& [key, node] : root.members) read_section(key, node);
    for (YamlStage& late : late_) add_stage(late.name, late.node);
    for (const std::string& argument : overrides) override_with(argument);
    check_needs();
    if (findings_.empty() && tables_.find_model_problems) {
      for (const Problem& one : tables_.find_model_problems(out_)) {
        const auto line = lines_.find(one.where);
        findings_.add(
            line == lines_.end() ? Place{Place::kNoLine, name_} : options_.at(line->second),
            text("{}: {}", one.where, one.what));
      }
    }
    if (out_.sources.empty() && findings_.empty()) {
      findings_.add({Place::kNoLine, name_},
                    "names no source; give at least one: sources: [{path: rows.jsonl}]");
    }
    if (!findings_.empty()) throw UsageError("{}", findings_.report());
    out_.output = data::config_of<OutputConfig>(output_);
    return std::move(out_);
  }

 private:
  struct YamlStage {
    std::string name;
    YamlNode node;
  };

  void read_section(const YamlKey& key, const YamlNode& node) {
    if (!seen_.emplace(key.name, key.line).second) {
      return findings_.add(options_.at(key.line), text("section {} is given twice", key.name));
    }
    if (key.name == "sources") return read_sources(node);
    if (key.name == "models") return read_models(node);
    if (key.name == "stages") return read_stages(node);
    if (key.name == "output") return read_output(node);
    if (key.name == "split") return late_.push_back({"split", with_line(node, key.line)});
    if (key.name == "balance") return late_.push_back({"resample", with_line(node, key.line)});
    findings_.add(options_.at(key.line), unknown_name("section", key.name, kSections));
  }

  static YamlNode with_line(YamlNode node, int line) {
    if (node.line == 0) node.line = line;
    return node;
  }

  void read_sources(const YamlNode& node) {
    if (node.kind != YamlNode::Kind::kList) {
      return findings_.add(options_.at(node.line),
                           "sources must be a list, each with a path: [{path: rows.jsonl}]");
    }
    if (node.items.size() > kMostSources) {
      return findings_.add(options_.at(node.line),
                           text("{} sources; at most {}", node.items.size(), kMostSources));
    }
    for (const YamlNode& item : node.items) {
      const std::string owner = text("source {}", out_.sources.size() + 1);
      YamlNode map = item;
      if (item.kind == YamlNode::Kind::kScalar) {
        map = {.kind = YamlNode::Kind::kMap, .line = item.line};
        map.members.emplace_back(YamlKey{"path", item.line}, item);
      } else if (item.kind != YamlNode::Kind::kMap) {
        findings_.add(options_.at(item.line), owner + " must be a path or a map of keys");
        continue;
      }
      out_.sources.push_back(options_.read(tables_.source_options, map, owner));
    }
  }

  void read_models(const YamlNode& node) {
    if (node.kind != YamlNode::Kind::kMap) {
      return findings_.add(options_.at(node.line), "models must be a map of local and server");
    }
    for (const auto& [key, model] : node.members) {
      const bool local = key.name == "local";
      if (!local && key.name != "server") {
        findings_.add(options_.at(key.line), unknown_name("model", key.name, kModels));
      } else if (model.kind != YamlNode::Kind::kMap) {
        findings_.add(options_.at(key.line), text("models.{} must be a map of keys", key.name));
      } else if (Json& into = local ? out_.local : out_.server; !into.is_null()) {
        findings_.add(options_.at(key.line), text("models.{} is given twice", key.name));
      } else {
        into = options_.read(local ? tables_.local_options : tables_.server_options,
                             with_line(model, key.line), text("models.{}", key.name));
        lines_["models." + key.name] = key.line;
        for (const auto& [option, value] : model.members) {
          lines_[text("models.{}.{}", key.name, option.name)] = option.line;
        }
      }
    }
  }

  // Stages whose model is not named.
  void check_needs() {
    for (std::size_t i = 0; i < out_.stages.size(); ++i) {
      const std::string& name = out_.stages[i].name;
      for (const StageInfo& info : tables_.stages) {
        if (info.name != name) continue;
        if (info.need == data::Need::kLikelihood && out_.local.is_null()) {
          findings_.add(
              options_.at(stage_lines_[i]),
              text("{} needs a model: name one as models.local.model_name_or_path", name));
        }
        if (info.need == data::Need::kAnswers && out_.local.is_null() && out_.server.is_null()) {
          findings_.add(
              options_.at(stage_lines_[i]),
              text("{} needs a model that writes: name models.server (base_url, model) or "
                   "models.local (model_name_or_path)",
                   name));
        }
      }
    }
  }

  void add_stage(const std::string& name, const YamlNode& node) {
    out_.stages.push_back(read_stage(name, node));
    stage_lines_.push_back(node.line);
  }

  void read_stages(const YamlNode& node) {
    if (node.kind == YamlNode::Kind::kNull) return;
    if (node.kind != YamlNode::Kind::kList) {
      return findings_.add(options_.at(node.line),
                           "stages must be a list: each the name of a stage, or name: {options}");
    }
    for (const YamlNode& item : node.items) {
      if (item.kind == YamlNode::Kind::kScalar) {
        YamlNode empty{.kind = YamlNode::Kind::kMap, .line = item.line};
        add_stage(item.scalar, empty);
      } else if (item.kind == YamlNode::Kind::kMap && item.members.size() == 1) {
        const auto& [key, options] = item.members.front();
        add_stage(key.name, with_line(options, key.line));
      } else {
        findings_.add(options_.at(item.line),
                      "a stage is a name, or one name with its options indented below it");
      }
    }
  }

  PrepareStage read_stage(const std::string& name, const YamlNode& node) {
    std::vector<std::string_view> known;
    for (const StageInfo& stage : tables_.stages) {
      if (stage.name != name) {
        known.push_back(stage.name);
        continue;
      }
      if (node.kind != YamlNode::Kind::kMap && node.kind != YamlNode::Kind::kNull) {
        findings_.add(options_.at(node.line), text("{} takes a map of options", name));
        return {name, Json::object()};
      }
      return {name, options_.read(stage.options, node, name)};
    }
    findings_.add(options_.at(node.line), unknown_name("stage", name, known));
    return {name, Json::object()};
  }

  void read_output(const YamlNode& node) {
    if (node.kind == YamlNode::Kind::kNull) return;
    if (node.kind != YamlNode::Kind::kMap) {
      return findings_.add(options_.at(node.line), "output must be a map of keys");
    }
    output_ = options_.read(output_options_, node, "output");
  }

  void override_with(const std::string& argument) {
    const Place place{Place::kAfterAll, "--set " + argument.substr(0, 256)};
    const std::size_t equals = argument.find('=');
    if (equals == std::string::npos) {
      return findings_.add(place, "must be key=value, such as seed=1 or STAGE.option=value");
    }
    const std::string_view path = std::string_view(argument).substr(0, equals);
    auto value = parse_yaml(argument.substr(equals + 1), "--set");
    if (!value) return findings_.add(place, value.error().what);
    if (value->kind == YamlNode::Kind::kMap) value->kind = YamlNode::Kind::kNull;
    const std::size_t dot = path.rfind('.');
    const std::string_view owner = dot == std::string_view::npos ? "output" : path.substr(0, dot);
    const std::string_view key = path.substr(dot == std::string_view::npos ? 0 : dot + 1);
    if (owner == "output") {
      return options_.set(output_options_, key, *value, "output", place, output_);
    }
    if (owner.starts_with("sources.")) return override_source(owner, key, *value, place);
    if (owner.starts_with("models.")) return override_model(owner, key, *value, place);
    override_stage(owner, key, *value, place);
  }

  void override_source(std::string_view owner, std::string_view key, const YamlNode& value,
                       const Place& place) {
    const std::string_view digits = owner.substr(owner.find('.') + 1);
    std::size_t number = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (parsed.ptr != digits.data() + digits.size() || number >= out_.sources.size()) {
      return findings_.add(place, text("there are sources.0 to sources.{}",
                                       std::max<std::size_t>(1, out_.sources.size()) - 1));
    }
    options_.set(tables_.source_options, key, value, owner, place, out_.sources[number]);
  }

  void override_model(std::string_view owner, std::string_view key, const YamlNode& value,
                      const Place& place) {
    const bool local = owner == "models.local";
    Json& model = local ? out_.local : out_.server;
    if ((!local && owner != "models.server") || model.is_null()) {
      return findings_.add(place, text("the recipe has no {}; add the section", owner));
    }
    options_.set(local ? tables_.local_options : tables_.server_options, key, value, owner, place,
                 model);
  }

  void override_stage(std::string_view owner, std::string_view key, const YamlNode& value,
                      const Place& place) {
    std::vector<std::string_view> known;
    for (PrepareStage& stage : out_.stages) {
      known.push_back(stage.name);
      if (stage.name != owner) continue;
      for (const StageInfo& info : tables_.stages) {
        if (info.name == owner)
          return options_.set(info.options, key, value, owner, place, stage.options);
      }
    }
    findings_.add(place, unknown_name("stage of this recipe", owner, known));
  }

  const PrepareTables& tables_;
  std::string name_;
  Findings findings_;
  OptionReader options_;
  std::vector<data::Option> output_options_;
  Json output_;
  PrepareRecipe out_;
  std::vector<YamlStage> late_;
  std::vector<int> stage_lines_;
  std::map<std::string, int> lines_;  // of the models' keys
  std::map<std::string, int> seen_;
};

struct Values {
  Json& out;
  template <class T>
  void operator()(std::string_view name, const T& member, const FieldRule&) {
    out[std::string(name)] = member;
  }
};

void dump_options(const Json& options, std::string_view indent, std::string& out) {
  for (const auto& [key, value] : options.items()) {
    if (value.is_null()) continue;
    out += text("{}{}: {}\n", indent, key, json_yaml(value));
  }
}

}  // namespace

PrepareRecipe read_prepare_recipe(std::string_view source, std::string_view name,
                                  const PrepareTables& tables,
                                  std::span<const std::string> overrides) {
  const Result<YamlNode> root = parse_yaml(source, name);
  if (!root) throw UsageError("{}", root.error().message());
  return Reader(tables, std::string(name)).read(*root, overrides);
}

PrepareRecipe load_prepare_recipe(const std::filesystem::path& path, const PrepareTables& tables,
                                  std::span<const std::string> overrides) {
  const std::string source = read_file(path, std::uint64_t{1} << 26);
  PrepareRecipe out = read_prepare_recipe(source, path.string(), tables, overrides);
  if (out.output.output_dir.empty()) out.output.output_dir = "prepared/" + path.stem().string();
  return out;
}

std::string dump_prepare_recipe(const PrepareRecipe& recipe) {
  std::string out = "sources:\n";
  for (const Json& source : recipe.sources) {
    std::string lines;
    dump_options(source, "    ", lines);
    lines.replace(0, 4, "  - ");
    out += lines;
  }
  if (!recipe.local.is_null() || !recipe.server.is_null()) out += "\nmodels:\n";
  for (const auto& [name, model] :
       {std::pair("local", &recipe.local), std::pair("server", &recipe.server)}) {
    if (model->is_null()) continue;
    out += text("  {}:\n", std::string_view(name));
    dump_options(*model, "    ", out);
  }
  out += recipe.stages.empty() ? "\nstages: []\n" : "\nstages:\n";
  for (const PrepareStage& stage : recipe.stages) {
    std::string lines;
    dump_options(stage.options, "      ", lines);
    out += text(lines.empty() ? "  - {}\n" : "  - {}:\n", yaml_scalar(stage.name)) + lines;
  }
  out += "\noutput:\n";
  OutputConfig output = recipe.output;
  Json values = Json::object();
  Values dumper{values};
  output.fields(dumper);
  dump_options(values, "  ", out);
  return out;
}

}  // namespace fettle::recipe
