// A small project in a folder of its own.
#pragma once

#include <memory>

#include "data/annotate/import.h"
#include "data/annotate/project.h"
#include "tests/data/support.h"

namespace fettle::data {

inline ProjectConfig config_for(const std::string& task) {
  ProjectConfig config;
  config.task = task;
  config.annotators_per_row = 2;
  if (task == "classification" || task == "multi_label" || task == "spans") {
    config.labels = {"red", "green", "blue"};
  }
  return config;
}

class TestProject {
 public:
  explicit TestProject(ProjectConfig config, std::string_view rows = kRows)
      : config_(std::move(config)) {
    static_cast<void>(import_rows(config_, folder_.path(), {folder_.write("rows.jsonl", rows)}, 0));
    reopen();
  }

  void reopen() {
    project_.reset();
    project_ = std::make_unique<Project>(config_, folder_.path(), [this] { return now_ += 1; });
  }
  void reopen(ProjectConfig config) {
    config_ = std::move(config);
    reopen();
  }
  Project& operator*() { return *project_; }
  Project* operator->() { return project_.get(); }
  [[nodiscard]] const TestFolder& folder() const { return folder_; }
  [[nodiscard]] std::int64_t who(const std::string& name) { return project_->login(name)->id; }
  // Saves an answer given as JSON text; the problem's words if it is refused.
  std::string say(std::int64_t row, const std::string& name, const std::string& value) {
    std::optional<Json> json;
    if (value != "null") json = *parse_json(value, "test");
    const auto saved = project_->answer(row, who(name), json, 1.5);
    return saved ? "" : saved.error().message();
  }

  static constexpr std::string_view kRows =
      "{\"text\":\"one apple\",\"id\":7}\n{\"text\":\"two leaves\"}\n{\"text\":\"three skies\"}\n"
      "{\"text\":\"four apples\"}\n";

 private:
  TestFolder folder_;
  ProjectConfig config_;
  double now_ = 1000;
  std::unique_ptr<Project> project_;
};

}  // namespace fettle::data
