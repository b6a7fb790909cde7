#include "serve/router.h"

#include "base/error.h"
#include "serve/guard.h"

namespace fettle::serve {

void Router::add(const std::string& method, const std::string& path, Handler handler) {
  handlers_[path][method] = std::move(handler);
}

Response Router::dispatch(const Request& request) const {
  for (const Filter& filter : filters_) {
    if (auto response = filter(request)) return std::move(*response);
  }
  const auto path = handlers_.find(request.path);
  if (path == handlers_.end()) return error_response(404, "there is nothing at this path");
  const auto handler = path->second.find(request.method == "HEAD" ? "GET" : request.method);
  if (handler != path->second.end()) return handler->second(request);
  Response out = error_response(405, "this path has no such method");
  std::string allowed;
  for (const auto& [method, other] : path->second) {
    allowed += (allowed.empty() ? "" : ", ") + method;
  }
  out.headers.emplace_back("Allow", allowed);
  return out;
}

Response Router::answer(const Request& request) const {
  Response out;
  try {
    out = dispatch(request);
  } catch (const Error& error) {
    out = error_response(500, error.what());
  } catch (const std::exception&) {
    out = error_response(500, "the request failed; see the server's log");
  }
  add_security_headers(out);
  return out;
}

}  // namespace fettle::serve
