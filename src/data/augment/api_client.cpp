#include "data/augment/api_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <thread>
#include <utility>

#include "base/error.h"

namespace fettle::data {
namespace {

constexpr std::size_t kMaxAnswer = std::size_t{8} << 20;
constexpr double kFirstWait = 0.5;
constexpr double kLongestWait = 60;

bool is_this_machine(std::string_view url) {
  for (const std::string_view host : {"127.0.0.1", "localhost", "[::1]"}) {
    const std::string_view rest = url.substr(std::min(url.size(), std::size_t{7}));
    if (!rest.starts_with(host)) continue;
    const char next = rest.size() > host.size() ? rest[host.size()] : '/';
    if (next == ':' || next == '/') return true;
  }
  return false;
}

std::size_t take_body(char* bytes, std::size_t, std::size_t count, void* into) {
  auto& body = *static_cast<std::string*>(into);
  if (body.size() + count > kMaxAnswer) return 0;
  body.append(bytes, count);
  return count;
}

// What of a body can be shown: its beginning in one line.
std::string shown(std::string_view body) {
  std::string out(body.substr(0, 80));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return out;
}

struct CurlEasy {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};
struct CurlList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

void start_curl() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK) throw IoError("libcurl does not start: {}", curl_easy_strerror(started));
}

bool can_help_to_wait(long status) {
  return status == 0 || status == 408 || status == 409 || status == 429 || status >= 500;
}

}  // namespace

ApiClient::ApiClient(ApiClientOptions options)
    : sleep([](double seconds) {
        std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
      }),
      options_(std::move(options)),
      url_(options_.address),
      next_(std::chrono::steady_clock::now()) {
  while (url_.ends_with('/')) url_.pop_back();
  if (!url_.starts_with("http://") && !url_.starts_with("https://")) {
    throw UsageError("the address of the model is \"{}\"; give one like https://example.com/v1",
                     options_.address);
  }
  if (url_.find('@') != std::string::npos) {
    throw UsageError(
        "the address of the model holds a user or a password; put the key into the "
        "environment variable {} instead",
        options_.key_variable);
  }
  const char* const key = std::getenv(options_.key_variable.c_str());
  if (key != nullptr) key_ = key;
  if (!key_.empty() && url_.starts_with("http://") && !is_this_machine(url_)) {
    throw UsageError("the key in {} would go to {} unencrypted; use https", options_.key_variable,
                     options_.address);
  }
  if (key_.find_first_of("\r\n") != std::string::npos) {
    throw UsageError("the key in {} holds a line end", options_.key_variable);
  }
  if (!options_.spent.empty()) usage_ = read_spent(options_.spent);
  start_curl();
}

ApiUsage ApiClient::usage() const {
  const std::lock_guard lock(mutex_);
  return usage_;
}

bool ApiClient::spend_request() {
  const std::lock_guard lock(mutex_);
  const bool spent = options_.max_cost > 0 && usage_.cost >= options_.max_cost;
  if (spent || usage_.requests >= options_.max_requests || usage_.tokens >= options_.max_tokens) {
    return false;
  }
  ++usage_.requests;
  keep_usage();
  return true;
}

// With the mutex held, so that no earlier count replaces a later one.
void ApiClient::keep_usage() const {
  if (!options_.spent.empty()) write_spent(options_.spent, usage_);
}

Problem ApiClient::used_up() const {
  const ApiUsage used = usage();
  return {options_.address,
          text("the budget is used up: {} of {} requests, {} of {} tokens, cost {}; raise "
               "max_requests, max_tokens or max_cost",
               used.requests, options_.max_requests, used.tokens, options_.max_tokens, used.cost)};
}

void ApiClient::keep_rate() {
  if (options_.requests_per_minute <= 0) return;
  const auto now = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point mine;
  {
    const std::lock_guard lock(mutex_);
    mine = std::max(now, next_);
    next_ = mine + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                       std::chrono::duration<double>(60 / options_.requests_per_minute));
  }
  if (mine > now) sleep(std::chrono::duration<double>(mine - now).count());
}

