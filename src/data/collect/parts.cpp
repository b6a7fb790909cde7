#include "data/collect/parts.h"

#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "data/collect/encoding.h"
#include "data/collect/nouns.h"
#include "data/collect/postgres.h"

namespace fettle::data::collect {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxSpooled = std::uint64_t{1} << 38;

// Images and clips in a folder are labelled by it, as image and audio folders of `datasets` are.
std::string label_of(const FoundFile& file) {
  const std::string folder = fs::path(file.relative).parent_path().filename().native();
  for (const char* const split : {"train", "test", "validation", "valid", "dev", "val", "data"}) {
    if (folder == split) return {};
  }
  return folder;
}

bool is_wanted_member(const std::string& name, const SourceConfig& config) {
  if (name.ends_with('/') || name.starts_with("__MACOSX/")) return false;
  if (fs::path(name).filename().native().starts_with('.')) return false;
  for (const std::string& pattern : config.files) {
    if (matches(pattern, name)) return true;
  }
  if (!config.files.empty() || is_description(name)) return false;
  return config.format != "auto" || format_of_name(name) >= 0;
}

}  // namespace

Parts::Parts(const Resolved& source, std::string_view resume_at)
    : source_(source),
      limits_{static_cast<std::uint64_t>(source.config.max_unpacked_bytes),
              static_cast<std::uint64_t>(source.config.max_unpacked_ratio)} {
  if (!resume_at.empty()) read_position(resume_at);
}

std::string Parts::position() const {
  const Place place = reader_ ? reader_->place() : from_;
  Json out{{"file", file_},          {"member", member_},  {"open", open_member_},
           {"offset", place.offset}, {"line", place.line}, {"mode", place.mode},
           {"rows", rows_},          {"name", nullptr},    {"bytes", nullptr}};
  if (file_ < source_.files.size()) {
    out["name"] = source_.files[file_].relative;
    out["bytes"] = fs::file_size(source_.files[file_].path);
  }
  return to_text(out);
}

void Parts::read_position(std::string_view resume_at) {
  const Result<Json> given = parse_json(resume_at, source_.config.path);
  if (!given || !given->contains("rows")) {
    throw DataError("{}: the place to go on at is none of this source: {}", source_.config.path,
                    resume_at.substr(0, 100));
  }
  const Json& json = *given;
  file_ = json.at("file").get<std::size_t>();
  member_ = json.at("member").get<std::uint64_t>();
  open_member_ = json.at("open").get<std::uint64_t>();
  from_ = {json.at("offset").get<std::uint64_t>(), json.at("line").get<std::int64_t>(),
           json.at("mode").get<std::int64_t>()};
  rows_ = json.at("rows").get<std::int64_t>();
  if (!json.at("name").is_string()) return;
  const bool there = file_ < source_.files.size();
  if (!there || source_.files[file_].relative != json["name"] ||
      fs::file_size(source_.files[file_].path) != json["bytes"].get<std::uint64_t>()) {
    throw DataError("{}: the file {} is not as it was when the run began; start the run anew",
                    source_.config.path, json["name"].get<std::string>());
  }
}

bool Parts::open() {
  while (!reader_) {
    if (source_.kind != Resolved::Kind::kFiles) {
      if (file_ > 0) return false;
      open_other();
      return true;
    }
    if (file_ >= source_.files.size()) return false;
    const FoundFile& file = source_.files[file_];
    if (is_archive(file.relative) ? open_member(file) : open_file_part(file)) return true;
    archive_.reset();
    ++file_;
    member_ = open_member_ = 0;
  }
  return true;
}

void Parts::open_other() {
  gives_records_ = true;
  reader_ = source_.kind == Resolved::Kind::kPostgres ? open_postgres(source_.config, from_)
                                                      : open_nouns(source_.config, from_);
}

bool Parts::open_file_part(const FoundFile& file) {
  Part part;
  part.name = file.path.native();
  part.path = file.path;
  if (source_.folder) part.label = label_of(file);
  if (without_packing(file.relative)) part.bytes = open_packed(file.path, part.name, limits_);
  open_reader(std::move(part), file.relative);
  return true;
}

bool Parts::open_member(const FoundFile& file) {
  if (!archive_) archive_ = std::make_unique<Archive>(file.path, file.path.native(), limits_);
  while (auto member = archive_->next()) {
    const bool resumed = open_member_ > 0 && member->index == open_member_;
    if (member->index <= member_ && !resumed) continue;
    if (!is_wanted_member(member->name, source_.config)) continue;
    open_member_ = member->index;
    Part part;
    part.bytes = archive_->open();
    part.name = part.bytes->name();
    part.label = label_of({{}, member->name});
    if (without_packing(member->name)) {
      throw DataError("{}: is packed within an archive; unpack one of the two", part.name);
    }
    open_reader(std::move(part), member->name);
    return true;
  }
  return false;
}

// A reader of the format that is stated or that the name tells, on what it wants to read.
void Parts::open_reader(Part part, std::string_view known_name) {
  const SourceConfig& config = source_.config;
  part.format = config.format == "auto" ? format_of_name(known_name) : format_named(config.format);
  const FormatRow& row = formats()[static_cast<std::size_t>(part.format)];
  gives_records_ = row.records;
  if (row.input == FormatRow::Input::kFile) {
    if (part.bytes) {
      auto spooled = std::make_shared<Spooled>(*part.bytes, kMaxSpooled);
      part.path = spooled->path();
      part.keep = std::move(spooled);
      part.bytes.reset();
    }
  } else {
    if (!part.bytes) part.bytes = open_file(part.path, part.name);
    if (row.input == FormatRow::Input::kText) {
      part.bytes = as_utf8(std::move(part.bytes), config.encoding);
    }
  }
  reader_ = row.open(std::move(part), config, std::exchange(from_, Place()));
}

std::int64_t Parts::fill(PieceBuilder& out, std::int64_t limit) {
  std::int64_t rows = 0;
  const bool more = reader_->fill(out, limit, rows);
  rows_ += rows;
  if (more) return rows;
  reader_.reset();
  if (archive_) {
    member_ = open_member_;
    open_member_ = 0;
  } else {
    ++file_;
  }
  return rows;
}

}  // namespace fettle::data::collect
