#include "data/augment/chat_client.h"

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"

namespace fettle::data {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxCached = std::size_t{16} << 20;
constexpr const char* kEndpoint = "/chat/completions";

ApiClientOptions api_options(const ChatClientOptions& options) {
  return {.address = options.address,
          .key_variable = options.key_variable,
          .max_requests = options.max_requests,
          .max_tokens = options.max_tokens,
          .input_price = options.input_price,
          .output_price = options.output_price,
          .max_cost = options.max_cost,
          .retries = options.retries,
          .timeout = options.timeout,
          .requests_per_minute = 0,
          .spent = options.spent};
}

Result<bool> is_completion(const Json& answer) {
  const Result<std::string> words = completion_text(answer);
  if (!words) return tl::unexpected(words.error());
  return true;
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
    : options_(std::move(options)), api_(api_options(options_)) {
  if (options_.model.empty()) {
    throw UsageError("the model at {} has no name; say which", api_.url());
  }
}

ChatUsage ChatClient::usage() const {
  const ApiUsage used = api_.usage();
  const std::lock_guard lock(mutex_);
  ChatUsage out = usage_;
  out.requests = used.requests;
  out.tokens = used.tokens;
  out.cost = used.cost;
  return out;
}

fs::path ChatClient::cache_path(const std::string& body) const {
  const std::string hash = xxh3_128(api_.url() + kEndpoint + "\n" + body);
  return options_.cache / hash.substr(0, 2) / (hash.substr(2) + ".json");
}

Result<std::string> ChatClient::ask(const std::string& prompt, std::uint64_t seed) {
  return ask_once(prompt, seed).text;
}

ChatClient::Outcome ChatClient::failed(const ApiFailure& failure) {
  return {tl::unexpected(failure.problem), failure.status};
}

ChatClient::Outcome ChatClient::ask_once(const std::string& prompt, std::uint64_t seed) {
  const Json request = {{"model", options_.model},
                        {"messages", {{{"role", "user"}, {"content", prompt}}}},
                        {"temperature", options_.temperature},
                        {"max_tokens", options_.answer_tokens},
                        {"seed", seed & 0x7fffffff}};
  const std::string body = to_text(request);
  if (options_.cache.empty()) {
    const auto reply = api_.post(kEndpoint, body, is_completion);
    return reply ? Outcome{completion_text(reply->json), 200} : failed(reply.error());
  }
  const Claim claim(*this, cache_path(body));
  if (auto held = cached_answer(request, cache_path(body))) return {std::move(*held), 200};
  const auto reply = api_.post(kEndpoint, body, is_completion);
  if (!reply) return failed(reply.error());
  make_folders(cache_path(body).parent_path());
  write_file_atomically(cache_path(body),
                        to_text(Json{{"request", request}, {"answer", reply->json}}));
  return {completion_text(reply->json), 200};
}

std::optional<std::string> ChatClient::cached_answer(const Json& request, const fs::path& path) {
  if (!fs::exists(path)) return std::nullopt;
  const Result<Json> entry = parse_json(read_file(path, kMaxCached), "cache");
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

}  // namespace fettle::data
