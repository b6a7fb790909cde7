// What reads one file or one member of an archive: cuts it to frames that are parsed on all cores,
// or reads its records itself.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "data/collect/bytes.h"
#include "data/collect/config.h"
#include "data/collect/frame.h"

namespace fettle::data::collect {

// Where a reader goes on. What offset and mode mean is the reader's; line counts what it read.
struct Place {
  std::uint64_t offset = 0;
  std::int64_t line = 0;
  std::int64_t mode = 0;

  [[nodiscard]] bool at_start() const { return offset == 0 && line == 0; }
};

struct Part {
  std::string name;              // "rows.jsonl", "rows.zip!inner/rows.jsonl"
  std::filesystem::path path;    // of the file; empty for members that are not spooled
  std::unique_ptr<Bytes> bytes;  // of formats that read forward
  std::shared_ptr<void> keep;    // what `path` lives by
  std::string label;             // of images and clips: the folder that the file lies in
  int format = 0;
};

class PartReader {
 public:
  virtual ~PartReader() = default;
  // Adds what makes a piece at most, `limit` rows at most (blank lines are none), at least one row
  // unless the end is reached; false at the end. `rows` says how many were added.
  [[nodiscard]] virtual bool fill(PieceBuilder& out, std::int64_t limit, std::int64_t& rows) = 0;
  [[nodiscard]] virtual Place place() const = 0;
};

struct FormatRow {
  enum class Input { kText, kBinary, kFile };
  std::string_view name;
  std::string_view endings;  // with their dots, separated by spaces
  Input input;               // UTF-8 bytes, bytes as they are, or a path
  bool records;              // fill() adds records, not frames
  std::unique_ptr<PartReader> (*open)(Part part, const SourceConfig& config, const Place& from);
  // Thread-safe; null where fill() adds records.
  void (*parse)(const Frame& frame, const SourceConfig& config, const RecordSink& sink);
  std::string_view help;
  std::string_view source;
};

// The table of file formats. An index in it is stable within a run.
[[nodiscard]] std::span<const FormatRow> formats();

// The index of the format that a file's name tells, packing endings taken off; -1 for none.
[[nodiscard]] int format_of_name(std::string_view name);
// The index of a format's name; throws UsageError naming the known ones.
[[nodiscard]] int format_named(std::string_view name);

}  // namespace fettle::data::collect
