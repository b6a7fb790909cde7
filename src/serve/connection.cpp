#include "serve/connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/format.h"

namespace fettle::serve {
namespace {

using Steady = std::chrono::steady_clock;

constexpr double kLingerSeconds = 2;
constexpr std::size_t kLingerBytes = std::size_t{16} << 20;

Steady::time_point after(double seconds) {
  return Steady::now() +
         std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(seconds));
}

// Whether the socket is ready before the deadline.
bool wait_for(int fd, short event, Steady::time_point deadline) {
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Steady::now()).count();
    if (left <= 0) return false;
    pollfd poll{fd, event, 0};
    const int ready = ::poll(&poll, 1, static_cast<int>(std::min<std::int64_t>(left, 60000)));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

std::string head_of(const Response& response, bool keep_alive) {
  std::string out = text("HTTP/1.1 {} {}\r\n", response.status, reason(response.status));
  if (response.status != 204) out += text("Content-Type: {}\r\n", response.type);
  if (response.stream) {
    out += "Transfer-Encoding: chunked\r\n";
  } else if (response.status != 204) {
    out += text("Content-Length: {}\r\n", response.body.size());
  }
  for (const auto& [name, value] : response.headers) out += text("{}: {}\r\n", name, value);
  out += keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  return out;
}

}  // namespace

bool Connection::fill(Moment deadline) {
  std::array<char, 16384> buffer{};
  while (wait_for(fd_, POLLIN, deadline)) {
    const ssize_t got = ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got > 0) {
      pending_.append(buffer.data(), static_cast<std::size_t>(got));
      return true;
    }
    if (got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) return false;
  }
  return false;
}

void Connection::linger() {
  ::shutdown(fd_, SHUT_WR);
  const Moment deadline = after(kLingerSeconds);
  for (std::size_t read = 0; read < kLingerBytes; read += pending_.size()) {
    pending_.clear();
    if (!fill(deadline)) return;
  }
}

std::optional<std::size_t> Connection::head_end() const {
  for (std::size_t at = pending_.find('\n', searched_); at != std::string::npos;
       at = pending_.find('\n', at + 1)) {
    const std::string_view rest = std::string_view(pending_).substr(at + 1);
    if (rest.starts_with('\n')) return at + 2;
    if (rest.starts_with("\r\n")) return at + 3;
  }
  return std::nullopt;
}

std::optional<tl::expected<Request, Refusal>> Connection::read() {
  searched_ = 0;
  if (pending_.empty() && !fill(after(limits_.idle_seconds))) return std::nullopt;
  const Moment deadline = after(limits_.head_seconds);
  std::optional<std::size_t> end = head_end();
  while (!end) {
    if (pending_.size() > limits_.head_bytes) {
      return tl::unexpected<Refusal>(
          Refusal{431, text("the head is longer than {} bytes", limits_.head_bytes)});
    }
    searched_ = pending_.size() > 3 ? pending_.size() - 3 : 0;
    if (!fill(deadline)) return std::nullopt;
    end = head_end();
  }
  std::string_view lines = std::string_view(pending_).substr(0, *end);
  lines.remove_suffix(lines.ends_with("\r\n") ? 2 : 1);
  auto head = parse_head(lines, limits_);
  if (!head) return tl::unexpected(head.error());
  pending_.erase(0, *end);
  return read_body(std::move(*head));
}

std::optional<tl::expected<Request, Refusal>> Connection::read_body(Head head) {
  if (head.expects_continue && pending_.size() < head.body_bytes &&
      !send("HTTP/1.1 100 Continue\r\n\r\n")) {
    return std::nullopt;
  }
  const Moment deadline = after(limits_.body_seconds);
  while (pending_.size() < head.body_bytes) {
    if (!fill(deadline)) return std::nullopt;
  }
  head.request.body = pending_.substr(0, head.body_bytes);
  pending_.erase(0, head.body_bytes);
  return std::move(head.request);
}

bool Connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!wait_for(fd_, POLLOUT, after(limits_.write_seconds))) return false;
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
      return false;
    }
  }
  return true;
}

bool Connection::send_stream(const Response& response) {
  constexpr char kDigits[] = "0123456789abcdef";
  bool alive = true;
  response.stream([&](std::string_view piece) {
    if (piece.empty() || !alive) return alive;
    std::string size;
    for (std::size_t rest = piece.size(); rest > 0; rest /= 16) {
      size.insert(size.begin(), kDigits[rest % 16]);
    }
    alive = send(size + "\r\n" + std::string(piece) + "\r\n");
    return alive;
  });
  return alive && send("0\r\n\r\n");
}

bool Connection::write(const Response& response, bool keep_alive, bool head_only) {
  std::string bytes = head_of(response, keep_alive);
  const bool body = !head_only && response.status != 204;
  if (body && !response.stream) bytes += response.body;
  if (!send(bytes)) return false;
  return !body || !response.stream || send_stream(response);
}

}  // namespace fettle::serve
