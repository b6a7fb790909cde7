// One client's socket: whole requests within limits of bytes and time, responses out.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "serve/http.h"
#include "serve/parse_request.h"

namespace fettle::serve {

class Connection {
 public:
  // fd: a connected socket, not closed here.
  Connection(int fd, const Limits& limits) : fd_(fd), limits_(limits) {}

  // The next request. Nothing: the client closed, stayed idle, or sent too slowly to be answered.
  [[nodiscard]] std::optional<tl::expected<Request, Refusal>> read();
  // HEAD: the head alone. False when the client has gone.
  bool write(const Response& response, bool keep_alive, bool head_only);
  // Ends the response and reads on for a moment: closing over unread bytes would reset the
  // connection before the client has read the answer.
  void linger();

 private:
  using Moment = std::chrono::steady_clock::time_point;

  // More bytes into pending_ before `deadline`; false at the end, an error or the deadline.
  [[nodiscard]] bool fill(Moment deadline);
  // The index behind the head's empty line once it is there.
  [[nodiscard]] std::optional<std::size_t> head_end() const;
  [[nodiscard]] std::optional<tl::expected<Request, Refusal>> read_body(Head head);
  bool send(std::string_view bytes);
  bool send_stream(const Response& response);

  int fd_;
  const Limits& limits_;
  std::string pending_;
  std::size_t searched_ = 0;  // bytes of pending_ known to hold no end of a head
};

}  // namespace fettle::serve
