// Pre-labels by a model: the likelihood of each choice as the answer to the row.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "data/annotate/project.h"

namespace fettle::app {

struct PreLabelOptions {
  std::string model;
  std::optional<std::string> adapter;
  std::string device = "auto";
  std::string dtype = "auto";
  std::int64_t num_threads = 0;
};

// Told the rows done and the rows there are; true: stop.
using OnPreLabel = std::function<bool(std::int64_t, std::int64_t)>;

// Scores every row that has no pre-label of this model yet and keeps them, 32 rows at a time; what
// is kept stays when it is stopped. The probability of a choice is the softmax over the choices of
// its log-likelihood, nats (preference: per token, since answers differ in length). Returns the
// rows scored. Throws UsageError for a task without choices: writing, spans, multi_label.
std::int64_t pre_label(data::Project& project, const PreLabelOptions& options,
                       const OnPreLabel& on_progress);

}  // namespace fettle::app
