// What people read of a preparation: one HTML file that needs no network, and a data card.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "data/prepare/topics.h"

namespace fettle::data::prepare {

struct Account {
  const Json& manifest;
  const std::vector<std::string>& warnings;
  const std::vector<Topic>& topics;
  std::string title;
};

[[nodiscard]] std::string report_html(const Account& account);
// Markdown with the front matter that dataset hubs read.
[[nodiscard]] std::string card_markdown(const Account& account);

}  // namespace fettle::data::prepare
