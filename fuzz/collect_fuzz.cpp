// What collecting parses itself: the first byte chooses the parser, the rest is its input.
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>

#include "base/error.h"
#include "data/collect/dataset_info.h"
#include "data/collect/fast_json.h"
#include "data/collect/headers.h"
#include "data/collect/html.h"
#include "data/collect/mapping.h"
#include "data/collect/markdown.h"
#include "data/collect/readers.h"

namespace {

using namespace fettle;
using namespace fettle::data;
using namespace fettle::data::collect;

// Cuts the bytes as a file of the format, and parses each piece as another thread would.
void read_format(std::string_view bytes, const char* name, const SourceConfig& config) {
  const Mapping mapping(config);
  Part part;
  part.name = "fuzz";
  part.format = format_named(name);
  part.bytes = open_memory(bytes, part.name);
  const FormatRow& row = formats()[static_cast<std::size_t>(part.format)];
  const auto reader = row.open(std::move(part), config, Place());
  for (bool more = true; more;) {
    PieceBuilder out;
    std::int64_t rows = 0;
    more = reader->fill(out, std::numeric_limits<std::int64_t>::max(), rows);
    const Piece piece = out.take("");
    for (std::size_t at = 0; !piece.bytes.empty() && !frames_end(piece.bytes, at);) {
      const Frame frame = next_frame(piece.bytes, at);
      if (frame.format == kProblemFrame) continue;
      formats()[static_cast<std::size_t>(frame.format)].parse(
          frame, config, [&](Result<Json> json, const Origin& origin) {
            if (json) (void)mapping.map(std::move(*json), origin);
          });
    }
  }
}

void read_header(std::string_view bytes, int kind) {
  Window window(open_memory(bytes, "fuzz"), 0);
  if (kind == 0) {
    (void)read_idx_header(window);
  } else if (kind == 1) {
    (void)read_clip_header(window);
  } else {
    (void)read_image_header(window);
  }
}

// Both parsers of JSON say the same of any bytes.
void compare_json(std::string bytes) {
  const std::size_t size = bytes.size();
  bytes.append(kPadding, '\0');
  const std::string_view text = std::string_view(bytes).substr(0, size);
  const Result<Json> fast = parse_padded(text, Origin{"fuzz", 1});
  if (check_encoding(text, Origin{"fuzz", 1})) return;
  const Result<Json> slow = parse_json(text, "fuzz:1");
  if (fast.has_value() != slow.has_value()) std::abort();
  if (fast && to_text(*fast) != to_text(*slow)) std::abort();
}

void run(std::string_view bytes, int kind) {
  SourceConfig config;
  config.max_row_bytes = 1 << 16;
  if (kind < 3) return read_header(bytes, kind);
  if (kind == 3) return compare_json(std::string(bytes));
  if (kind == 4) return read_format(bytes, "json", config);
  if (kind == 5) return read_format(bytes, "jsonl", config);
  if (kind == 6) return read_format(bytes, "csv", config);
  if (kind == 7) {
    (void)markdown_sections(bytes, true);
    (void)read_page(bytes, "fuzz");
    return;
  }
  const Result<Json> entries = parse_json(bytes, "fuzz");
  if (entries) (void)source_of_entry(*entries, "/nowhere", "x", config);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  try {
    run({reinterpret_cast<const char*>(data) + 1, size - 1}, data[0] % 9);
  } catch (const Error&) {
  }
  return 0;
}
