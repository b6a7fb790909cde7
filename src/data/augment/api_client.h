// Requests to an OpenAI-compatible address (POST <address>/<endpoint>), with a budget and patience.
// The key is read from the environment, sent in one header only, and never stands in a message or
// a log; redirects are not followed.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "data/augment/spent.h"

namespace fettle::data {

struct ApiClientOptions {
  std::string address;  // https://example.com/v1; http only for this machine when there is a key
  std::string key_variable = "OPENAI_API_KEY";  // unset or empty: no key is sent
  std::int64_t max_requests = 1000;             // sent, retries included
  std::int64_t max_tokens = 1'000'000;          // as the server counts them
  double input_price = 0;                       // of a million tokens, in any currency
  double output_price = 0;
  double max_cost = 0;             // in that currency; 0: no limit
  std::int64_t retries = 5;        // after a timeout, a broken connection, 408, 409, 429, 5xx
  double timeout = 60;             // seconds a request
  double requests_per_minute = 0;  // spread evenly; 0: as they come
  // Where what was spent is kept; what stands there is of the budget. A request is counted before
  // it is sent, its tokens and cost when the answer is there. Empty: the budget is of one object.
  std::filesystem::path spent;
};

struct ApiReply {
  Json json;
  double seconds = 0;  // of the attempt that succeeded
};

// status: HTTP's; 0: no answer came, or none was asked for. A status of 2xx: the answer was no JSON
// or not what was asked for.
struct ApiFailure {
  Problem problem;
  long status = 0;
};

// Thread-safe.
class ApiClient {
 public:
  // Throws UsageError for an address that cannot be, or a key on its way unencrypted to another
  // machine; DataError for a file of what was spent that holds something else.
  explicit ApiClient(ApiClientOptions options);

  // What is wrong with an answer; nothing: it is right.
  using Check = std::function<Result<bool>(const Json&)>;
  // endpoint: "/chat/completions". IoError when what was spent cannot be kept. The failure's
  // problem is one sentence without the key; when the budget is used up it says so.
  [[nodiscard]] tl::expected<ApiReply, ApiFailure> post(const std::string& endpoint,
                                                        const std::string& body,
                                                        const Check& check);

  [[nodiscard]] ApiUsage usage() const;
  // Without the slashes at its end.
  [[nodiscard]] const std::string& url() const { return url_; }

  // Between two attempts, and for the rate; the tests do not wait.
  std::function<void(double seconds)> sleep;

 private:
  struct Answer {
    long status = 0;
    std::string body;
    std::string failure;
    double retry_after = 0;
    double seconds = 0;
  };

  [[nodiscard]] Answer send(const std::string& url, const std::string& body) const;
  [[nodiscard]] bool spend_request();
  void keep_usage() const;
  void keep_rate();
  void count_usage(const Json& answer);
  [[nodiscard]] Result<Json> read(const Answer& answer, const Check& check);
  [[nodiscard]] Problem used_up() const;

  ApiClientOptions options_;
  std::string url_;
  std::string key_;
  mutable std::mutex mutex_;
  ApiUsage usage_;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace fettle::data
