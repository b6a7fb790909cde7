// Sources of rows: a file, a folder, an archive, an address, a database, WordNet; see the tables
// formats() (reader.h) and places().
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/json.h"
#include "data/collect/config.h"
#include "data/stream.h"

namespace fettle::data::collect {

// Opens a source behind the piece whose resume_at is given; empty: at its beginning. Rows come in
// canonical keys (mapping.h). Throws UsageError for a config that contradicts itself, DataError for
// what cannot be read, or for files that changed since resume_at was written.
[[nodiscard]] std::unique_ptr<Stream> open_source(const SourceConfig& config,
                                                  std::string_view resume_at);

// What is known before reading: {"name", "path", "licence", "origin", "format", "files", "bytes"};
// "unknown" stands where licence or origin were neither stated nor found.
[[nodiscard]] Json describe_source(const SourceConfig& config);

// Where rows lie; with formats() the whole list of sources.
struct PlaceRow {
  std::string_view name;
  std::string_view looks;  // how `path` says it
  std::string_view help;
  std::string_view source;
};
[[nodiscard]] std::span<const PlaceRow> places();

}  // namespace fettle::data::collect
