#include "data/dataset.h"

#include <algorithm>
#include <filesystem>
#include <unordered_map>
#include <unordered_set>

#include "base/error.h"
#include "data/class_weights.h"
#include "data/form.h"
#include "data/prepared.h"
#include "data/source.h"
#include "data/split.h"
#include "data/wordnet.h"

namespace fettle::data {
namespace {

constexpr std::string_view kWordNet = "wordnet";

bool is_wordnet(const DataConfig& config, const std::string& entry) {
  return entry == kWordNet || config.dataset_format == kWordNet;
}

std::string wordnet_folder_of(const std::string& entry) {
  return entry == kWordNet ? std::string() : entry;
}

void count_one(std::vector<std::pair<std::string, std::int64_t>>& counts, const std::string& name) {
  const auto found = std::find_if(counts.begin(), counts.end(),
                                  [&](const auto& pair) { return pair.first == name; });
  if (found == counts.end()) {
    counts.emplace_back(name, 1);
  } else {
    ++found->second;
  }
}

void read_rows(const std::string& path, const DataConfig& config, std::vector<Row>& rows,
               LoadReport& report) {
  read_records(path, config, [&](Result<Json> record, Origin origin) {
    std::string form;
    const Result<Row> row = record.and_then([&](const Json& json) -> Result<Row> {
      const Result<std::string> found = find_form(json, config, origin);
      if (!found) return tl::unexpected(found.error());
      form = *found;
      return read_row(json, form, config, origin);
    });
    if (row) {
      rows.push_back(*row);
      ++report.rows;
      count_one(report.forms, form);
      return;
    }
    ++report.bad_rows;
    if (report.problems.size() < kShownProblems) report.problems.push_back(row.error());
  });
}

void append(std::vector<Row>& rows, std::vector<Row> more, LoadReport& report) {
  for (Row& row : more) {
    ++report.rows;
    count_one(report.forms, std::string(kWordNet));
    rows.push_back(std::move(row));
  }
}

// A prepared folder brings its own split: its validation rows are judged on, unless an eval_dataset
// is named.
void read_files(const std::string& entry, const DataConfig& config, LoadedData& data) {
  const auto folder = read_prepared(entry);
  if (!folder) return read_rows(entry, config, data.train.rows, data.report);
  read_rows(folder->train.native(), config, data.train.rows, data.report);
  if (folder->validation && config.eval_dataset.empty()) {
    read_rows(folder->validation->native(), config, data.eval.rows, data.report);
  }
}

void read_all(const DataConfig& config, std::uint64_t seed, LoadedData& data) {
  for (const std::string& entry : config.dataset) {
    if (!is_wordnet(config, entry)) {
      read_files(entry, config, data);
      continue;
    }
    WordNetRows rows = wordnet_rows(config, wordnet_folder_of(entry), seed);
    append(data.train.rows, std::move(rows.train), data.report);
    if (config.eval_dataset.empty()) append(data.eval.rows, std::move(rows.eval), data.report);
  }
  for (const std::string& entry : config.eval_dataset) {
    if (is_wordnet(config, entry)) {
      append(data.eval.rows, wordnet_rows(config, wordnet_folder_of(entry), seed).eval,
             data.report);
    } else {
      const auto folder = read_prepared(entry);
      read_rows(!folder              ? entry
                : folder->validation ? folder->validation->native()
                                     : folder->train.native(),
                config, data.eval.rows, data.report);
    }
  }
}

void refuse_bad_rows(const LoadReport& report, std::int64_t allowed) {
  if (report.bad_rows <= allowed) return;
  std::string out = text(
      "{} of {} rows cannot be used and max_bad_rows is {}: mend them, or raise "
      "max_bad_rows to leave them out",
      report.bad_rows, report.rows + report.bad_rows, allowed);
  for (const Problem& bad : report.problems) out += "\n  " + bad.message();
  const auto hidden = report.bad_rows - static_cast<std::int64_t>(report.problems.size());
  if (hidden > 0) out += text("\n  ... and {} more", hidden);
  throw DataError("{}", out);
}

// The labels that the recipe states, or else those of the rows in order of first appearance.
std::vector<std::string> labels_of(const DataConfig& config, const LoadedData& data) {
  std::vector<std::string> labels = config.labels;
  const bool stated = !labels.empty();
  for (const std::string& entry : config.dataset) {
    if (!stated && is_wordnet(config, entry)) labels = config.wordnet_categories;
  }
  std::unordered_set<std::string> known(labels.begin(), labels.end());
  bool any = false;
  for (const Dataset* const part : {&data.train, &data.eval}) {
    for (const Row& row : part->rows) {
      if (row.label.empty()) continue;
      any = true;
      if (known.insert(row.label).second) labels.push_back(row.label);
    }
  }
  if (!any) labels.clear();
  return labels;
}

std::vector<std::pair<std::string, std::int64_t>> label_counts(const Dataset& part) {
  std::unordered_map<std::string, std::int64_t> counts;
  for (const Row& row : part.rows) ++counts[row.label];
  std::vector<std::pair<std::string, std::int64_t>> out;
  for (const std::string& label : part.labels) out.emplace_back(label, counts[label]);
  return out;
}

std::int64_t rows_in_both(const LoadedData& data) {
  if (data.eval.rows.empty()) return 0;
  std::unordered_set<std::string> held;
  for (const Row& row : data.train.rows) held.insert(content_key(row));
  return std::count_if(data.eval.rows.begin(), data.eval.rows.end(),
                       [&](const Row& row) { return held.contains(content_key(row)); });
}

void check_config(const DataConfig& config) {
  if (config.dataset.empty()) {
    throw UsageError("dataset is empty; name a file of rows, or `wordnet`");
  }
  const std::unordered_set<std::string> columns(config.column_names.begin(),
                                                config.column_names.end());
  if (columns.size() != config.column_names.size()) {
    throw UsageError("column_names holds a name twice; name each column once");
  }
  const std::unordered_set<std::string> labels(config.labels.begin(), config.labels.end());
  if (labels.size() != config.labels.size() || labels.contains("")) {
    throw UsageError("labels holds a name twice or an empty one; name each class once");
  }
}

// Evaluation rows out of the training rows.
void split_off(const DataConfig& config, std::uint64_t seed, const GroupRows& group,
               LoadedData& data) {
  const auto count =
      held_out_count(config.val_size, static_cast<std::int64_t>(data.train.rows.size()));
  const std::vector<std::uint32_t> groups = group(data.train.rows);
  Split split = hold_out(std::move(data.train.rows), groups, count, seed);
  data.train.rows = std::move(split.train);
  data.eval.rows = std::move(split.eval);
  data.report.held_out_together = split.moved;
  if (data.train.rows.empty()) {
    throw DataError(
        "val_size {} leaves no training row, since all rows say nearly the same; give more rows",
        config.val_size);
  }
}

std::string name_of(const std::string& entry) {
  std::filesystem::path name = std::filesystem::path(entry).filename();
  if (name.extension() == ".gz") name = name.stem();
  return name.stem().native();
}

}  // namespace

LoadedData load_dataset(const DataConfig& config, std::uint64_t seed, const GroupRows& group) {
  check_config(config);
  LoadedData data;
  read_all(config, seed, data);
  refuse_bad_rows(data.report, config.max_bad_rows);
  if (data.train.rows.empty()) {
    throw DataError("{}: holds no row to train on", join(config.dataset, ", "));
  }
  if (!config.eval_dataset.empty() && data.eval.rows.empty()) {
    throw DataError("{}: holds no row to evaluate on", join(config.eval_dataset, ", "));
  }
  data.train.labels = data.eval.labels = labels_of(config, data);
  if (data.eval.rows.empty() && config.val_size > 0) split_off(config, seed, group, data);
  if (config.max_train_rows > 0) {
    data.train.rows =
        draw(std::move(data.train.rows), config.max_train_rows, seed, "max_train_rows");
  }
  if (config.max_eval_rows > 0) {
    data.eval.rows = draw(std::move(data.eval.rows), config.max_eval_rows, seed, "max_eval_rows");
  }
  data.train.name = name_of(config.dataset.front());
  data.eval.name = config.eval_dataset.empty() ? data.train.name : name_of(config.eval_dataset[0]);
  data.report.class_weights = weigh_rows(config.class_weights, data.train);
  data.report.train_labels = label_counts(data.train);
  data.report.eval_labels = label_counts(data.eval);
  data.report.eval_rows_in_train = rows_in_both(data);
  return data;
}

}  // namespace fettle::data
