// A work file that is appended to, then read: no one else reads it, so it is neither synced nor
// renamed. Every failure throws IoError with the path and the system's reason.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fettle::data {

class SpillFile {
 public:
  // Creates the file, or empties it.
  explicit SpillFile(std::filesystem::path path);
  ~SpillFile();  // removes it
  SpillFile(SpillFile&& other) noexcept;
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;
  SpillFile& operator=(SpillFile&&) = delete;

  // Gives the offset at which the bytes begin. Small pieces are gathered.
  std::uint64_t append(std::span<const std::byte> bytes);
  std::uint64_t append(std::string_view bytes);
  [[nodiscard]] std::uint64_t size() const { return written_ + gathered_.size(); }

  // Writes what was gathered; call it before the first read().
  void flush();
  // Thread-safe. Exactly out.size() bytes, or IoError.
  void read(std::uint64_t offset, std::span<std::byte> out) const;

 private:
  void write(std::span<const std::byte> bytes);

  std::filesystem::path path_;
  int fd_ = -1;
  std::uint64_t written_ = 0;
  std::string gathered_;
};

// Items of a file in their order, `items` of them read at once.
template <class Item>
class SpillReader {
 public:
  SpillReader(SpillFile& file, std::size_t items) : file_(&file), block_(items) { file.flush(); }

  // Valid until the next call; null at the end.
  [[nodiscard]] const Item* next() {
    if (at_ == filled_ && !fill()) return nullptr;
    return &block_[at_++];
  }

 private:
  bool fill() {
    const std::uint64_t left = (file_->size() - offset_) / sizeof(Item);
    filled_ = left < block_.size() ? static_cast<std::size_t>(left) : block_.size();
    at_ = 0;
    if (filled_ == 0) return false;
    const auto part = std::as_writable_bytes(std::span(block_).first(filled_));
    file_->read(offset_, part);
    offset_ += part.size();
    return true;
  }

  SpillFile* file_;
  std::vector<Item> block_;
  std::uint64_t offset_ = 0;
  std::size_t at_ = 0;
  std::size_t filled_ = 0;
};

// Texts by number, read back in any order by any thread. Eight bytes a text are held in memory.
class TextStore {
 public:
  explicit TextStore(std::filesystem::path path) : file_(std::move(path)) {}

  void add(std::string_view text) { begins_.push_back(file_.append(text)); }
  // Call once, after the last text.
  void close() {
    begins_.push_back(file_.size());
    file_.flush();
  }
  void get(std::size_t number, std::string& out) const {
    out.resize(static_cast<std::size_t>(begins_[number + 1] - begins_[number]));
    file_.read(begins_[number], std::as_writable_bytes(std::span(out)));
  }

 private:
  SpillFile file_;
  std::vector<std::uint64_t> begins_;
};

}  // namespace fettle::data
