// What a request and a response are. HTTP/1.1: RFC 9110 and RFC 9112.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"

namespace fettle::serve {

struct Request {
  std::string method;                        // "GET"
  std::string path;                          // as it was sent, without the query: "/api/row"
  std::map<std::string, std::string> query;  // decoded
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  bool keep_alive = true;

  // The header's value; empty when it is missing. A header that stands twice was refused.
  [[nodiscard]] std::string_view header(std::string_view lower_name) const;
  // The cookie's value; empty when it is missing.
  [[nodiscard]] std::string_view cookie(std::string_view name) const;
};

// Sends a piece of a streamed body; false when the client has gone.
using SendPiece = std::function<bool(std::string_view)>;

struct Response {
  int status = 200;
  std::string type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  // Called in place of `body`, pieces are sent as they come (chunked; server-sent events).
  std::function<void(const SendPiece&)> stream;
};

[[nodiscard]] Response json_response(const Json& json, int status = 200);
// {"error": {"message": ...}}, the shape that OpenAI's clients read.
[[nodiscard]] Response error_response(int status, const std::string& message);
// "Not Found"
[[nodiscard]] std::string_view reason(int status);

struct Limits {
  std::size_t head_bytes = std::size_t{16} << 10;
  std::size_t headers = 64;
  std::size_t target_bytes = 2048;
  std::size_t body_bytes = std::size_t{8} << 20;
  std::size_t connections = 64;
  double head_seconds = 10;   // from a request's first byte to the end of its head
  double body_seconds = 60;   // from there to the end of its body
  double idle_seconds = 60;   // between requests of a connection
  double write_seconds = 60;  // that a client may take nothing of a response
};

}  // namespace fettle::serve
