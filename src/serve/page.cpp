#include "serve/page.h"

#include "base/error.h"

namespace fettle::serve {
namespace {

std::string type_of(std::string_view name) {
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (name.ends_with(".svg")) return "image/svg+xml";
  throw InternalError("the page's file {} has no known type", name);
}

}  // namespace

void add_page(Router& router, std::span<const PageFile> files) {
  for (const PageFile& file : files) {
    const Handler handler = [file, type = type_of(file.name)](const Request&) {
      Response out;
      out.type = type;
      out.body = file.bytes;
      return out;
    };
    router.add("GET", "/" + std::string(file.name), handler);
    if (file.name == "index.html") router.add("GET", "/", handler);
  }
}

}  // namespace fettle::serve
