// The parts of a source one after another: files, members of archives, a query.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "data/collect/packed.h"
#include "data/collect/reader.h"
#include "data/collect/resolve.h"

namespace fettle::data::collect {

class Parts {
 public:
  // `source` outlives the object. Throws DataError when resume_at is of another source, or when the
  // files changed since.
  Parts(const Resolved& source, std::string_view resume_at);

  // Makes sure that a part is open; false when all are read.
  [[nodiscard]] bool open();
  [[nodiscard]] bool gives_records() const { return gives_records_; }
  // PartReader::fill of the open part, which is closed at its end; the rows that were added.
  [[nodiscard]] std::int64_t fill(PieceBuilder& out, std::int64_t limit);
  [[nodiscard]] std::string position() const;
  // Rows before the place that was resumed at.
  [[nodiscard]] std::int64_t rows_before() const { return rows_; }

 private:
  bool open_file_part(const FoundFile& file);
  bool open_member(const FoundFile& file);
  void open_reader(Part part, std::string_view known_name);
  void open_other();
  void read_position(std::string_view resume_at);

  const Resolved& source_;
  UnpackLimits limits_;
  std::size_t file_ = 0;      // index of the file that is read next or now
  std::uint64_t member_ = 0;  // of the archive: the last member that was read whole
  std::uint64_t open_member_ = 0;
  std::int64_t rows_ = 0;
  Place from_;  // where the part that is opened next begins
  std::unique_ptr<Archive> archive_;
  std::unique_ptr<PartReader> reader_;
  bool gives_records_ = false;
};

}  // namespace fettle::data::collect
