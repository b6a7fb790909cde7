#include "data/prepare/chunk_file.h"

#include <cstring>

#include "base/error.h"
#include "base/hash.h"

namespace fettle::data::prepare {
namespace {

constexpr std::string_view kMagic = "FETTLEC1";
constexpr std::size_t kFront = kMagic.size() + sizeof(std::uint64_t);
constexpr std::uint64_t kMaxHeader = std::uint64_t{1} << 28;

[[noreturn]] void damaged(const fs::path& path, std::string_view what) {
  throw DataError("{}: {}; remove the work folder and start again with --overwrite", path, what);
}

}  // namespace

void write_chunk(const fs::path& path, const ChunkParts& parts) {
  Json header = {{"info", parts.info}, {"sections", Json::array()}};
  for (const auto& [name, bytes] : parts.sections) {
    header["sections"].push_back(
        {{"name", name}, {"bytes", bytes.size()}, {"hash", xxh3_128(std::string_view(bytes))}});
  }
  const std::string head = to_text(header);
  const std::uint64_t size = head.size();
  AtomicFile file(path);
  file.write(kMagic);
  file.write(std::string_view(reinterpret_cast<const char*>(&size), sizeof size));
  file.write(head);
  for (const auto& [name, bytes] : parts.sections) file.write(bytes);
  file.commit();
}

ChunkFile::ChunkFile(const fs::path& path) : file_(path) {
  std::string_view rest = file_.view();
  if (!rest.starts_with(kMagic) || rest.size() < kFront) damaged(path, "is no chunk of rows");
  std::uint64_t size = 0;
  std::memcpy(&size, rest.data() + kMagic.size(), sizeof size);
  rest.remove_prefix(kFront);
  if (size > kMaxHeader || size > rest.size()) damaged(path, "is cut off");
  const Result<Json> header = parse_json(rest.substr(0, size), path.native());
  if (!header) damaged(path, "has a damaged header");
  rest.remove_prefix(size);
  info_ = header->at("info");
  for (const Json& one : header->at("sections")) {
    const auto bytes = one.at("bytes").get<std::uint64_t>();
    if (bytes > rest.size()) damaged(path, "is cut off");
    sections_.push_back({one.at("name").get<std::string>(), rest.substr(0, bytes),
                         one.at("hash").get<std::string>()});
    rest.remove_prefix(bytes);
  }
}

std::string_view ChunkFile::section(std::string_view name) const {
  for (const Section& one : sections_) {
    if (one.name == name) return one.bytes;
  }
  return {};
}

std::vector<std::string_view> ChunkFile::section_names() const {
  std::vector<std::string_view> out;
  for (const Section& one : sections_) out.push_back(one.name);
  return out;
}

void ChunkFile::verify(std::string_view name) const {
  for (const Section& one : sections_) {
    if (one.name != name || xxh3_128(one.bytes) == one.hash) continue;
    damaged(file_.path(), "does not match its sum");
  }
}

void ChunkFile::verify() const {
  for (const Section& one : sections_) verify(one.name);
}

Json chunk_info(const fs::path& path) { return ChunkFile(path).info(); }

}  // namespace fettle::data::prepare
