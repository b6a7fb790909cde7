// The set stages of a pass, one after another over the observations on disk.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/prepare/chunk_writer.h"
#include "data/prepare/decisions.h"

namespace fettle::data::prepare {

// What earlier stages said of the rows of a pass, as far as later ones ask.
struct Standing {
  std::vector<bool> alive;
  std::vector<std::uint64_t> groups;  // empty: none was named
  std::vector<std::uint32_t> parts;   // the same
  Names part_names;
};

class Deciding {
 public:
  // Reads groups and parts of earlier passes from the chunks. memory: of the decisions held.
  Deciding(const ChunkList& chunks, std::uint64_t memory);

  [[nodiscard]] std::uint64_t alive_count() const { return alive_count_; }
  void run(const SetStep& step);
  void finish() { writer_.finish(); }

 private:
  void note(const Decision& decision);
  void read_standing();

  const ChunkList& chunks_;
  DecisionWriter writer_;
  Standing standing_;
  std::uint64_t alive_count_ = 0;
};

}  // namespace fettle::data::prepare
