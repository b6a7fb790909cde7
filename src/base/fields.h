// One list of fields a config struct serves parsing, checking, --set, dumping, help and docs.
//
// A config struct lists each member once:
//   struct OptimConfig {
//     double learning_rate = 2e-4;
//     template <class Visitor> void fields(Visitor& v) {
//       v("learning_rate", learning_rate, {.min = 0, .help = "peak step size"});
//     }
//   };
// Members are bool, std::int64_t, double, std::string, std::vector<std::string>, their
// std::optional, or a nested struct with fields(). Visitors live in recipe/.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

namespace fettle {

// Another trainer's word for one of `choices`: {"adamw_torch", "adamw"}.
struct Spelling {
  std::string_view other;
  std::string_view ours;
};

// What a value may be, beside its type. min and max are inclusive; above_min and below_max exclude
// the bound itself. For lists, choices hold for each element.
struct FieldRule {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  bool above_min = false;
  bool below_max = false;
  std::vector<std::string_view> choices = {};
  std::string_view help = {};
  // Other trainers' names of the same key, accepted and reported.
  std::vector<std::string_view> aliases = {};
  // Must be given by the user.
  bool required = false;
  // Names of a bool that means the opposite: train_on_inputs: true is completion_only_loss: false.
  std::vector<std::string_view> opposites = {};
  std::vector<Spelling> spellings = {};
  // Of a list: "name=value" texts, which may be written as a map.
  bool entries = false;
};

}  // namespace fettle
