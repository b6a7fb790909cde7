#include "data/collect/http.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>

#include "base/error.h"
#include "base/file.h"
#include "base/format.h"
#include "base/hash.h"
#include "base/json.h"
#include "data/collect/reader.h"

namespace fettle::data::collect {
namespace {

constexpr long kMaxRedirects = 5;
constexpr long kStallSeconds = 30;
constexpr long kConnectSeconds = 30;
constexpr int kAttempts = 4;

struct FreeCurl {
  void operator()(CURL* curl) const { ::curl_easy_cleanup(curl); }
};
struct FreeList {
  void operator()(curl_slist* list) const { ::curl_slist_free_all(list); }
};

std::string trimmed(std::string_view given) {
  const std::size_t begin = given.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return std::string(given.substr(begin, given.find_last_not_of(" \t\r\n") + 1 - begin));
}

// One transfer into the open file.
struct Transfer {
  int fd = -1;
  std::uint64_t at = 0;  // bytes in the file
  std::uint64_t max_bytes = 0;
  bool asked_rest = false;
  long status = 0;
  std::string validator;  // ETag (strong), or Last-Modified
  std::string type;
  std::string failure;  // why writing stopped
  CURL* curl = nullptr;
  std::function<void(const Transfer&)> begun;  // called before the first byte is written
};

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::string_view line(data, size * count);
  if (line.starts_with("HTTP/")) {
    // A redirect's headers are not the file's.
    transfer.validator.clear();
    transfer.type.clear();
    return size * count;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return size * count;
  const std::string name = lower_ascii(line.substr(0, colon));
  const std::string value = trimmed(line.substr(colon + 1));
  if (name == "etag" && !value.starts_with("W/")) transfer.validator = value;
  if (name == "last-modified" && transfer.validator.empty()) transfer.validator = value;
  if (name == "content-type") transfer.type = lower_ascii(value);
  return size * count;
}

// The server may answer the whole file where the rest was asked for: the file begins anew then.
bool begin_body(Transfer& transfer) {
  ::curl_easy_getinfo(transfer.curl, CURLINFO_RESPONSE_CODE, &transfer.status);
  if (transfer.status == 200 && transfer.asked_rest) {
    transfer.at = 0;
    if (::ftruncate(transfer.fd, 0) != 0 || ::lseek(transfer.fd, 0, SEEK_SET) < 0) {
      transfer.failure = std::strerror(errno);
      return false;
    }
  }
  if (transfer.status != 200 && transfer.status != 206) return false;
  try {
    transfer.begun(transfer);
  } catch (const std::exception& error) {
    transfer.failure = error.what();
    return false;
  }
  return true;
}

std::size_t on_data(char* data, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::size_t bytes = size * count;
  if (transfer.status == 0 && !begin_body(transfer)) return 0;
  if (transfer.at + bytes > transfer.max_bytes) {
    transfer.failure =
        text("is larger than {} (max_download_bytes)", byte_size(transfer.max_bytes));
    return 0;
  }
  for (std::size_t done = 0; done < bytes;) {
    const ssize_t wrote = ::write(transfer.fd, data + done, bytes - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) {
      transfer.failure = text("cannot be written to disk: {}", std::strerror(errno));
      return 0;
    }
    done += static_cast<std::size_t>(wrote);
  }
  transfer.at += bytes;
  return bytes;
}

fs::path cache_folder(const SourceConfig& config) {
  if (!config.cache_folder.empty()) return config.cache_folder;
  const char* const cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache == '/') return fs::path(cache) / "fettle";
  const char* const home = std::getenv("HOME");
  if (home != nullptr && *home == '/') return fs::path(home) / ".cache" / "fettle";
  throw UsageError("{}: there is no folder for downloads; state cache_folder", config.path);
}

// The last part of the address' path, of harmless characters.
std::string base_name(std::string_view address) {
  address = address.substr(0, address.find_first_of("?#"));
  const std::size_t scheme = address.find("://");
  const std::size_t slash = address.rfind('/');
  std::string name(slash > scheme + 2 ? address.substr(slash + 1) : std::string_view());
  for (char& c : name) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '-' || c == '_';
    if (!good) c = '_';
  }
  if (name.size() > 100) name = name.substr(name.size() - 100);
  return name.empty() ? "file" : name;
}

