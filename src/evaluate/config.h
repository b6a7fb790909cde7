// The recipe's section `evaluate`: what is measured on the test rows before and after training.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fields.h"

namespace fettle::evaluate {

struct EvaluateConfig {
  std::vector<std::string> metrics = {"loss"};
  std::int64_t max_new_tokens = 16;
  bool before_training = false;
  bool after_training = false;
  bool confusion = false;
  std::vector<std::string> battery = {};
  std::vector<std::string> battery_data_dir = {};
  std::int64_t battery_limit = 200;

  template <class Visitor>
  void fields(Visitor& v) {
    v("metrics", metrics,
      {.choices = {"loss", "exact_match", "likelihood_accuracy", "macro_f1"},
       .help = "figures that are measured"});
    v("max_new_tokens", max_new_tokens,
      {.min = 1, .max = 1 << 20, .help = "longest generated answer, in tokens"});
    v("before_training", before_training, {.help = "measure the model as it comes"});
    v("after_training", after_training, {.help = "measure the tuned model"});
    v("confusion", confusion, {.help = "count each label against each answer, for labelled rows"});
    v("battery", battery,
      {.help =
           "tasks of a general kind (fettle show tasks, .yaml files) that are judged before and "
           "after training and compared: what was forgotten"});
    v("battery_data_dir", battery_data_dir,
      {.help = "folders of those tasks' data sets, before those of FETTLE_DATA"});
    v("battery_limit", battery_limit,
      {.min = 0, .max = 1 << 30, .help = "the first rows of each of those tasks; 0: all"});
  }
};

}  // namespace fettle::evaluate
