// Models behind an OpenAI-compatible address on the command line.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "evaluate/hosted.h"
#include "evaluate/service.h"

namespace fettle::app {

struct HostedArguments {
  std::string key_variable = "OPENAI_API_KEY";
  std::int64_t retries = 5;
  double timeout = 60;
  std::int64_t concurrency = 4;
  double requests_per_minute = 0;
  std::int64_t max_requests = 1'000'000;
  bool in_words = false;
  std::optional<double> input_price;
  std::optional<double> output_price;
  std::string prices;  // file
};

void add_hosted_options(CLI::App& command, HostedArguments& arguments);

[[nodiscard]] evaluate::HostedOptions hosted_options(const HostedArguments& arguments);

// Of the two options, else of the file; nothing where neither is given. Throws UsageError for one
// price without the other.
[[nodiscard]] std::optional<evaluate::Prices> hosted_prices(const HostedArguments& arguments,
                                                            const std::string& model);

}  // namespace fettle::app
