// Answers requests for agreement figures, one JSON object a line. NaN is written as null, and read
// from null.
#include <cmath>
#include <iostream>
#include <limits>
#include <string>

#include "base/json.h"
#include "data/annotate/agreement.h"

namespace fettle::data {
namespace {

Json number(double value) { return std::isnan(value) ? Json(nullptr) : Json(value); }

Json kappa(const Json& request) {
  const auto a = request.at("a").get<std::vector<int>>();
  const auto b = request.at("b").get<std::vector<int>>();
  const auto classes = request.at("classes").get<std::size_t>();
  return {number(cohen_kappa(a, b, classes)), number(cohen_kappa(a, b, classes, Weights::kLinear)),
          number(cohen_kappa(a, b, classes, Weights::kQuadratic))};
}

Json alpha(const Json& request) {
  std::vector<double> values;
  std::size_t units = 0;
  for (const Json& annotator : request.at("values")) {
    units = annotator.size();
    for (const Json& value : annotator) {
      values.push_back(value.is_null() ? std::numeric_limits<double>::quiet_NaN()
                                       : value.get<double>());
    }
  }
  return {number(krippendorff_alpha(values, units, Level::kNominal)),
          number(krippendorff_alpha(values, units, Level::kOrdinal)),
          number(krippendorff_alpha(values, units, Level::kInterval))};
}

Json answer_of(const Json& request) {
  if (request.contains("counts")) {
    return number(fleiss_kappa(request.at("counts").get<std::vector<std::int64_t>>(),
                               request.at("classes").get<std::size_t>()));
  }
  return request.contains("a") ? kappa(request) : alpha(request);
}

}  // namespace
}  // namespace fettle::data

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    const auto request = fettle::parse_json(line, "request");
    if (!request) return 1;
    std::cout << fettle::to_text(fettle::data::answer_of(*request)) << "\n";
  }
  return 0;
}
