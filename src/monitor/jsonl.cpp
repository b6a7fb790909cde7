#include "monitor/jsonl.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/error.h"
#include "base/file.h"
#include "monitor/log.h"

namespace fettle::monitor {

JsonlSink::JsonlSink(const std::filesystem::path& path, Start start) : path_(path) {
  if (path.has_parent_path()) make_folders(path.parent_path());
  const int fresh = start == Start::kNew ? O_TRUNC : 0;
  fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | fresh, 0666);
  if (fd_ < 0) throw IoError("{}: cannot be written: {}", path, std::strerror(errno));
  struct stat status {};
  has_start_ = ::fstat(fd_, &status) == 0 && status.st_size > 0;
}

JsonlSink::~JsonlSink() {
  if (fd_ >= 0) ::close(fd_);
}

void JsonlSink::write(const Event& event) {
  if (event.kind == Kind::kRunStarted) {
    if (has_start_) return;
    has_start_ = true;
  }
  const std::string line = to_text(event_json(event)) + "\n";
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t written = ::write(fd_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw IoError("{}: cannot be written: {}", path_, std::strerror(errno));
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

void JsonlSink::flush() {
  if (::fsync(fd_) != 0) throw IoError("{}: cannot be synced: {}", path_, std::strerror(errno));
}

}  // namespace fettle::monitor
