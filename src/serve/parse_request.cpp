#include "serve/parse_request.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/format.h"

namespace fettle::serve {
namespace {

tl::unexpected<Refusal> refuse(int status, std::string message) {
  return tl::unexpected<Refusal>(Refusal{status, std::move(message)});
}

// RFC 9110, 5.6.2.
bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    const bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return alnum || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_target(std::string_view text) {
  return text.starts_with('/') && std::all_of(text.begin(), text.end(), [](char c) {
           return c > 32 && c < 127 && c != '#' && c != '\\';
         });
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

std::string_view take_line(std::string_view& rest) {
  std::string_view line = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

void read_query(std::string_view query, Request& request) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    request.query.insert_or_assign(
        percent_decoded(pair.substr(0, equals)),
        equals == pair.size() ? "" : percent_decoded(pair.substr(equals + 1)));
  }
}

std::optional<Refusal> read_request_line(std::string_view line, const Limits& limits,
                                         Request& request) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return Refusal{400, "the request line is not METHOD TARGET VERSION"};
  }
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (target.size() > limits.target_bytes) {
    return Refusal{414,
                   text("the target has {} bytes; at most {}", target.size(), limits.target_bytes)};
  }
  if (!is_token(line.substr(0, first)) || !is_target(target)) {
    return Refusal{400, "the request line holds characters that it may not"};
  }
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return Refusal{400, "the version is not HTTP/1.1"};
  }
  request.method = line.substr(0, first);
  request.path = target.substr(0, target.find('?'));
  if (request.path.size() < target.size()) {
    read_query(target.substr(request.path.size() + 1), request);
  }
  request.keep_alive = version == "HTTP/1.1";
  return std::nullopt;
}

std::optional<Refusal> read_header(std::string_view line, const Limits& limits, Request& request) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    return Refusal{400, "a header line is not NAME: VALUE"};
  }
  const std::string_view value = trimmed(line.substr(colon + 1));
  for (const char c : value) {
    if (static_cast<unsigned char>(c) < 32 && c != '\t') {
      return Refusal{400, "a header holds a control character"};
    }
  }
  std::string name = lower_ascii(line.substr(0, colon));
  for (const auto& [other, words] : request.headers) {
    if (other == name) return Refusal{400, text("the header {} stands twice", name)};
  }
  if (request.headers.size() >= limits.headers) {
    return Refusal{431, text("more than {} headers", limits.headers)};
  }
  request.headers.emplace_back(std::move(name), std::string(value));
  return std::nullopt;
}

std::optional<Refusal> read_length(const Limits& limits, Head& head) {
  if (!head.request.header("transfer-encoding").empty()) {
    return Refusal{411, "Transfer-Encoding is not read; send Content-Length"};
  }
  const std::string_view length = head.request.header("content-length");
  if (length.empty()) return std::nullopt;
  const auto parsed =
      std::from_chars(length.data(), length.data() + length.size(), head.body_bytes);
  if (parsed.ec != std::errc() || parsed.ptr != length.data() + length.size()) {
    return Refusal{400, "Content-Length is no number"};
  }
  if (head.body_bytes > limits.body_bytes) {
    return Refusal{413, text("the body has {}; at most {}", byte_size(head.body_bytes),
                             byte_size(limits.body_bytes))};
  }
  return std::nullopt;
}

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0;
    if (escape) {
      out += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

tl::expected<Head, Refusal> parse_head(std::string_view head, const Limits& limits) {
  if (head.size() > limits.head_bytes) {
    return refuse(431, text("the head is longer than {} bytes", limits.head_bytes));
  }
  Head out;
  if (const auto bad = read_request_line(take_line(head), limits, out.request)) {
    return tl::unexpected(*bad);
  }
  while (!head.empty()) {
    if (const auto bad = read_header(take_line(head), limits, out.request)) {
      return tl::unexpected(*bad);
    }
  }
  if (const auto bad = read_length(limits, out)) return tl::unexpected(*bad);
  if (out.request.header("host").empty()) return refuse(400, "the header Host is missing");
  const std::string connection = lower_ascii(out.request.header("connection"));
  if (connection.find("close") != std::string::npos) out.request.keep_alive = false;
  if (connection.find("keep-alive") != std::string::npos) out.request.keep_alive = true;
  out.expects_continue = lower_ascii(out.request.header("expect")) == "100-continue";
  return out;
}

}  // namespace fettle::serve
