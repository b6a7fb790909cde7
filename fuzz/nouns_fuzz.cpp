// read_nouns on the input as WordNet's data.noun.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/error.h"
#include "data/wordnet.h"

namespace {

namespace fs = std::filesystem;

// A folder of its own whose data.noun is a file in memory, as long as the process lives.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "nouns-XXXXXX").string();
    if (fd_ < 0 || ::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
    fs::create_symlink("/proc/self/fd/" + std::to_string(fd_), path_ / "data.noun");
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  const fs::path& with(const std::uint8_t* data, std::size_t size) {
    if (::ftruncate(fd_, 0) != 0) std::abort();
    if (::pwrite(fd_, data, size, 0) != static_cast<ssize_t>(size)) std::abort();
    return path_;
  }

 private:
  int fd_ = ::memfd_create("nouns", 0);
  fs::path path_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Folder folder;
  try {
    for (const auto& noun : fettle::data::read_nouns(folder.with(data, size))) {
      if (noun.file < 0 || noun.file >= static_cast<int>(fettle::data::kNounFiles.size())) {
        std::abort();
      }
    }
  } catch (const fettle::Error&) {
  }
  return 0;
}
