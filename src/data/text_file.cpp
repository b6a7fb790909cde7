#include "data/text_file.h"

#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "base/error.h"
#include "base/nearest.h"
#include "base/utf8.h"

namespace fettle::data {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kChunkBytes = std::size_t{1} << 18;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// Bytes from `at` on that are ASCII and not NUL, looked at eight at a time.
std::size_t plain_run(std::string_view bytes, std::size_t at) {
  const std::size_t begin = at;
  constexpr std::uint64_t kHigh = 0x8080808080808080U;
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  for (std::uint64_t word = 0; at + sizeof word <= bytes.size(); at += sizeof word) {
    std::memcpy(&word, bytes.data() + at, sizeof word);
    // The second term has a high bit for a zero byte, and perhaps for more behind it.
    if (((word | (word - kOnes)) & kHigh) != 0) break;
  }
  return at - begin;
}

std::string nearest_in_folder(const fs::path& path) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    return text("the folder {} does not exist either", folder);
  }
  std::vector<std::string> names;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    names.push_back(it->path().filename().native());
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  const std::string_view meant = nearest(path.filename().native(), known);
  return meant.empty() ? text("{} has {} entries and none of a near name", folder, names.size())
                       : text("did you mean {}?", (folder / meant).native());
}

}  // namespace

std::optional<Problem> check_text(std::string_view bytes, std::string_view where) {
  for (std::size_t i = 0; i < bytes.size();) {
    i += plain_run(bytes, i);
    if (i == bytes.size()) break;
    if (bytes[i] == '\0') {
      return Problem{std::string(where), text("byte {} is NUL; text has none: remove it", i + 1)};
    }
    const Utf8Char c = decode_utf8(bytes, i);
    if (!c.valid) {
      return Problem{std::string(where),
                     text("byte {} (0x{:02x}) is not UTF-8; save the file as UTF-8", i + 1,
                          static_cast<unsigned char>(bytes[i]))};
    }
    i += c.size;
  }
  return std::nullopt;
}

void require_file(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) {
    throw DataError("{}: there is no such file; {}", path, nearest_in_folder(path));
  }
  if (fs::is_directory(status)) {
    throw DataError("{}: is a folder; name the files in it", path);
  }
}

void TextFile::Close::operator()(gzFile_s* file) const { ::gzclose(file); }

TextFile::TextFile(const fs::path& path) : path_(path) {
  require_file(path);
  file_.reset(::gzopen(path.c_str(), "rbe"));
  if (!file_) throw DataError("{}: cannot open: {}", path, std::strerror(errno));
  ::gzbuffer(file_.get(), kChunkBytes);
  std::error_code error;
  if (path.extension() == ".gz" && ::gzdirect(file_.get()) == 1 && fs::file_size(path, error) > 0) {
    throw DataError("{}: is not gzip data; rename it without .gz or compress it again", path);
  }
  buffer_.resize(kChunkBytes);
}

std::string_view TextFile::next() {
  const int count = ::gzread(file_.get(), buffer_.data(), static_cast<unsigned>(buffer_.size()));
  int code = Z_OK;
  const char* const message = ::gzerror(file_.get(), &code);
  if (code == Z_BUF_ERROR) {
    throw DataError("{}: the compressed file ends too early; fetch it again", path_);
  }
  if (count < 0) {
    const std::string_view why = code == Z_ERRNO ? std::strerror(errno) : message;
    throw DataError("{}: cannot read: {}", path_, why);
  }
  std::string_view out(buffer_.data(), static_cast<std::size_t>(count));
  if (!started_ && out.starts_with(kByteOrderMark)) out.remove_prefix(kByteOrderMark.size());
  // A file of nothing but the mark reads as empty, which is its end as well.
  started_ = true;
  return out;
}

std::string read_text_file(const fs::path& path, std::uint64_t max_bytes) {
  TextFile file(path);
  std::string out;
  for (std::string_view chunk = file.next(); !chunk.empty(); chunk = file.next()) {
    if (out.size() + chunk.size() > max_bytes) {
      throw DataError("{}: is larger than the {} that are read whole; split it or use JSON Lines",
                      path, byte_size(max_bytes));
    }
    out.append(chunk);
  }
  return out;
}

bool Lines::next(std::string& line) {
  line.clear();
  if (ended_) return false;
  while (true) {
    if (rest_.empty()) rest_ = file_.next();
    if (rest_.empty()) {
      ended_ = true;
      if (line.empty()) return false;
      break;
    }
    const std::size_t end = rest_.find('\n');
    const std::string_view piece = rest_.substr(0, end);
    if (line.size() + piece.size() > max_bytes_) {
      throw DataError("{}:{}: the line is longer than {}, the most that a row may have",
                      file_.path(), number_ + 1, byte_size(max_bytes_));
    }
    line.append(piece);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    if (end != std::string_view::npos) break;
  }
  ++number_;
  if (line.ends_with('\r')) line.pop_back();
  return true;
}

}  // namespace fettle::data
