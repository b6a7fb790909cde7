// What set stages decided, brought from any order into that of the rows with bounded memory, and
// kept on disk by chunk for the pass that applies it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/file.h"
#include "data/prepare/chunk_file.h"
#include "data/stage.h"

namespace fettle::data::prepare {

// The rows of a finished pass: how many each chunk holds, and which rows those are.
class ChunkList {
 public:
  ChunkList(fs::path folder, std::vector<std::uint64_t> rows);

  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  [[nodiscard]] std::uint64_t rows() const { return begin_.back(); }
  [[nodiscard]] std::uint64_t begin(std::size_t chunk) const { return begin_[chunk]; }
  [[nodiscard]] std::uint64_t rows_of(std::size_t chunk) const { return rows_[chunk]; }
  [[nodiscard]] std::size_t chunk_of(std::uint64_t ordinal) const;
  [[nodiscard]] fs::path path(std::size_t chunk) const;
  [[nodiscard]] const fs::path& folder() const { return folder_; }

 private:
  fs::path folder_;
  std::vector<std::uint64_t> rows_;
  std::vector<std::uint64_t> begin_;
};

// "chunk-000012"
[[nodiscard]] std::string chunk_name(std::size_t number);

struct StagedDecision {
  std::uint32_t stage = 0;
  Decision decision;
};

class DecisionWriter {
 public:
  // Holds at most `memory` bytes; spills into `folder`.
  DecisionWriter(const ChunkList& chunks, fs::path folder, std::uint64_t memory);
  ~DecisionWriter();
  DecisionWriter(const DecisionWriter&) = delete;
  DecisionWriter& operator=(const DecisionWriter&) = delete;

  // Throws InternalError for an ordinal that is no row's.
  void add(const StagedDecision& one);
  // Writes <folder>/decisions: the file's last word is its index, so half a file is none.
  void finish();

 private:
  struct Block {
    std::size_t chunk;
    std::uint64_t offset;
    std::uint64_t bytes;
  };
  void spill();
  [[nodiscard]] std::string take(std::size_t chunk);

  const ChunkList& chunks_;
  fs::path folder_;
  std::uint64_t memory_;
  std::uint64_t held_ = 0;
  std::vector<std::string> pending_;
  std::vector<std::vector<Block>> blocks_;
  std::uint64_t spilled_ = 0;
  int fd_ = -1;
};

class DecisionReader {
 public:
  explicit DecisionReader(const fs::path& folder);
  // Thread-safe: a chunk's decisions by ordinal, those of one row in the order of the stages.
  [[nodiscard]] std::vector<StagedDecision> of_chunk(std::size_t chunk) const;

 private:
  MappedFile file_;
  std::vector<std::uint64_t> offsets_;
};

[[nodiscard]] bool has_decisions(const fs::path& folder);

}  // namespace fettle::data::prepare
