// A finished piece of a pass on disk: named sections and a JSON of figures, summed, written aside
// and renamed. That a chunk's file exists says that the chunk is done.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/json.h"

namespace fettle::data::prepare {

struct ChunkParts {
  Json info = Json::object();
  std::vector<std::pair<std::string, std::string>> sections;  // name, bytes
};

// Throws IoError.
void write_chunk(const fs::path& path, const ChunkParts& parts);

class ChunkFile {
 public:
  // Throws DataError for a file that is cut off or no chunk.
  explicit ChunkFile(const fs::path& path);

  [[nodiscard]] const Json& info() const { return info_; }
  // Empty for a section that the chunk has not.
  [[nodiscard]] std::string_view section(std::string_view name) const;
  [[nodiscard]] std::vector<std::string_view> section_names() const;
  // Throws DataError when the bytes of a section, or of any, are not those that were written.
  void verify(std::string_view name) const;
  void verify() const;

 private:
  struct Section {
    std::string name;
    std::string_view bytes;
    std::string hash;
  };
  MappedFile file_;
  Json info_;
  std::vector<Section> sections_;
};

// The info alone, without mapping the sections.
[[nodiscard]] Json chunk_info(const fs::path& path);

}  // namespace fettle::data::prepare
