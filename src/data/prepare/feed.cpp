#include "data/prepare/feed.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"

namespace fettle::data::prepare {
namespace {

void read_piece(const Stream& stream, Piece& piece, std::uint32_t source, std::uint64_t most,
                ChunkWriter& writer) {
  stream.parse(piece, [&](Result<Json> fields, Origin origin) {
    if (most != 0 && writer.seen() >= most) return;
    if (!fields) return writer.take_bad(fields.error(), origin, source);
    if (!fields->is_object()) {
      return writer.take_bad({origin.text(), text("is a value of type {}; an object was expected",
                                                  std::string_view(fields->type_name()))},
                             origin, source);
    }
    Record record;
    record.fields = std::move(*fields);
    record.origin = std::move(origin);
    record.source = source;
    writer.take(std::move(record));
  });
}

}  // namespace

void check_part_name(std::string_view name) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  if (name.empty() || name.size() > 64 || !std::all_of(name.begin(), name.end(), good)) {
    throw UsageError(
        "\"{}\" cannot be a split's name, since it names a file; use up to 64 lower-case letters, "
        "digits, \"-\" and \"_\"",
        name.substr(0, 80));
  }
}

fs::path inputs_path(const Job& job, std::size_t source) {
  return job.output_dir / ".work" / text("inputs-{}", source);
}

std::optional<Feed::Work> SourceFeed::next() {
  while (source_ < job_.sources.size()) {
    if (!stream_) stream_ = job_.sources[source_].open(resume_at_);
    // A sample is of the first piece.
    const bool enough = job_.sample != 0 && pieces_ > 0;
    std::optional<Piece> piece = enough ? std::nullopt : stream_->next();
    if (!piece) {
      write_file_atomically(inputs_path(job_, source_), to_text(stream_->inputs()));
      stream_.reset();
      resume_at_.clear();
      pieces_ = 0;
      ++source_;
      continue;
    }
    ++pieces_;
    const auto held = std::make_shared<Piece>(std::move(*piece));
    const auto source = static_cast<std::uint32_t>(source_);
    return Work{
        .chunk = chunk_,
        .read = [stream = stream_, held, source, most = job_.sample](
                    ChunkWriter& writer) { read_piece(*stream, *held, source, most, writer); },
        .resume = {{"source", source_}, {"at", held->resume_at}, {"chunk", chunk_++}}};
  }
  return std::nullopt;
}

void SourceFeed::resume_behind(std::size_t chunk, const Json& resume) {
  chunk_ = chunk + 1;
  source_ = resume.at("source").get<std::size_t>();
  resume_at_ = resume.at("at").get<std::string>();
  stream_.reset();
}

ChunkFeed::ChunkFeed(const ChunkList& chunks, const DecisionReader* decisions,
                     std::vector<std::string> names)
    : chunks_(chunks), decisions_(decisions), stage_names_(std::move(names)) {}

std::optional<Feed::Work> ChunkFeed::next() {
  if (chunk_ >= chunks_.size()) return std::nullopt;
  const std::size_t chunk = chunk_++;
  return Work{.chunk = chunk,
              .read = [this, chunk](ChunkWriter& writer) { read(chunk, writer); },
              .resume = nullptr};
}

void ChunkFeed::resume_behind(std::size_t chunk, const Json&) { chunk_ = chunk + 1; }

std::string ChunkFeed::origin_of(std::uint64_t ordinal) const {
  const std::size_t chunk = chunks_.chunk_of(ordinal);
  const ChunkFile file(chunks_.path(chunk));
  const std::string_view origins = file.section("origins");
  const std::size_t at = (ordinal - chunks_.begin(chunk)) * 2 * sizeof(std::uint32_t);
  std::uint32_t entry[2] = {};
  if (at + sizeof entry > origins.size()) throw InternalError("row {} has no origin", ordinal);
  std::memcpy(entry, origins.data() + at, sizeof entry);
  return text("{}:{}", file.info().at("names").at(entry[0]).get<std::string>(), entry[1]);
}

void ChunkFeed::give(PackedRow row, Names& names, std::span<const StagedDecision> said,
                     ChunkWriter& writer) const {
  std::uint64_t copies = 1;
  std::string notes(row.notes);
  for (const StagedDecision& one : said) {
    const Decision& decision = one.decision;
    if (decision.kind == Decision::Kind::kDrop ||
        (decision.kind == Decision::Kind::kRepeat && decision.value == 0)) {
      std::string detail = decision.detail;
      if (decision.kind == Decision::Kind::kDrop && decision.value > 0) {
        detail += (detail.empty() ? "kept: " : "; kept: ") + origin_of(decision.value - 1);
      }
      return writer.drop(row, names, one.stage, stage_names_[one.stage], decision.reason, detail);
    }
    if (decision.kind == Decision::Kind::kRepeat) copies = decision.value;
    if (decision.kind == Decision::Kind::kGroup) row.group = decision.value;
    if (decision.kind == Decision::Kind::kPart) {
      check_part_name(decision.reason);
      row.part = names.number(decision.reason);
    }
    if (decision.kind == Decision::Kind::kNote) {
      Json json = *parse_json(notes, "notes");
      json[decision.reason] = decision.detail;
      notes = to_text(json);
    }
  }
  row.notes = notes;
  writer.take(row, names, copies);
}

void ChunkFeed::read(std::size_t chunk, ChunkWriter& writer) const {
  const ChunkFile file(chunks_.path(chunk));
  file.verify();
  Names names(file.info().at("names"));
  writer.keep_reasons(file.section("why"));
  std::vector<StagedDecision> said;
  if (decisions_ != nullptr) said = decisions_->of_chunk(chunk);
  std::size_t next = 0;
  std::uint64_t ordinal = chunks_.begin(chunk);
  unpack(file.section("rows"), [&](const PackedRow& row) {
    const std::size_t first = next;
    while (next < said.size() && said[next].decision.ordinal == ordinal) ++next;
    give(row, names, std::span(said).subspan(first, next - first), writer);
    ++ordinal;
  });
}

}  // namespace fettle::data::prepare
