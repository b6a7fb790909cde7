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

// What a value may be, beside its type. min and max are inclusive; above_min excludes min itself.
struct FieldRule {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  bool above_min = false;
  std::vector<std::string_view> choices = {};
  std::string_view help = {};
  // Other trainers' names of the same key, accepted and reported.
  std::vector<std::string_view> aliases = {};
  // Must be given by the user.
  bool required = false;
};

}  // namespace fettle
