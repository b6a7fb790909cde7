// A request's head from its bytes. Strict: what two programs could read in two ways (a space before
// a colon, a folded or repeated header, two lengths, a control character) is refused.
#pragma once

#include <cstdint>
#include <string_view>
#include <tl/expected.hpp>

#include "serve/http.h"

namespace fettle::serve {

struct Refusal {
  int status = 400;
  std::string message;
};

struct Head {
  Request request;
  std::uint64_t body_bytes = 0;
  bool expects_continue = false;
};

// head: from the request line to the empty line, without it; lines end with CRLF or LF.
[[nodiscard]] tl::expected<Head, Refusal> parse_head(std::string_view head, const Limits& limits);

// %XX and + of a query; a broken escape stays as it is. Not UTF-8: U+FFFD by the JSON writer.
[[nodiscard]] std::string percent_decoded(std::string_view text);

}  // namespace fettle::serve
