// Which handler answers which method and path. Paths are compared whole: no pattern, no file.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "serve/http.h"

namespace fettle::serve {

// Called by several threads at once. What it throws becomes an error response: Error's message with
// 500, anything else without its words.
using Handler = std::function<Response(const Request&)>;
// Before the handler: a response in its place, or nothing.
using Filter = std::function<std::optional<Response>(const Request&)>;

class Router {
 public:
  void add(const std::string& method, const std::string& path, Handler handler);
  // Filters run in the order in which they were added.
  void add_filter(Filter filter) { filters_.push_back(std::move(filter)); }

  // 404 for an unknown path, 405 for a known one's other method; HEAD is answered as GET.
  [[nodiscard]] Response answer(const Request& request) const;

 private:
  [[nodiscard]] Response dispatch(const Request& request) const;

  std::map<std::string, std::map<std::string, Handler>> handlers_;  // path, method
  std::vector<Filter> filters_;
};

}  // namespace fettle::serve
