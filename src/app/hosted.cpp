#include "app/hosted.h"

#include "base/error.h"

namespace fettle::app {

namespace {

const std::string kGroup = "models behind an address (openai:NAME@ADDRESS)";

void add_patience(CLI::App& command, HostedArguments& arguments) {
  command
      .add_option("--key_variable,--key-variable", arguments.key_variable,
                  "environment variable that holds the key (OPENAI_API_KEY)")
      ->group(kGroup);
  command
      .add_option("--retries", arguments.retries,
                  "of a request that failed or came late, with growing waits (5)")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{100}))
      ->group(kGroup);
  command.add_option("--timeout", arguments.timeout, "seconds a request (60)")
      ->check(CLI::Range(0.01, 86'400.0))
      ->group(kGroup);
  command.add_option("--concurrency", arguments.concurrency, "rows asked at a time (4)")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{256}))
      ->group(kGroup);
  command
      .add_option("--requests_per_minute,--requests-per-minute", arguments.requests_per_minute,
                  "at most, spread evenly; 0: as they come")
      ->check(CLI::Range(0.0, 1e6))
      ->group(kGroup);
  command
      .add_option("--max_requests,--max-requests", arguments.max_requests,
                  "requests sent in all, retries included (1000000)")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40))
      ->group(kGroup);
}

void add_prices(CLI::App& command, HostedArguments& arguments) {
  command
      .add_flag("--choices_in_words,--choices-in-words", arguments.in_words,
                "ask for a choice's letter, also where the server offers likelihoods")
      ->group(kGroup);
  command
      .add_option("--input_price,--input-price", arguments.input_price,
                  "price of a million tokens that are sent")
      ->check(CLI::Range(0.0, 1e9))
      ->group(kGroup);
  command
      .add_option("--output_price,--output-price", arguments.output_price,
                  "price of a million tokens that are answered")
      ->check(CLI::Range(0.0, 1e9))
      ->group(kGroup);
  command
      .add_option("--prices", arguments.prices,
                  "JSON file of prices by name: {\"NAME\": {\"input\": 0.5, \"output\": 1.5}}")
      ->group(kGroup);
}

}  // namespace

void add_hosted_options(CLI::App& command, HostedArguments& arguments) {
  add_patience(command, arguments);
  add_prices(command, arguments);
}

evaluate::HostedOptions hosted_options(const HostedArguments& arguments) {
  evaluate::HostedOptions out;
  out.api.key_variable = arguments.key_variable;
  out.api.max_requests = arguments.max_requests;
  out.api.max_tokens = std::int64_t{1} << 50;
  out.api.retries = arguments.retries;
  out.api.timeout = arguments.timeout;
  out.api.requests_per_minute = arguments.requests_per_minute;
  out.concurrency = arguments.concurrency;
  out.by_likelihood = !arguments.in_words;
  return out;
}

std::optional<evaluate::Prices> hosted_prices(const HostedArguments& arguments,
                                              const std::string& model) {
  if (arguments.input_price.has_value() != arguments.output_price.has_value()) {
    throw UsageError("--input_price and --output_price go together; give both");
  }
  if (arguments.input_price) {
    return evaluate::Prices{*arguments.input_price, *arguments.output_price};
  }
  if (arguments.prices.empty()) return std::nullopt;
  return evaluate::prices_of(read_json_file(arguments.prices), model, arguments.prices);
}

}  // namespace fettle::app
