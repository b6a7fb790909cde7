// Files of rows: the first byte chooses the format, the rest is the file.
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/error.h"
#include "data/form.h"
#include "data/source.h"

namespace {

constexpr std::array<const char*, 5> kFormats = {"jsonl", "json", "csv", "tsv", "text"};

// A file in memory that has a path.
int memory_file(const std::uint8_t* data, std::size_t size) {
  const int fd = ::memfd_create("rows", 0);
  if (fd < 0 || ::write(fd, data, size) != static_cast<ssize_t>(size)) std::abort();
  return fd;
}

void read_all(const std::string& path, const char* format) {
  fettle::data::DataConfig config;
  config.dataset_format = format;
  const auto sink = [&](fettle::Result<fettle::Json> record, const fettle::data::Origin& origin) {
    if (!record) return;
    const auto form = fettle::data::find_form(*record, config, origin);
    if (form) (void)fettle::data::read_row(*record, *form, config, origin);
  };
  fettle::data::read_records(path, config, sink);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const int fd = memory_file(data + 1, size - 1);
  try {
    read_all("/proc/self/fd/" + std::to_string(fd), kFormats[data[0] % kFormats.size()]);
  } catch (const fettle::Error&) {
  }
  ::close(fd);
  return 0;
}
