#include "evaluate/task_file.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "base/nearest.h"
#include "evaluate/task_own.h"

namespace fettle::evaluate {
namespace {

constexpr std::array<std::pair<std::string_view, TaskKind>, 5> kKinds = {{
    {"multiple_choice", TaskKind::kChoices},
    {"classification_head", TaskKind::kLabels},
    {"loglikelihood", TaskKind::kLikelihood},
    {"generate_until", TaskKind::kGenerate},
    {"loglikelihood_rolling", TaskKind::kRolling},
}};

struct RuleRow {
  std::string_view name;
  ShotRule value;
};
constexpr std::array<RuleRow, 5> kRules = {{{"default", ShotRule::kDrawn},
                                            {"first_n", ShotRule::kFirst},
                                            {"bm25", ShotRule::kWords},
                                            {"hidden", ShotRule::kStates},
                                            {"balanced", ShotRule::kBalanced}}};
struct OrderRow {
  std::string_view name;
  ShotOrder value;
};
constexpr std::array<OrderRow, 4> kOrders = {{{"chosen", ShotOrder::kChosen},
                                              {"reversed", ShotOrder::kReversed},
                                              {"split", ShotOrder::kSplit},
                                              {"shortest", ShotOrder::kShortest}}};

// Keys of lm-evaluation-harness that change nothing here.
constexpr std::array<std::string_view, 10> kPassedOver = {"tag",
                                                          "task_alias",
                                                          "should_decontaminate",
                                                          "doc_to_decontamination_query",
                                                          "unsafe_code",
                                                          "include",
                                                          "custom_dataset",
                                                          "use_prompt",
                                                          "dataset_kwargs",
                                                          "metadata"};

// Reads one map key by key and refuses what nobody asked for.
class Keys {
 public:
  Keys(const Json& json, std::string where) : json_(json), where_(std::move(where)) {
    if (!json.is_object()) throw DataError("{}: must be a map of keys and values", where_);
  }

  const Json* get(std::string_view key) {
    known_.push_back(key);
    const Json* value = find(json_, key);
    return value == nullptr || value->is_null() ? nullptr : value;
  }
  void line(std::string_view key, std::string& out) {
    const Json* value = get(key);
    if (value == nullptr) return;
    if (value->is_object() || value->is_array()) fail(key, *value, "a text");
    out = value->is_string() ? value->get<std::string>() : to_text(*value);
  }
  void count(std::string_view key, std::int64_t min, std::int64_t& out) {
    const Json* value = get(key);
    if (value == nullptr) return;
    if (!value->is_number_integer() || value->get<std::int64_t>() < min) {
      fail(key, *value, text("a whole number from {} on", min));
    }
    out = value->get<std::int64_t>();
  }
  void any(std::string_view key, Json& out) {
    if (const Json* value = get(key)) out = *value;
  }
  void words(std::string_view key, std::vector<std::string>& out) {
    const Json* value = get(key);
    if (value == nullptr) return;
    out.clear();
    for (const Json& item : value->is_array() ? *value : Json::array({*value})) {
      if (!item.is_string()) fail(key, *value, "a text or a list of texts");
      out.push_back(item.get<std::string>());
    }
  }
  [[noreturn]] void fail(std::string_view key, const Json& value, std::string_view wanted) const {
    throw DataError("{}: {} is {}; it must be {}", where_, key, to_text(value).substr(0, 80),
                    wanted);
  }
  void refuse_unknown() const {
    for (const auto& [key, value] : json_.items()) {
      const bool passed = std::ranges::find(kPassedOver, key) != kPassedOver.end();
      if (passed || std::ranges::find(known_, key) != known_.end()) continue;
      throw DataError("{}: {}", where_, unknown_name("key", key, known_));
    }
  }
  [[nodiscard]] const std::string& where() const { return where_; }

