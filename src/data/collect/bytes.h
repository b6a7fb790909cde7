// The bytes of one file, member of an archive or memory, read forward in bounded memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace fettle::data::collect {

class Bytes {
 public:
  virtual ~Bytes() = default;

  // Puts at most `capacity` bytes into `out` and says how many; 0 at the end alone. Throws
  // DataError when the source is damaged or over its limits, IoError when the system refuses.
  [[nodiscard]] virtual std::size_t read(char* out, std::size_t capacity) = 0;

  // Goes on `count` bytes further; false when the end comes before. A plain file seeks.
  [[nodiscard]] virtual bool skip(std::uint64_t count);

  // As messages name it: "rows.jsonl", "rows.zip!inner/rows.jsonl".
  [[nodiscard]] virtual const std::string& name() const = 0;
};

// A regular file, or a file that /proc/self/fd names; throws DataError when it is missing or a
// folder (data::require_file).
[[nodiscard]] std::unique_ptr<Bytes> open_file(const std::filesystem::path& path, std::string name);

// Bytes in memory that outlive the object.
[[nodiscard]] std::unique_ptr<Bytes> open_memory(std::string_view bytes, std::string name);

// All that is left; throws DataError over `max_bytes`, saying what `what` may have.
[[nodiscard]] std::string read_all(Bytes& bytes, std::uint64_t max_bytes, std::string_view what);

// A file without a name that holds all bytes of `bytes`: readers that need to jump (Parquet,
// SQLite, PDF) get at members of archives through its path. Removed with the object.
class Spooled {
 public:
  // Throws DataError over `max_bytes`, IoError when the disk is full.
  Spooled(Bytes& bytes, std::uint64_t max_bytes);
  ~Spooled();
  Spooled(const Spooled&) = delete;
  Spooled& operator=(const Spooled&) = delete;

  // /proc/self/fd/N
  [[nodiscard]] std::filesystem::path path() const;

 private:
  int fd_ = -1;
};

}  // namespace fettle::data::collect
