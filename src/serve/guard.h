// Who may ask: secrets, the Host and Origin of a request, headers that keep a page to itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "serve/router.h"

namespace fettle::serve {

// 256 bits of the system's randomness as 64 hexadecimal digits.
[[nodiscard]] std::string random_secret();

// In a time that does not depend on where they differ.
[[nodiscard]] bool same_secret(std::string_view a, std::string_view b);

// Refuses a request whose Host is none of `hosts` ("127.0.0.1:8471"), so that a foreign name that
// was made to point here (DNS rebinding) reaches nothing, and one whose Origin is another site.
[[nodiscard]] Filter host_filter(std::vector<std::string> hosts);

// The names by which a server bound to `host` may be called: itself, and for a loopback address
// localhost, 127.0.0.1 and [::1].
[[nodiscard]] std::vector<std::string> hosts_of(const std::string& host, int port);

// Refuses bodies that are not application/json: a form of another site cannot send that.
[[nodiscard]] std::optional<Response> need_json(const Request& request);

// Content-Security-Policy (own files alone, no inline script or style, no frame around it),
// nosniff, no-referrer, no-store.
void add_security_headers(Response& response);

}  // namespace fettle::serve
