#include "data/prepare/file_stream.h"

#include <charconv>

#include "base/error.h"
#include "base/file.h"
#include "data/prepared.h"
#include "data/text_file.h"

namespace fettle::data::prepare {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{4} << 20;
constexpr std::size_t kPieceRecords = 10000;

std::uint64_t read_place(std::string_view resume_at) {
  std::uint64_t place = 0;
  (void)std::from_chars(resume_at.data(), resume_at.data() + resume_at.size(), place);
  return place;
}

Json input_of(const std::string& path) {
  return Json::array(
      {{{"path", path}, {"bytes", fs::file_size(path)}, {"xxh3_128", file_sum(path)}}});
}

// Lines of JSON, cut to pieces; a piece begins at a line.
class LineStream final : public Stream {
 public:
  LineStream(const std::string& path, std::string_view resume_at) : path_(path), lines_(path) {
    const auto skipped = static_cast<std::int64_t>(read_place(resume_at));
    while (lines_.number() < skipped && lines_.next(line_)) {
    }
  }

  std::optional<Piece> next() override {
    Piece piece;
    piece.origin = {path_, lines_.number() + 1};
    while (piece.bytes.size() < kPieceBytes && lines_.next(line_)) {
      piece.bytes += line_;
      piece.bytes += '\n';
    }
    if (piece.bytes.empty()) return std::nullopt;
    piece.resume_at = std::to_string(lines_.number());
    return piece;
  }

  void parse(Piece& piece, const RecordSink& sink) const override {
    std::string_view rest = piece.bytes;
    Origin origin = piece.origin;
    for (; !rest.empty(); ++origin.line) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(line.size() + 1);
      if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
      sink(parse_json(line, origin.text()), origin);
    }
  }

  [[nodiscard]] Json inputs() const override { return input_of(path_); }

 private:
  std::string path_;
  Lines lines_;
  std::string line_;
};

// All records of a file of another format.
class WholeStream final : public Stream {
 public:
  WholeStream(const FileConfig& config, std::string_view resume_at)
      : path_(config.path), next_(read_place(resume_at)) {
    DataConfig reading;
    reading.dataset_format = config.format;
    reading.text_rows = config.text_rows;
    reading.column_names = config.column_names;
    read_records(config.path, reading, [this](Result<Json> fields, Origin origin) {
      records_.push_back({std::move(fields), std::move(origin)});
    });
  }

  std::optional<Piece> next() override {
    if (next_ >= records_.size()) return std::nullopt;
    Piece piece;
    piece.origin = records_[next_].origin;
    for (std::size_t i = 0; i < kPieceRecords && next_ < records_.size(); ++i) {
      piece.records.push_back(std::move(records_[next_++]));
    }
    piece.resume_at = std::to_string(next_);
    return piece;
  }

  [[nodiscard]] Json inputs() const override { return input_of(path_); }

 private:
  std::string path_;
  std::vector<Piece::Read> records_;
  std::size_t next_;
};

}  // namespace

std::unique_ptr<Stream> open_file(const FileConfig& config, std::string_view resume_at) {
  require_file(config.path);
  DataConfig reading;
  reading.dataset_format = config.format;
  if (file_format(config.path, reading) == "jsonl") {
    return std::make_unique<LineStream>(config.path, resume_at);
  }
  return std::make_unique<WholeStream>(config, resume_at);
}

}  // namespace fettle::data::prepare
