// Compressed files (gzip, zstd, xz, bzip2) and archives (zip, tar) through libarchive. Members are
// read one after another and never written anywhere, so their names cannot lead out of a folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "data/collect/bytes.h"

struct archive;

namespace fettle::data::collect {

// What packed data may become: a bomb is refused while it unpacks.
struct UnpackLimits {
  std::uint64_t max_bytes = std::uint64_t{1} << 40;
  std::uint64_t max_ratio = 250;  // unpacked to packed, from kRatioFrom unpacked
};

inline constexpr std::uint64_t kRatioFrom = std::uint64_t{64} << 20;
inline constexpr std::uint64_t kMaxMembers = 10'000'000;

// Whether the name ends as a compressed single file (.gz, .zst, .xz, .bz2; no tar), and the name
// without that ending; nothing otherwise.
[[nodiscard]] std::optional<std::string> without_packing(std::string_view name);

// .zip, .tar, .tar.gz, .tgz, .tar.zst, .tar.xz, .tar.bz2
[[nodiscard]] bool is_archive(std::string_view name);

// The unpacked bytes of a compressed file, whatever of the four it is. DataError when it is none or
// is cut off.
[[nodiscard]] std::unique_ptr<Bytes> open_packed(const std::filesystem::path& path,
                                                 std::string name, const UnpackLimits& limits);

// The regular files of an archive in its order.
class Archive {
 public:
  Archive(const std::filesystem::path& path, std::string name, const UnpackLimits& limits);
  ~Archive();

  struct Member {
    std::string name;  // as the archive writes it
    std::uint64_t index = 0;
  };
  // The next regular file; nothing at the end. Bytes of the one before are not read any more.
  [[nodiscard]] std::optional<Member> next();
  // Of the member that next() gave last; the archive must outlive it.
  [[nodiscard]] std::unique_ptr<Bytes> open();

 private:
  friend class MemberBytes;
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace fettle::data::collect
