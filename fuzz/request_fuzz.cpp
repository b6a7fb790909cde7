// parse_head on what a client may send; what is accepted keeps to the limits.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "serve/parse_request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fettle::serve;
  const Limits limits;
  const auto head = parse_head({reinterpret_cast<const char*>(data), size}, limits);
  if (!head) {
    if (head.error().status < 400 || head.error().message.empty()) std::abort();
    return 0;
  }
  if (head->body_bytes > limits.body_bytes) std::abort();
  if (head->request.headers.size() > limits.headers) std::abort();
  if (!head->request.path.starts_with('/')) std::abort();
  static_cast<void>(head->request.cookie("a"));
  return 0;
}
