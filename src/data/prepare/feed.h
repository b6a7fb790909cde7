// Where a pass takes its records from: the sources, or the chunks of the pass before with what the
// set stages decided of them. Pieces are handed out one at a time and read on all threads.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "data/prepare/chunk_writer.h"
#include "data/prepare/decisions.h"
#include "data/prepare/job.h"

namespace fettle::data::prepare {

class Feed {
 public:
  virtual ~Feed() = default;

  struct Work {
    std::size_t chunk = 0;
    // Thread-safe against other pieces' read: gives the piece's records to the writer.
    std::function<void(ChunkWriter&)> read;
    Json resume;  // what resume_behind() is given after a kill; null where nothing is needed
  };
  // The next piece; nothing at the end. Called under a lock.
  [[nodiscard]] virtual std::optional<Work> next() = 0;
  // Goes on behind chunk `chunk`, with the `resume` that its Work had.
  virtual void resume_behind(std::size_t chunk, const Json& resume) = 0;
};

// All sources one after another; a chunk is a piece of one of them.
class SourceFeed final : public Feed {
 public:
  explicit SourceFeed(const Job& job) : job_(job) {}
  [[nodiscard]] std::optional<Work> next() override;
  void resume_behind(std::size_t chunk, const Json& resume) override;

 private:
  const Job& job_;
  std::size_t chunk_ = 0;
  std::size_t source_ = 0;
  std::size_t pieces_ = 0;  // of the source, in this process
  std::string resume_at_;
  std::shared_ptr<Stream> stream_;
};

// The chunks of the pass before. names: of the stages by their number.
class ChunkFeed final : public Feed {
 public:
  // decisions: null when no set stage spoke.
  ChunkFeed(const ChunkList& chunks, const DecisionReader* decisions,
            std::vector<std::string> names);
  [[nodiscard]] std::optional<Work> next() override;
  void resume_behind(std::size_t chunk, const Json& resume) override;

 private:
  void read(std::size_t chunk, ChunkWriter& writer) const;
  void give(PackedRow row, Names& names, std::span<const StagedDecision> said,
            ChunkWriter& writer) const;
  [[nodiscard]] std::string origin_of(std::uint64_t ordinal) const;

  const ChunkList& chunks_;
  const DecisionReader* decisions_;
  std::vector<std::string> stage_names_;
  std::size_t chunk_ = 0;
};

// Where a source's list of inputs is kept when its end was reached.
[[nodiscard]] fs::path inputs_path(const Job& job, std::size_t source);

// A split's name becomes a file's: lower-case letters, digits, "-" and "_". Throws UsageError.
void check_part_name(std::string_view name);

}  // namespace fettle::data::prepare