 private:
  const Json& json_;
  std::string where_;
  std::vector<std::string_view> known_;
};

void read_data(Keys& keys, TaskFile& task) {
  keys.line("dataset_path", task.dataset_path);
  keys.line("dataset_name", task.dataset_name);
  keys.line("training_split", task.training_split);
  keys.line("validation_split", task.validation_split);
  keys.line("test_split", task.test_split);
  keys.line("fewshot_split", task.fewshot_split);
  if (const Json* given = keys.get("dataset_kwargs")) {
    if (const Json* files = find(*given, "data_files")) task.data_files = *files;
  }
  if (task.dataset_path.empty()) throw DataError("{}: dataset_path is missing", keys.where());
  if (task.judged_split().empty()) {
    throw DataError("{}: names no split; give test_split or validation_split", keys.where());
  }
}

void read_shots(Keys& keys, TaskFile& task) {
  keys.count("num_fewshot", 0, task.num_fewshot);
  const Json* given = keys.get("fewshot_config");
  if (given == nullptr) return;
  Keys inner(*given, keys.where() + ": fewshot_config");
  std::string sampler = "default";
  std::string order = "chosen";
  inner.line("sampler", sampler);
  inner.line("order", order);
  try {
    task.shot_rule = shot_rule(sampler);
    task.shot_order = shot_order(order);
  } catch (const UsageError& error) {
    throw DataError("{}: fewshot_config: {}", keys.where(), error.what());
  }
  inner.count("pool", 0, task.shot_pool);
  inner.line("split", task.fewshot_split);
  inner.line("same", task.shots_of_column);
  inner.refuse_unknown();
}

void read_generation(Keys& keys, TaskFile& task) {
  keys.count("repeats", 1, task.samples);
  task.until = {task.fewshot_delimiter};
  const Json* given = keys.get("generation_kwargs");
  if (given == nullptr) return;
  Keys inner(*given, keys.where() + ": generation_kwargs");
  inner.words("until", task.until);
  inner.count("max_gen_toks", 1, task.max_gen_toks);
  inner.count("max_new_tokens", 1, task.max_gen_toks);
  const Json* sample = inner.get("do_sample");
  const Json* temperature = inner.get("temperature");
  if (temperature != nullptr && sample != nullptr && *sample == true) {
    if (!temperature->is_number()) inner.fail("temperature", *temperature, "a number");
    task.temperature = temperature->get<double>();
  }
  inner.refuse_unknown();
}

void read_metrics(Keys& keys, TaskFile& task) {
  keys.words("slices", task.slices);
  keys.words("cluster", task.clusters);
  const Json* list = keys.get("metric_list");
  if (list == nullptr || !list->is_array() || list->empty()) {
    throw DataError("{}: metric_list must name the metrics, as - metric: acc", keys.where());
  }
  for (const Json& item : *list) {
    const Json* name = find(item, "metric");
    if (name == nullptr || !name->is_string()) keys.fail("metric_list", item, "metric: NAME");
    TaskMetric metric{name->get<std::string>()};
    const Json* const better = find(item, "higher_is_better");
    metric.higher_is_better = better == nullptr || *better != false;
    for (const auto& [key, value] : item.items()) {
      const bool ours = key == "metric" || key == "aggregation" || key == "higher_is_better" ||
                        key == "hf_evaluate";
      if (!ours) metric.options[key] = value;
    }
    task.metrics.push_back(std::move(metric));
  }
  find_own(task, keys.where());
}

void read_filters(Keys& keys, TaskFile& task) {
  if (const Json* list = keys.get("filter_list")) {
    for (const Json& item : *list) {
      const Json* name = find(item, "name");
      const Json* steps = find(item, "filter");
      if (name == nullptr || !name->is_string() || steps == nullptr || !steps->is_array()) {
        keys.fail("filter_list", item, "name: NAME with filter: a list of functions");
      }
      task.filters.push_back({name->get<std::string>(), steps->get<std::vector<Json>>()});
    }
  }
  if (task.filters.empty()) task.filters.push_back({"none", {}});
}

// A head's classes are the same for all rows, and its logarithms are of no text.
void check_choices(const Keys& keys, const TaskFile& task) {
  if (task.kind == TaskKind::kChoices && task.doc_to_choice.is_null()) {
    throw DataError("{}: a task of choices needs doc_to_choice", keys.where());
  }
  if (task.kind != TaskKind::kLabels) return;
  if (!task.doc_to_choice.is_array() || task.doc_to_choice.empty()) {
    keys.fail("doc_to_choice", task.doc_to_choice,
              "the list of the head's classes, as [\"negative\", \"positive\"]");
  }
  for (const TaskMetric& metric : task.metrics) {
    if (metric.name != "acc_norm" && metric.name != "acc_bytes") continue;
    keys.fail("metric_list", metric.name,
              "another metric: this one divides likelihoods of texts by their lengths, and a "
              "classification head gives none; acc is the share that is right");
  }
}

void read_calibration(Keys& keys, TaskFile& task) {
  const Json* given = keys.get("calibration");
  if (given == nullptr || *given == false) return;
  std::vector<std::string> inputs;
  if (*given != true) keys.words("calibration", inputs);
  calibrate(task, std::move(inputs));
}

}  // namespace

ShotRule shot_rule(std::string_view name) { return row_named(kRules, "sampler", name).value; }
ShotOrder shot_order(std::string_view name) { return row_named(kOrders, "order", name).value; }

std::string_view name_of(ShotRule rule) {
  return std::ranges::find(kRules, rule, &RuleRow::value)->name;
}
std::string_view name_of(ShotOrder order) {
  return std::ranges::find(kOrders, order, &OrderRow::value)->name;
}

void calibrate(TaskFile& task, std::vector<std::string> content_free) {
  if (task.kind != TaskKind::kChoices) {
    throw DataError("task {}: calibration needs choices; the task is {}", task.name,
                    kind_name(task.kind));
  }
  task.content_free = std::move(content_free);
  // The inputs of Zhao et al. 2021, section 5.
  if (task.content_free.empty()) task.content_free = {"N/A", "", "[MASK]"};
  const std::vector<TaskMetric> plain = task.metrics;
  for (TaskMetric metric : plain) {
    if (metric.name.starts_with(kCalibrated) || metric.kind != MetricKind::kTable) continue;
    metric.name = kCalibrated + metric.name;
    const bool there = std::ranges::any_of(
        task.metrics, [&](const TaskMetric& other) { return other.name == metric.name; });
    if (!there) task.metrics.push_back(std::move(metric));
  }
}

std::string_view kind_name(TaskKind kind) {
  for (const auto& [name, value] : kKinds) {
    if (value == kind) return name;
  }
  return "";
}

const std::string& TaskFile::judged_split() const {
  if (!test_split.empty()) return test_split;
  return validation_split.empty() ? training_split : validation_split;
}

const std::string& TaskFile::shots_split() const {
  if (!fewshot_split.empty()) return fewshot_split;
  if (!training_split.empty()) return training_split;
  return validation_split.empty() ? test_split : validation_split;
}

TaskFile read_task(const Json& json, const std::string& where) {
  Keys keys(json, where);
  TaskFile task;
  keys.line("task", task.name);
  if (task.name.empty()) throw DataError("{}: task, the task's name, is missing", where);
  keys.line("group", task.group);
  keys.line("help", task.help);
  if (const Json* metadata = keys.get("metadata")) {
    if (const Json* version = find(*metadata, "version")) task.version = to_text(*version);
  }
  std::string kind = "generate_until";
  keys.line("output_type", kind);
  const auto found = std::ranges::find(kKinds, kind, &std::pair<std::string_view, TaskKind>::first);
  if (found == kKinds.end()) {
    std::vector<std::string_view> names;
    for (const auto& [name, value] : kKinds) names.push_back(name);
    keys.fail("output_type", kind, "one of " + join(names, ", "));
  }
  task.kind = found->second;
  read_data(keys, task);
  keys.any("doc_to_text", task.doc_to_text);
  keys.any("doc_to_target", task.doc_to_target);
  keys.any("doc_to_choice", task.doc_to_choice);
  keys.any("choice_answers", task.choice_answers);
  keys.any("counted_text", task.counted_text);
  keys.line("description", task.description);
  keys.line("target_delimiter", task.target_delimiter);
  keys.line("fewshot_delimiter", task.fewshot_delimiter);
  keys.count("stride", 0, task.stride);
  read_shots(keys, task);
  read_generation(keys, task);
  read_metrics(keys, task);
  read_filters(keys, task);
  read_calibration(keys, task);
  keys.refuse_unknown();
  check_choices(keys, task);
  return task;
}

}  // namespace fettle::evaluate
