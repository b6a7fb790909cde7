#include "tokenize/jinja/meter.h"

#include "base/format.h"

namespace fettle::tokenize::jinja {

void Meter::stop_steps() const {
  throw LimitFailure(
      text("the template takes more than the {} steps that one rendering may take; "
           "look for a loop that does not end, or raise max_steps",
           max_steps_));
}

void Meter::stop_bytes(std::size_t bytes) const {
  throw LimitFailure(
      text("{} more bytes would pass the {} bytes that one rendering may hold; look for text that "
           "doubles, or raise max_memory_bytes",
           bytes, max_bytes_));
}

void Meter::stop_depth() const {
  throw LimitFailure(
      text("calls or blocks are nested too deeply (max_depth is {}); look for a macro that calls "
           "itself",
           max_depth_));
}

}  // namespace fettle::tokenize::jinja
