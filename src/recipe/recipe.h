// The one description of a run: which model, which rows, which method, how it is trained and
// measured. Each part is the config struct of the room that uses it.
#pragma once

#include "adapt/config.h"
#include "base/fields.h"
#include "batch/config.h"
#include "data/config.h"
#include "evaluate/config.h"
#include "model/load_config.h"
#include "optim/config.h"
#include "train/config.h"

namespace fettle::recipe {

// Section `train`: three rooms' keys side by side, as users of other trainers know them.
struct TrainSection {
  train::TrainConfig loop;
  batch::BatchConfig batch;
  optim::OptimConfig optim;

  template <class Visitor>
  void fields(Visitor& v) {
    loop.fields(v);
    batch.fields(v);
    optim.fields(v);
  }
};

struct Recipe {
  model::ModelConfig model;
  data::DataConfig data;
  adapt::MethodConfig method;
  TrainSection train;
  evaluate::EvaluateConfig evaluate;

  template <class Visitor>
  void fields(Visitor& v) {
    v("model", model, {.help = "which weights to start from and where to compute"});
    v("data", data, {.help = "which rows to train on and how they are read"});
    v("method", method, {.help = "which weights are trained"});
    v("train", train, {.help = "how long, in which steps and with which optimizer"});
    v("evaluate", evaluate, {.help = "what is measured before and after training"});
  }
};

}  // namespace fettle::recipe
