// Own metrics: a small expression over columns, without loops, names or effects of its own.
//
//   mean(len(answer)) / mean(len(reference))
//   share(contains(lower(answer), lower(reference)) and len(answer) < 200)
//
// Numbers, "texts", columns, + - * / %, == != < <= > >=, and or not, and the functions that
// expression_functions() lists; mean, sum, share and count go over the rows, and an expression
// without one of them means its mean over the rows.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "metric/expression_tree.h"
#include "metric/score.h"

namespace fettle::metric {

class Expression {
 public:
  // Throws UsageError with the place of what is wrong: at most 10000 bytes, 1000 parts, nested 64
  // deep.
  explicit Expression(std::string_view source);

  // The columns that it reads.
  [[nodiscard]] std::vector<std::string> columns() const;

  // rows: an object each, whose members are texts, numbers, true or false. Throws DataError naming
  // the row for a column that it lacks, a value of the wrong kind, or a text over its limits.
  [[nodiscard]] Prepared prepare(std::span<const Json> rows) const;

 private:
  std::string source_;
  std::vector<Node> nodes_;
  std::size_t root_ = 0;
  std::vector<std::size_t> aggregates_;  // nodes, in order
};

}  // namespace fettle::metric
