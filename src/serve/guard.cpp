#include "serve/guard.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/error.h"

namespace fettle::serve {

std::string random_secret() {
  std::array<unsigned char, 32> bytes{};
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t got = ::getrandom(bytes.data() + done, bytes.size() - done, 0);
    if (got > 0) done += static_cast<std::size_t>(got);
    if (got < 0 && errno != EINTR) throw IoError("the system gives no random numbers");
  }
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const unsigned char byte : bytes) {
    out += kDigits[byte / 16];
    out += kDigits[byte % 16];
  }
  return out;
}

bool same_secret(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<unsigned>(static_cast<unsigned char>(a[i])) ^
                  static_cast<unsigned>(static_cast<unsigned char>(b[i]));
  }
  return difference == 0;
}

std::vector<std::string> hosts_of(const std::string& host, int port) {
  std::vector<std::string> names = {host.find(':') == std::string::npos ? host : "[" + host + "]"};
  if (host == "127.0.0.1" || host == "::1" || host == "localhost") {
    names = {"127.0.0.1", "localhost", "[::1]"};
  }
  for (std::string& name : names) name += ":" + std::to_string(port);
  return names;
}

Filter host_filter(std::vector<std::string> hosts) {
  return [hosts = std::move(hosts)](const Request& request) -> std::optional<Response> {
    const std::string_view host = request.header("host");
    if (std::find(hosts.begin(), hosts.end(), host) == hosts.end()) {
      return error_response(403, "this server does not answer to that Host");
    }
    const std::string_view origin = request.header("origin");
    if (!origin.empty() && origin != "http://" + std::string(host)) {
      return error_response(403, "requests of other sites are refused");
    }
    return std::nullopt;
  };
}

std::optional<Response> need_json(const Request& request) {
  const std::string_view type = request.header("content-type");
  if (type == "application/json" || type.starts_with("application/json;")) return std::nullopt;
  return error_response(415, "the body must be application/json");
}

void add_security_headers(Response& response) {
  response.headers.emplace_back(
      "Content-Security-Policy",
      "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  response.headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
  response.headers.emplace_back("Cache-Control", "no-store");
}

}  // namespace fettle::serve