tl::expected<ApiReply, ApiFailure> ApiClient::post(const std::string& endpoint,
                                                   const std::string& body, const Check& check) {
  double wait = kFirstWait;
  for (std::int64_t attempt = 0;; ++attempt) {
    keep_rate();
    if (!spend_request()) return tl::unexpected(ApiFailure{used_up(), 0});
    const Answer answer = send(url_ + endpoint, body);
    Result<Json> json = read(answer, check);
    if (json) return ApiReply{std::move(*json), answer.seconds};
    // An answer that is not what was asked for (a page, half a body) may be right the next time.
    const bool wrong = answer.status >= 200 && answer.status < 300;
    if (attempt >= options_.retries || (!wrong && !can_help_to_wait(answer.status))) {
      return tl::unexpected(ApiFailure{std::move(json.error()), answer.status});
    }
    sleep(std::min(kLongestWait, std::max(wait, answer.retry_after)));
    wait *= 2;
  }
}

void ApiClient::count_usage(const Json& answer) {
  const Json* const usage = find(answer, "usage");
  if (usage == nullptr) return;
  const auto count = [&](const char* key) -> std::int64_t {
    const Json* const tokens = find(*usage, key);
    if (tokens == nullptr || !tokens->is_number_unsigned()) return 0;
    return static_cast<std::int64_t>(
        std::min<std::uint64_t>(tokens->get<std::uint64_t>(), 1'000'000'000));
  };
  const std::lock_guard lock(mutex_);
  usage_.tokens += count("total_tokens");
  usage_.cost += (static_cast<double>(count("prompt_tokens")) * options_.input_price +
                  static_cast<double>(count("completion_tokens")) * options_.output_price) /
                 1e6;
  keep_usage();
}

Result<Json> ApiClient::read(const Answer& answer, const Check& check) {
  if (answer.status == 0) return problem(options_.address, answer.failure);
  if (answer.status < 200 || answer.status >= 300) {
    return problem(options_.address,
                   text("answered with status {}: \"{}\"", answer.status, shown(answer.body)));
  }
  Result<Json> parsed = parse_json(answer.body, "answer");
  if (!parsed) {
    return problem(options_.address, text("answered with no JSON: \"{}\"", shown(answer.body)));
  }
  count_usage(*parsed);
  const Result<bool> right = check(*parsed);
  if (!right) {
    return problem(options_.address,
                   text("answered with no completion: {}", right.error().message()));
  }
  return parsed;
}

ApiClient::Answer ApiClient::send(const std::string& url, const std::string& body) const {
  const std::unique_ptr<CURL, CurlEasy> curl(curl_easy_init());
  if (!curl) throw IoError("libcurl gives no handle: out of memory");
  curl_slist* list = curl_slist_append(nullptr, "Content-Type: application/json");
  if (!key_.empty()) {
    list = curl_slist_append(list, ("Authorization: Bearer " + key_).c_str());
  }
  const std::unique_ptr<curl_slist, CurlList> headers(list);
  Answer reply;
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(options_.timeout * 1000));
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 0L);
  if (is_this_machine(url_)) curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &reply.body);
  const CURLcode done = curl_easy_perform(curl.get());
  if (done != CURLE_OK) {
    reply.failure = done == CURLE_WRITE_ERROR
                        ? text("answered with more than {}", byte_size(kMaxAnswer))
                        : text("did not answer: {}", curl_easy_strerror(done));
    return reply;
  }
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &reply.status);
  curl_off_t seconds = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RETRY_AFTER, &seconds);
  reply.retry_after = static_cast<double>(seconds);
  curl_easy_getinfo(curl.get(), CURLINFO_TOTAL_TIME, &reply.seconds);
  return reply;
}

}  // namespace fettle::data
