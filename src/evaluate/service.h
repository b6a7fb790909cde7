// What answers took: seconds a row, tokens and money.
#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "evaluate/task_result.h"

namespace fettle::evaluate {

// Of a million tokens, in any one currency.
struct Prices {
  double input = 0;
  double output = 0;
};

// Throws UsageError for a file without the model or with prices that are none.
// json: {"NAME": {"input": 0.15, "output": 0.6}}
[[nodiscard]] Prices prices_of(const Json& json, const std::string& model,
                               const std::string& where);

// Of rows whose answers took a known time; nothing when there are none. Latency is the time of the
// requests that were answered, retries and waiting apart; p95 by numpy's linear interpolation.
[[nodiscard]] std::optional<Service> service_of(const std::vector<TaskRow>& rows,
                                                const std::optional<Prices>& prices);

[[nodiscard]] Json to_json(const Service& service);
[[nodiscard]] std::optional<Service> service_from(const Json& json);

// "median 0.21 s, p95 0.4 s a row; 1,200 tokens in, 80 out; cost 0.0031"
[[nodiscard]] std::string service_text(const Service& service);

}  // namespace fettle::evaluate