class Fetcher {
 public:
  explicit Fetcher(const SourceConfig& config)
      : config_(config), folder_(cache_folder(config) / xxh3_128(config.path)) {
    make_folders(folder_);
    file_ = folder_ / base_name(config.path);
    part_ = folder_ / "part";
    record_ = folder_ / "record.json";
  }

  Download fetch() {
    const FolderLock lock(folder_);
    const Json record = recorded();
    std::error_code error;
    const auto size = fs::file_size(file_, error);
    if (!error && record.is_object() && record.value("bytes", std::uint64_t{0}) == size) {
      const std::string digest = record.value("sha256", "");
      if (config_.sha256.empty() || lower_ascii(config_.sha256) == digest)
        return {file_, digest, true};
    }
    std::string last;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      if (try_once(last)) return finish();
    }
    throw DataError("{}: {}; what came is kept, and the next run goes on there", config_.path,
                    last);
  }

 private:
  // What was written about this address; null when there is nothing.
  Json recorded() const {
    if (!fs::exists(record_)) return nullptr;
    Result<Json> record = parse_json(read_file(record_, 1 << 20), record_.native());
    return record && record->value("url", "") == config_.path ? std::move(*record) : Json();
  }

  void set_options(CURL* curl, Transfer& transfer) const {
    const auto set = [&](CURLoption option, auto value) {
      ::curl_easy_setopt(curl, option, value);
    };
    set(CURLOPT_URL, config_.path.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_REDIR_PROTOCOLS_STR, config_.path.starts_with("https") ? "https" : "http,https");
    set(CURLOPT_FOLLOWLOCATION, 1L);
    set(CURLOPT_MAXREDIRS, kMaxRedirects);
    set(CURLOPT_TIMEOUT, static_cast<long>(config_.timeout_seconds));
    set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
    set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(CURLOPT_LOW_SPEED_TIME,
        std::min(kStallSeconds, static_cast<long>(config_.timeout_seconds)));
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    set(CURLOPT_USERAGENT, "fettle");
    set(CURLOPT_HEADERFUNCTION, on_header);
    set(CURLOPT_HEADERDATA, &transfer);
    set(CURLOPT_WRITEFUNCTION, on_data);
    set(CURLOPT_WRITEDATA, &transfer);
  }

  // True when the whole file came. What may get better by trying again is put into `why`.
  bool try_once(std::string& why) {
    const std::unique_ptr<CURL, FreeCurl> curl(::curl_easy_init());
    if (!curl) throw IoError("libcurl cannot start a transfer");
    Transfer transfer;
    transfer.curl = curl.get();
    transfer.begun = [this](const Transfer& one) { note_validator(one); };
    transfer.max_bytes = static_cast<std::uint64_t>(config_.max_download_bytes);
    std::unique_ptr<curl_slist, FreeList> headers;
    open_part(transfer, headers);
    set_options(curl.get(), transfer);
    if (headers) ::curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
    const CURLcode code = ::curl_easy_perform(curl.get());
    ::curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &transfer.status);
    const bool synced = ::fsync(transfer.fd) == 0;
    ::close(transfer.fd);
    if (!synced) throw IoError("{}: cannot be written: {}", part_, std::strerror(errno));
    return judge(transfer, code, why);
  }

  void open_part(Transfer& transfer, std::unique_ptr<curl_slist, FreeList>& headers) {
    const Json record = recorded();
    const std::string validator = record.is_object() ? record.value("validator", "") : "";
    const int anew = validator.empty() ? O_TRUNC : 0;
    transfer.fd = ::open(part_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | anew, 0666);
    if (transfer.fd < 0) throw IoError("{}: cannot be written: {}", part_, std::strerror(errno));
    transfer.at = static_cast<std::uint64_t>(::lseek(transfer.fd, 0, SEEK_END));
    if (transfer.at == 0) return;
    transfer.asked_rest = true;
    for (const std::string& line :
         {text("Range: bytes={}-", transfer.at), "If-Range: " + validator}) {
      curl_slist* const longer = ::curl_slist_append(headers.get(), line.c_str());
      static_cast<void>(headers.release());
      headers.reset(longer);
    }
  }

  // Written before the bytes, so that what a killed run leaves can be gone on with.
  void note_validator(const Transfer& transfer) const {
    write_file_atomically(record_,
                          to_text(Json{{"url", config_.path}, {"validator", transfer.validator}}));
  }

  [[noreturn]] void refuse(const std::string& why) const {
    std::error_code error;
    fs::remove(part_, error);
    throw DataError("{}: {}", config_.path, why);
  }

  bool judge(const Transfer& transfer, CURLcode code, std::string& why) const {
    if (!transfer.failure.empty()) refuse(transfer.failure);
    if (transfer.status == 416) {
      // The rest lies behind the end: the file there is another one now.
      fs::remove(part_);
      why = "the server's file became shorter";
      return false;
    }
    if (transfer.status >= 400 || (transfer.status >= 300 && code == CURLE_OK)) {
      refuse(text("the server answered with status {}", transfer.status));
    }
    if (code == CURLE_TOO_MANY_REDIRECTS)
      refuse(text("redirects more than {} times", kMaxRedirects));
    if (code == CURLE_UNSUPPORTED_PROTOCOL) refuse("leads to an address that is not http or https");
    if (code != CURLE_OK) {
      why = text("the transfer broke off after {}: {}", byte_size(transfer.at),
                 std::string_view(::curl_easy_strerror(code)));
      // Only a break in the middle is worth another attempt at once.
      if (transfer.status == 0 || code == CURLE_OPERATION_TIMEDOUT) {
        throw DataError("{}: {}", config_.path, why);
      }
      return false;
    }
    refuse_page(transfer);
    return true;
  }

  // A login or error page under a status of 200 is no data set.
  void refuse_page(const Transfer& transfer) const {
    const int format = format_of_name(file_.native());
    const bool wants_page =
        format >= 0 && formats()[static_cast<std::size_t>(format)].name == "html";
    if (wants_page || config_.format == "html") return;
    const auto bytes = open_file(part_, part_.native());
    std::string start(256, '\0');
    start.resize(bytes->read(start.data(), start.size()));
    start = lower_ascii(trimmed(start));
    if (transfer.type.starts_with("text/html") || start.starts_with("<!doctype html") ||
        start.starts_with("<html")) {
      refuse(
          "the server answered with a web page, as for a login or an error; look at the address "
          "in a browser, or state format: html");
    }
  }

  Download finish() const {
    const std::string digest = sha256_of_file(part_);
    if (!config_.sha256.empty() && lower_ascii(config_.sha256) != digest) {
      refuse(text("has the SHA-256 {} and {} was stated; the file is another one or damaged",
                  digest, config_.sha256.substr(0, 80)));
    }
    const auto bytes = fs::file_size(part_);
    fs::rename(part_, file_);
    sync_folder(folder_);
    write_file_atomically(
        record_, to_text(Json{{"url", config_.path}, {"bytes", bytes}, {"sha256", digest}}));
    return {file_, digest, false};
  }

  const SourceConfig& config_;
  fs::path folder_;
  fs::path file_;
  fs::path part_;
  fs::path record_;
};

}  // namespace

bool is_address(std::string_view path) {
  return path.starts_with("http://") || path.starts_with("https://");
}

Download fetch(const SourceConfig& config) {
  const std::size_t begin = config.path.find("://") + 3;
  const std::string_view host =
      std::string_view(config.path).substr(begin, config.path.find_first_of("/?#", begin) - begin);
  if (host.find('@') != std::string_view::npos) {
    throw UsageError(
        "an address holds a user name or a password, which would end up in logs and "
        "reports; fetch that file by other means and state its path");
  }
  static std::once_flag once;
  std::call_once(once, [] { ::curl_global_init(CURL_GLOBAL_DEFAULT); });
  return Fetcher(config).fetch();
}

}  // namespace fettle::data::collect
