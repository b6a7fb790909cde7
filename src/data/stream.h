// Where records come from. The engine asks a source for pieces one after another on one thread and
// parses the pieces on all cores; a piece says where the next one begins, so that a killed run goes
// on there.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "data/row.h"
#include "data/source.h"

namespace fettle::data {

// A few megabytes of a source, or a few thousand of its records. Either bytes that parse() reads on
// another thread, or records that the source had to read itself (Parquet, a database).
struct Piece {
  struct Read {
    Result<Json> fields;
    Origin origin;
  };
  std::string bytes;
  std::vector<Read> records;
  Origin origin;          // of the first record
  std::string resume_at;  // opens the source behind this piece; opaque to all others
};

class Stream {
 public:
  virtual ~Stream() = default;

  // The next piece in the source's order; nothing at its end. How a source is cut into pieces is a
  // function of the source and its options alone. Throws DataError when the source cannot be read.
  [[nodiscard]] virtual std::optional<Piece> next() = 0;

  // Thread-safe: the records of a piece in order, canonical keys, bad ones as their Problem.
  // The default hands on `piece.records`.
  virtual void parse(Piece& piece, const RecordSink& sink) const {
    for (Piece::Read& one : piece.records) sink(std::move(one.fields), std::move(one.origin));
  }

  // What was read, for the manifest: [{"path", "bytes", "xxh3_128"}]. Asked once next() gave
  // nothing, also of a stream that was opened behind its last piece.
  [[nodiscard]] virtual Json inputs() const { return Json::array(); }
};

// The sources themselves are in data/collect/: a config struct with fields() for one entry of the
// recipe's list (path, url, query, format, columns, limits, ...), and
//   std::unique_ptr<Stream> open_source(const SourceConfig& config, std::string_view resume_at);
// where an empty resume_at is the beginning.

}  // namespace fettle::data
