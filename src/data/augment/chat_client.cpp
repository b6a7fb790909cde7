#include "data/augment/chat_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"

namespace fettle::data {
namespace {

namespace fs = std::filesystem;

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

Result<std::string> completion_text(const Json& answer) {
  const Json* const choices = find(answer, "choices");
  if (choices == nullptr || !choices->is_array() || choices->empty()) {
    return problem("choices", "is no list of answers");
  }
  const Json* const message = find((*choices)[0], "message");
  const Json* const content = message == nullptr ? nullptr : find(*message, "content");
  if (content == nullptr || !content->is_string()) {
    return problem("choices[0].message.content", "is no text");
  }
  return content->get<std::string>();
}

// Two threads never ask for one cache entry: the second waits and reads what the first was told.
class ChatClient::Claim {
 public:
  Claim(ChatClient& client, fs::path path) : client_(client), path_(std::move(path)) {
    std::unique_lock lock(client_.mutex_);
    client_.done_.wait(lock, [&] { return client_.under_way_.insert(path_).second; });
  }
  ~Claim() {
    const std::lock_guard lock(client_.mutex_);
    client_.under_way_.erase(path_);
    client_.done_.notify_all();
  }
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;

 private:
  ChatClient& client_;
  fs::path path_;
};

ChatClient::ChatClient(ChatClientOptions options)
    : sleep([](double seconds) {
        std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
      }),
      options_(std::move(options)),
      url_(options_.address) {
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
  if (options_.model.empty()) throw UsageError("the model at {} has no name; say which", url_);
  url_ += "/chat/completions";
  const char* const key = std::getenv(options_.key_variable.c_str());
  if (key != nullptr) key_ = key;
  if (!key_.empty() && url_.starts_with("http://") && !is_this_machine(url_)) {
    throw UsageError("the key in {} would go to {} unencrypted; use https", options_.key_variable,
                     options_.address);
  }
  if (key_.find_first_of("\r\n") != std::string::npos) {
    throw UsageError("the key in {} holds a line end", options_.key_variable);
  }
  start_curl();
}

ChatUsage ChatClient::usage() const {
  const std::lock_guard lock(mutex_);
  return usage_;
}

bool ChatClient::spend_request() {
  const std::lock_guard lock(mutex_);
  const bool spent = options_.max_cost > 0 && usage_.cost >= options_.max_cost;
  if (spent || usage_.requests >= options_.max_requests || usage_.tokens >= options_.max_tokens) {
    return false;
  }
  ++usage_.requests;
  return true;
}

fs::path ChatClient::cache_path(const std::string& body) const {
  const std::string hash = xxh3_128(url_ + "\n" + body);
  return options_.cache / hash.substr(0, 2) / (hash.substr(2) + ".json");
}

Result<std::string> ChatClient::ask(const std::string& prompt, std::uint64_t seed) {
  return ask_once(prompt, seed).text;
}

ChatClient::Outcome ChatClient::ask_once(const std::string& prompt, std::uint64_t seed) {
  const Json request = {{"model", options_.model},
                        {"messages", {{{"role", "user"}, {"content", prompt}}}},
                        {"temperature", options_.temperature},
                        {"max_tokens", options_.answer_tokens},
                        {"seed", seed & 0x7fffffff}};
  const std::string body = to_text(request);
  Json answer;
  if (options_.cache.empty()) return ask_server(body, answer);
  const Claim claim(*this, cache_path(body));
  if (auto held = cached_answer(request, cache_path(body))) return {std::move(*held), 200};
  Outcome outcome = ask_server(body, answer);
  if (outcome.text) {
    make_folders(cache_path(body).parent_path());
    write_file_atomically(cache_path(body),
                          to_text(Json{{"request", request}, {"answer", answer}}));
  }
  return outcome;
}

std::optional<std::string> ChatClient::cached_answer(const Json& request, const fs::path& path) {
  if (!fs::exists(path)) return std::nullopt;
  const Result<Json> entry = parse_json(read_file(path, 2 * kMaxAnswer), "cache");
  const Json* const held = entry ? find(*entry, "answer") : nullptr;
  const Json* const of = entry ? find(*entry, "request") : nullptr;
  // A damaged entry, or another request of the same hash, is asked for again.
  if (held == nullptr || of == nullptr || *of != request) return std::nullopt;
  const Result<std::string> words = completion_text(*held);
  if (!words) return std::nullopt;
  const std::lock_guard lock(mutex_);
  ++usage_.cached;
  return *words;
}

ChatClient::Outcome ChatClient::ask_server(const std::string& body, Json& answer) {
  double wait = kFirstWait;
  for (std::int64_t attempt = 0;; ++attempt) {
    if (!spend_request()) {
      const ChatUsage used = usage();
      return {problem(options_.address,
                      text("the budget is used up: {} of {} requests, {} of {} tokens, cost {}; "
                           "raise max_requests, max_tokens or max_cost",
                           used.requests, options_.max_requests, used.tokens, options_.max_tokens,
                           used.cost)),
              0};
    }
    const Reply reply = post(body);
    Result<std::string> read = read_answer(reply, answer);
    // An answer that is no completion (a page, half a body) may be right the next time.
    const bool wrong = !read && reply.status >= 200 && reply.status < 300;
    if (read || attempt >= options_.retries || (!wrong && !can_help_to_wait(reply.status))) {
      return {std::move(read), reply.status};
    }
    sleep(std::min(kLongestWait, std::max(wait, reply.retry_after)));
    wait *= 2;
  }
}

void ChatClient::count_usage(const Json& answer) {
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
}

Result<std::string> ChatClient::read_answer(const Reply& reply, Json& answer) {
  if (reply.status == 0) return problem(options_.address, reply.failure);
  if (reply.status < 200 || reply.status >= 300) {
    return problem(options_.address,
                   text("answered with status {}: \"{}\"", reply.status, shown(reply.body)));
  }
  Result<Json> parsed = parse_json(reply.body, "answer");
  if (!parsed) {
    return problem(options_.address, text("answered with no JSON: \"{}\"", shown(reply.body)));
  }
  count_usage(*parsed);
  Result<std::string> words = completion_text(*parsed);
  if (!words) {
    return problem(options_.address,
                   text("answered with no completion: {}", words.error().message()));
  }
  answer = std::move(*parsed);
  return words;
}

ChatClient::Reply ChatClient::post(const std::string& body) const {
  const std::unique_ptr<CURL, CurlEasy> curl(curl_easy_init());
  if (!curl) throw IoError("libcurl gives no handle: out of memory");
  curl_slist* list = curl_slist_append(nullptr, "Content-Type: application/json");
  if (!key_.empty()) {
    list = curl_slist_append(list, ("Authorization: Bearer " + key_).c_str());
  }
  const std::unique_ptr<curl_slist, CurlList> headers(list);
  Reply reply;
  curl_easy_setopt(curl.get(), CURLOPT_URL, url_.c_str());
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
  return reply;
}

}  // namespace fettle::data
