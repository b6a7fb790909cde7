// Files: read whole or mapped, written aside and renamed so that a reader never sees half a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace fettle {

namespace fs = std::filesystem;

// The whole file. Throws IoError naming the path and the system's reason. max_bytes guards memory.
[[nodiscard]] std::string read_file(const fs::path& path,
                                    std::uint64_t max_bytes = std::uint64_t{1} << 32);

// A read-only private mapping, valid while the object lives. The size is fixed at opening: a file
// that shrinks afterwards raises SIGBUS on access, so checkpoints are never truncated in place.
class MappedFile {
 public:
  explicit MappedFile(const fs::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  [[nodiscard]] std::span<const std::byte> bytes() const { return {data_, size_}; }
  [[nodiscard]] std::string_view view() const {
    return {reinterpret_cast<const char*>(data_), size_};
  }
  [[nodiscard]] const fs::path& path() const { return path_; }
  // Lets go of the memory under a range of bytes(), which is read anew when it is next looked at.
  void forget(std::span<const std::byte> range) const;

 private:
  fs::path path_;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

// Writes <path>.tmp-<pid> beside the target; commit() syncs it and renames it into place, after
// which the parent folder is synced too. Destroyed without commit(), it removes what it wrote.
// Every failure throws IoError; a failed sync is final (its data may be lost) and is not retried.
class AtomicFile {
 public:
  explicit AtomicFile(fs::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::string_view bytes);
  void write(std::span<const std::byte> bytes);
  [[nodiscard]] std::uint64_t bytes_written() const { return written_; }
  void commit();

 private:
  void flush();

  fs::path path_;
  fs::path temporary_;
  int fd_ = -1;
  std::uint64_t written_ = 0;
  std::string buffer_;
};

void write_file_atomically(const fs::path& path, std::string_view bytes);

// Syncs a folder's entries, so that a rename in it survives a power cut.
void sync_folder(const fs::path& folder);

// Renames a finished folder into place and syncs the parent. Refuses to replace an existing one.
void rename_folder(const fs::path& from, const fs::path& to);

// Creates the folder and its parents; IoError with the reason if that fails.
void make_folders(const fs::path& folder);

// Holds an exclusive lock on `folder`/.lock while it lives; throws UsageError naming the holder's
// process when another run has it.
class FolderLock {
 public:
  explicit FolderLock(const fs::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int fd_ = -1;
};

}  // namespace fettle
