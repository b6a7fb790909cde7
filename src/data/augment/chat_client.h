// Answers from a model behind an OpenAI-compatible address (POST <address>/chat/completions), with
// a budget, a cache on disk, and patience. The key is read from the environment, sent in one header
// only, and never stands in a message, the cache or a log; redirects are not followed.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "data/augment/api_client.h"
#include "data/stage.h"

namespace fettle::data {

struct ChatClientOptions {
  std::string address;  // https://example.com/v1; http only for this machine when there is a key
  std::string model;
  std::string key_variable = "OPENAI_API_KEY";  // unset or empty: no key is sent
  double temperature = 0.7;
  std::int64_t answer_tokens = 512;
  std::int64_t max_requests = 1000;     // sent, retries included; cached answers are free
  std::int64_t max_tokens = 1'000'000;  // as the server counts them
  double input_price = 0;               // of a million tokens, in any currency
  double output_price = 0;
  double max_cost = 0;                // in that currency; 0: no limit
  std::int64_t requests_at_once = 4;  // of answer_all()
  std::int64_t retries = 5;           // after a timeout, a broken connection, 408, 409, 429, 5xx
  double timeout = 60;                // seconds a request
  std::filesystem::path cache;        // folder; empty: none
  std::filesystem::path spent;        // ApiClientOptions::spent
};

struct ChatUsage {
  std::int64_t requests = 0;
  std::int64_t tokens = 0;
  std::int64_t cached = 0;
  std::int64_t answered = 0;  // of answer_all()
  std::int64_t refused = 0;
  double cost = 0;
};

// Thread-safe.
class ChatClient {
 public:
  // Throws UsageError for an address or a model that cannot be, or a key on its way unencrypted to
  // another machine.
  explicit ChatClient(ChatClientOptions options);

  // The text of the first choice. `seed` goes with the request, so that asking twice can give two
  // answers. A Problem says what the address answered, in one sentence without the key; when the
  // budget is used up it says so. IoError when the cache cannot be written.
  [[nodiscard]] Result<std::string> ask(const std::string& prompt, std::uint64_t seed);

  // Answers to all, several requests at a time. A Problem for a question that the server refuses
  // for its own sake (400, 413, 422); IoError when it fails, refuses everything or the budget is
  // used up, so that rows never depend on how long the money lasted: what was answered is in the
  // cache. `stop` is asked between requests; Interrupted when it says so.
  [[nodiscard]] std::vector<Result<std::string>> answer_all(std::span<const Question> questions,
                                                            const std::function<bool()>& stop);

  [[nodiscard]] ChatUsage usage() const;

  // How to wait between two attempts; the tests do not.
  void wait_with(std::function<void(double seconds)> sleep) { api_.sleep = std::move(sleep); }

 private:
  struct Outcome {
    Result<std::string> text;
    long status = 0;  // of the last reply
  };

  [[nodiscard]] static Outcome failed(const ApiFailure& failure);
  [[nodiscard]] std::optional<std::string> cached_answer(const Json& request,
                                                         const std::filesystem::path& path);
  [[nodiscard]] Outcome ask_once(const std::string& prompt, std::uint64_t seed);
  [[nodiscard]] Result<std::string> ask_or_throw(const Question& question);
  [[nodiscard]] std::filesystem::path cache_path(const std::string& body) const;

  ChatClientOptions options_;
  ApiClient api_;
  class Claim;

  mutable std::mutex mutex_;
  ChatUsage usage_;  // what api_ does not count
  // Cache entries that a thread is asking for; others that want one wait for it.
  std::set<std::filesystem::path> under_way_;
  std::condition_variable done_;
};

// The text of the first choice of a chat completion, or what is wrong with it. Pure: the part that
// reads what strangers send.
[[nodiscard]] Result<std::string> completion_text(const Json& answer);

}  // namespace fettle::data
