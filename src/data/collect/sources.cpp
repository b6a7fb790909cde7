#include "data/collect/sources.h"

#include <array>
#include <cstdint>
#include <fstream>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "data/collect/mapping.h"
#include "data/collect/parts.h"
#include "data/collect/reader.h"
#include "data/collect/resolve.h"

namespace fettle::data::collect {
namespace {

// A file's size and sum, read in pieces: an input may be larger than memory.
std::pair<std::uint64_t, std::string> sum_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string piece(std::size_t{1} << 20, '\0');
  Hasher hasher;
  std::uint64_t bytes = 0;
  while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())), in.gcount() > 0) {
    hasher.add(std::string_view(piece).substr(0, static_cast<std::size_t>(in.gcount())));
    bytes += static_cast<std::uint64_t>(in.gcount());
  }
  if (!in.eof()) throw IoError("{}: cannot be read whole; check the disk and the permission", path);
  return {bytes, hasher.xxh3_128()};
}

constexpr std::array kPlaces = {
    PlaceRow{"file", "rows.jsonl, rows.csv.gz", "one file; packed by gzip, zstd, xz or bzip2", ""},
    PlaceRow{"archive", "rows.zip, rows.tar.zst", "the members of known endings, in order",
             "PKWARE APPNOTE; POSIX pax"},
    PlaceRow{"folder", "rows", "all files below of known endings; Hugging Face's layout is known",
             "datasets, repository structure"},
    PlaceRow{"pattern", "rows/**/*.parquet", "the files that match; ** crosses folders", ""},
    PlaceRow{"address", "https://example.org/rows.jsonl",
             "fetched once, resumed, checked by sha256", "RFC 9110"},
    PlaceRow{"dataset_info", "alpaca_en_demo@data",
             "an entry of LLaMA-Factory's dataset_info.json, with its columns and tags", ""},
    PlaceRow{"postgres", "postgresql://user@host/database",
             "rows of a `query`; the password comes from PGPASSWORD or ~/.pgpass", "libpq"},
    PlaceRow{"wordnet", "wordnet", "nouns with their definition and category", "Fellbaum 1998"},
};

class SourceStream : public Stream {
 public:
  SourceStream(Resolved resolved, std::string_view resume_at)
      : resolved_(std::move(resolved)), mapping_(resolved_.config), parts_(resolved_, resume_at) {
    const std::int64_t most = std::numeric_limits<std::int64_t>::max();
    left_ = resolved_.config.max_rows > 0 ? resolved_.config.max_rows - parts_.rows_before() : most;
  }

  std::optional<Piece> next() override {
    PieceBuilder out;
    while (!out.full() && left_ > 0) {
      if (!parts_.open()) break;
      if (!out.empty() && out.holds_records() != parts_.gives_records()) break;
      const std::int64_t rows = parts_.fill(out, left_);
      if (resolved_.config.max_rows > 0) left_ -= rows;
    }
    if (out.empty()) return std::nullopt;
    return out.take(parts_.position());
  }

  void parse(Piece& piece, const RecordSink& sink) const override {
    const RecordSink mapped = [&](Result<Json> row, const Origin& origin) {
      if (row) row = mapping_.map(std::move(*row), origin);
      sink(std::move(row), origin);
    };
    for (Piece::Read& one : piece.records) mapped(std::move(one.fields), std::move(one.origin));
    for (std::size_t at = 0; !piece.bytes.empty() && !frames_end(piece.bytes, at);) {
      const Frame frame = next_frame(piece.bytes, at);
      if (frame.format == kProblemFrame) {
        const Origin origin{std::string(frame.name), frame.line};
        mapped(problem(origin.text(), std::string(frame.data)), origin);
      } else {
        formats()[static_cast<std::size_t>(frame.format)].parse(frame, resolved_.config, mapped);
      }
    }
  }

  Json inputs() const override {
    Json list = Json::array();
    for (const FoundFile& file : resolved_.files) {
      const auto [bytes, hash] = sum_of(file.path);
      list.push_back({{"path", file.path.native()}, {"bytes", bytes}, {"hash", hash}});
    }
    if (list.empty()) {
      list.push_back({{"path", resolved_.config.path}, {"query", resolved_.config.query}});
    }
    return list;
  }

 private:
  Resolved resolved_;
  Mapping mapping_;
  Parts parts_;
  std::int64_t left_ = 0;
};

std::string name_of(const SourceConfig& config) {
  if (!config.name.empty()) return config.name;
  const std::string path = config.path.substr(0, config.path.find_first_of("?#"));
  const fs::path last = fs::path(path).filename();
  return last.empty() ? fs::path(path).parent_path().filename().native() : last.native();
}

}  // namespace

std::span<const PlaceRow> places() { return kPlaces; }

std::unique_ptr<Stream> open_source(const SourceConfig& config, std::string_view resume_at) {
  return std::make_unique<SourceStream>(resolve(config), resume_at);
}

Json describe_source(const SourceConfig& config) {
  const Resolved resolved = resolve(config);
  std::uint64_t bytes = 0;
  for (const FoundFile& file : resolved.files) bytes += fs::file_size(file.path);
  return Json{{"name", name_of(config)},          {"path", config.path},
              {"licence", resolved.licence},      {"origin", resolved.origin},
              {"format", resolved.config.format}, {"form", resolved.config.row_form},
              {"files", resolved.files.size()},   {"bytes", bytes}};
}

}  // namespace fettle::data::collect
