#include "data/prepare/outputs.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/error.h"
#include "base/hash.h"
#include "data/prepare/chunk_file.h"

namespace fettle::data::prepare {
namespace {

constexpr std::string_view kPart = "part-";
constexpr std::array<std::string_view, 3> kOrder = {"train", "validation", "test"};

std::vector<std::string> parts_of(const ChunkList& chunks) {
  std::set<std::string> found;
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    const ChunkFile file(chunks.path(i));
    for (const std::string_view name : file.section_names()) {
      if (name.starts_with(kPart)) found.emplace(name.substr(kPart.size()));
    }
  }
  std::vector<std::string> out(found.begin(), found.end());
  std::stable_sort(out.begin(), out.end(), [](const std::string& a, const std::string& b) {
    const auto place = [](const std::string& name) {
      return std::find(kOrder.begin(), kOrder.end(), name) - kOrder.begin();
    };
    return place(a) < place(b);
  });
  return out;
}

OutputFile write_section(const Job& job, const ChunkList& chunks, const std::string& section,
                         const std::string& name, const Watch& watch) {
  OutputFile out;
  out.name = name;
  AtomicFile file(job.output_dir / name);
  Hasher hasher;
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    if (watch.stop()) throw Interrupted("stopped while writing {}; go on with --resume", name);
    const ChunkFile chunk(chunks.path(i));
    chunk.verify(section);
    const std::string_view bytes = chunk.section(section);
    out.rows += static_cast<std::uint64_t>(std::count(bytes.begin(), bytes.end(), '\n'));
    hasher.add(bytes);
    file.write(bytes);
  }
  out.bytes = file.bytes_written();
  out.hash = hasher.xxh3_128();
  file.commit();
  return out;
}

}  // namespace

Prepared write_outputs(const Job& job, const ChunkList& chunks, const Watch& watch) {
  Prepared out;
  for (const std::string& part : parts_of(chunks)) {
    out.outputs.push_back(
        write_section(job, chunks, std::string(kPart) + part, part + ".jsonl", watch));
    out.outputs.back().part = part;
  }
  out.explained = write_section(job, chunks, "why", "explained.jsonl", watch);
  return out;
}

}  // namespace fettle::data::prepare
