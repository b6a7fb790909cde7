// A metric's options, as a task's YAML or a command line gives them: named, checked, none ignored.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace fettle::metric {

class Options {
 public:
  // given: an object, or null for none. Throws UsageError otherwise.
  Options(std::string_view metric, const Json& given);

  // Each throws UsageError naming metric, option, value and what is allowed.
  [[nodiscard]] bool flag(std::string_view name, bool otherwise);
  [[nodiscard]] std::int64_t count(std::string_view name, std::int64_t otherwise, std::int64_t min,
                                   std::int64_t max);
  [[nodiscard]] double number(std::string_view name, double otherwise, double min, double max);
  [[nodiscard]] std::string word(std::string_view name, std::string_view otherwise,
                                 std::initializer_list<std::string_view> choices);
  [[nodiscard]] std::string line(std::string_view name, std::string_view otherwise);

  // Throws UsageError for an option that nobody asked for.
  void check_all_known() const;

 private:
  [[nodiscard]] const Json* find_option(std::string_view name);

  std::string metric_;
  Json given_;
  std::vector<std::string> known_;
};

}  // namespace fettle::metric
