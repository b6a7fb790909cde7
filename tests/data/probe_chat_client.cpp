// Asks an address what the arguments say, for tests/oracle/test_chat_client.py:
// probe_chat_client OPTIONS_JSON PROMPT... prints one JSON line a prompt and the usage at the end.
#include <iostream>

#include "base/error.h"
#include "data/augment/chat_client.h"

int main(int count, char** arguments) {
  using fettle::Json;
  try {
    const Json given = Json::parse(arguments[1]);
    fettle::data::ChatClientOptions options;
    options.address = given.at("address");
    options.model = given.value("model", "tiny");
    options.key_variable = given.value("key_variable", "FETTLE_TEST_KEY");
    options.max_requests = given.value("max_requests", 100);
    options.max_tokens = given.value("max_tokens", 100000);
    options.retries = given.value("retries", 2);
    options.timeout = given.value("timeout", 5.0);
    options.cache = given.value("cache", "");
    fettle::data::ChatClient client(options);
    Json waits = Json::array();
    client.wait_with([&](double seconds) { waits.push_back(seconds); });
    for (int i = 2; i < count; ++i) {
      const auto answer = client.ask(arguments[i], 1);
      std::cout << fettle::to_text(answer ? Json{{"text", *answer}}
                                          : Json{{"problem", answer.error().message()}})
                << "\n";
    }
    const auto usage = client.usage();
    std::cout << fettle::to_text(Json{{"requests", usage.requests},
                                      {"tokens", usage.tokens},
                                      {"cached", usage.cached},
                                      {"waits", waits}})
              << "\n";
  } catch (const std::exception& error) {
    std::cout << fettle::to_text(Json{{"error", error.what()}}) << "\n";
    return 1;
  }
}
