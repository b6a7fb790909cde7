#include "data/prepare/decisions.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace fettle::data::prepare {
namespace {

struct DecisionHead {
  std::uint64_t ordinal, value;
  std::uint32_t stage, kind, reason, detail;
};

void append(const StagedDecision& one, std::string& out) {
  const Decision& decision = one.decision;
  const DecisionHead head{decision.ordinal,
                          decision.value,
                          one.stage,
                          static_cast<std::uint32_t>(decision.kind),
                          static_cast<std::uint32_t>(decision.reason.size()),
                          static_cast<std::uint32_t>(decision.detail.size())};
  out.append(reinterpret_cast<const char*>(&head), sizeof head);
  out += decision.reason;
  out += decision.detail;
}

std::vector<StagedDecision> read_all(std::string_view bytes) {
  std::vector<StagedDecision> out;
  while (!bytes.empty()) {
    DecisionHead head{};
    if (bytes.size() < sizeof head) throw InternalError("decisions end inside one");
    std::memcpy(&head, bytes.data(), sizeof head);
    bytes.remove_prefix(sizeof head);
    if (bytes.size() < std::size_t{head.reason} + head.detail) {
      throw InternalError("decisions end inside one");
    }
    out.push_back({head.stage,
                   {head.ordinal, static_cast<Decision::Kind>(head.kind), head.value,
                    std::string(bytes.substr(0, head.reason)),
                    std::string(bytes.substr(head.reason, head.detail))}});
    bytes.remove_prefix(std::size_t{head.reason} + head.detail);
  }
  return out;
}

void write_all(int fd, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw IoError("{}: cannot write: {}", path, std::strerror(errno));
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

fs::path spill_path(const fs::path& folder) { return folder / "decisions.spill"; }

}  // namespace

std::string chunk_name(std::size_t number) { return text("chunk-{:06d}", number); }

ChunkList::ChunkList(fs::path folder, std::vector<std::uint64_t> rows)
    : folder_(std::move(folder)), rows_(std::move(rows)), begin_(1, 0) {
  for (const std::uint64_t count : rows_) begin_.push_back(begin_.back() + count);
}

std::size_t ChunkList::chunk_of(std::uint64_t ordinal) const {
  const auto after = std::upper_bound(begin_.begin(), begin_.end(), ordinal);
  return static_cast<std::size_t>(after - begin_.begin()) - 1;
}

fs::path ChunkList::path(std::size_t chunk) const { return folder_ / chunk_name(chunk); }

DecisionWriter::DecisionWriter(const ChunkList& chunks, fs::path folder, std::uint64_t memory)
    : chunks_(chunks),
      folder_(std::move(folder)),
      memory_(memory),
      pending_(chunks.size()),
      blocks_(chunks.size()) {}

DecisionWriter::~DecisionWriter() {
  if (fd_ >= 0) ::close(fd_);
  std::error_code error;
  fs::remove(spill_path(folder_), error);
}

void DecisionWriter::add(const StagedDecision& one) {
  if (one.decision.ordinal >= chunks_.rows()) {
    throw InternalError("a decision speaks of row {} of {}", one.decision.ordinal, chunks_.rows());
  }
  std::string& bytes = pending_[chunks_.chunk_of(one.decision.ordinal)];
  const std::size_t before = bytes.size();
  append(one, bytes);
  held_ += bytes.size() - before;
  if (held_ > memory_) spill();
}

void DecisionWriter::spill() {
  const fs::path path = spill_path(folder_);
  if (fd_ < 0) {
    fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd_ < 0) throw IoError("{}: cannot create: {}", path, std::strerror(errno));
  }
  for (std::size_t chunk = 0; chunk < pending_.size(); ++chunk) {
    std::string& bytes = pending_[chunk];
    if (bytes.empty()) continue;
    write_all(fd_, bytes, path);
    blocks_[chunk].push_back({chunk, spilled_, bytes.size()});
    spilled_ += bytes.size();
    std::string().swap(bytes);
  }
  held_ = 0;
}

std::string DecisionWriter::take(std::size_t chunk) {
  std::string out;
  for (const Block& block : blocks_[chunk]) {
    const std::size_t at = out.size();
    out.resize(at + block.bytes);
    const ssize_t count = ::pread(fd_, out.data() + at, block.bytes, off_t(block.offset));
    if (count != static_cast<ssize_t>(block.bytes)) {
      throw IoError("{}: cannot read back: {}", spill_path(folder_),
                    count < 0 ? std::strerror(errno) : "it is shorter than it was");
    }
  }
  out += pending_[chunk];
  std::string().swap(pending_[chunk]);
  return out;
}

void DecisionWriter::finish() {
  AtomicFile file(folder_ / "decisions");
  std::string index;
  const auto note = [&] {
    const std::uint64_t at = file.bytes_written();
    index.append(reinterpret_cast<const char*>(&at), sizeof at);
  };
  for (std::size_t chunk = 0; chunk < chunks_.size(); ++chunk) {
    note();
    std::vector<StagedDecision> all = read_all(take(chunk));
    std::stable_sort(all.begin(), all.end(), [](const StagedDecision& a, const StagedDecision& b) {
      return std::pair(a.decision.ordinal, a.stage) < std::pair(b.decision.ordinal, b.stage);
    });
    std::string bytes;
    for (const StagedDecision& one : all) append(one, bytes);
    file.write(bytes);
  }
  note();
  const std::uint64_t count = chunks_.size();
  index.append(reinterpret_cast<const char*>(&count), sizeof count);
  file.write(index);
  file.commit();
}

bool has_decisions(const fs::path& folder) { return fs::exists(folder / "decisions"); }

DecisionReader::DecisionReader(const fs::path& folder) : file_(folder / "decisions") {
  const std::string_view bytes = file_.view();
  std::uint64_t count = 0;
  if (bytes.size() < 2 * sizeof count) throw DataError("{}: is cut off", file_.path());
  std::memcpy(&count, bytes.data() + bytes.size() - sizeof count, sizeof count);
  if (count > bytes.size() / sizeof count - 2) throw DataError("{}: is cut off", file_.path());
  offsets_.resize(count + 1);
  const std::size_t index = bytes.size() - (count + 2) * sizeof count;
  std::memcpy(offsets_.data(), bytes.data() + index, (count + 1) * sizeof count);
}

std::vector<StagedDecision> DecisionReader::of_chunk(std::size_t chunk) const {
  if (chunk + 1 >= offsets_.size()) throw InternalError("there is no chunk {}", chunk);
  const std::uint64_t begin = offsets_[chunk];
  return read_all(file_.view().substr(begin, offsets_[chunk + 1] - begin));
}

}  // namespace fettle::data::prepare
