// Result<T>: a value, or the problem that stopped it, for failures that are expected of a row, a
// file of the user's or a request. What ends a run is thrown: base/error.h.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace fettle {

// where: "data/train.jsonl:17" or a key's path; what: one sentence with value, allowed, next step.
struct Problem {
  std::string where;
  std::string what;

  [[nodiscard]] std::string message() const { return where.empty() ? what : where + ": " + what; }
};

template <class T>
using Result = tl::expected<T, Problem>;

[[nodiscard]] inline tl::unexpected<Problem> problem(std::string where, std::string what) {
  return tl::unexpected<Problem>(Problem{std::move(where), std::move(what)});
}

}  // namespace fettle
