// Bytes and lines of a text file, plain or gzip (.gz), without holding the file. A line's length is
// bounded, UTF-8 is checked, a byte order mark at the start is skipped.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

struct gzFile_s;

namespace fettle::data {

inline constexpr std::size_t kMaxLineBytes = std::size_t{64} << 20;
inline constexpr std::uint64_t kMaxFileBytes = std::uint64_t{1} << 32;

// Where text is not UTF-8 (RFC 3629: no overlong form, no surrogate, at most U+10FFFF) or holds a
// NUL, named by its 1-based byte.
[[nodiscard]] std::optional<Problem> check_text(std::string_view bytes, std::string_view where);

// Throws DataError naming the nearest existing name in the folder when `path` is missing, or when
// it is a folder.
void require_file(const std::filesystem::path& path);

// Opening and reading throw DataError for a missing, truncated or damaged file.
class TextFile {
 public:
  explicit TextFile(const std::filesystem::path& path);

  // The next bytes, valid until the next call; empty at the end of the file.
  [[nodiscard]] std::string_view next();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  struct Close {
    void operator()(gzFile_s* file) const;
  };

  std::filesystem::path path_;
  std::unique_ptr<gzFile_s, Close> file_;
  std::string buffer_;
  bool started_ = false;
};

// The whole (decompressed) file; DataError over max_bytes.
[[nodiscard]] std::string read_text_file(const std::filesystem::path& path,
                                         std::uint64_t max_bytes = kMaxFileBytes);

class Lines {
 public:
  explicit Lines(const std::filesystem::path& path, std::size_t max_bytes = kMaxLineBytes)
      : file_(path), max_bytes_(max_bytes) {}

  // Puts the next line, without its LF or CRLF, into `line`; false at the end. Throws DataError
  // when the line is longer than max_bytes.
  [[nodiscard]] bool next(std::string& line);
  // Of the line last read, from 1.
  [[nodiscard]] std::int64_t number() const { return number_; }

 private:
  TextFile file_;
  std::size_t max_bytes_;
  std::string_view rest_;
  std::int64_t number_ = 0;
  bool ended_ = false;
};

}  // namespace fettle::data
