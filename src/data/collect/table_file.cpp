#include "data/collect/table_file.h"

#include <dlfcn.h>

#include <mutex>
#include <utility>

#include "base/error.h"
#include "base/format.h"
#include "data/collect/readers.h"
#include "data/text_file.h"

namespace fettle::data::collect {
namespace {

namespace fs = std::filesystem;

constexpr const char* kModule = "libfettle_arrow.so";

// Beside the program, or where it is installed.
OpenTable* load_module() {
  static std::once_flag once;
  static OpenTable* open = nullptr;
  static std::string why;
  std::call_once(once, [] {
    std::error_code error;
    const fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
    for (const fs::path& path : {folder / kModule, folder / "../lib/fettle" / kModule}) {
      if (!fs::exists(path, error)) continue;
      void* const module = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
      if (module == nullptr) {
        why = ::dlerror();
        return;
      }
      open = reinterpret_cast<OpenTable*>(::dlsym(module, kOpenTableSymbol));
      return;
    }
    why = text("{} is not beside the program in {}", kModule, folder);
  });
  if (open == nullptr) throw DataError("Parquet and Arrow files cannot be read here: {}", why);
  return open;
}

class TableFileReader : public PartReader {
 public:
  TableFileReader(Part part, const Place& from, bool parquet)
      : part_(std::move(part)), row_(from.line) {
    require_file(part_.path);
    file_ = open_table({part_.path, part_.name, parquet, from.line, /*name_classes=*/true});
  }

  bool fill(PieceBuilder& out, std::int64_t limit, std::int64_t& rows) override {
    while (rows < limit && !out.full()) {
      Json row;
      if (!file_->next(row)) return false;
      const Origin origin{part_.name, ++row_};
      out.count_bytes(size_of(row));
      out.add({std::move(row), origin});
      ++rows;
    }
    return true;
  }
  Place place() const override { return {0, row_, 0}; }

 private:
  // About: the texts of the row's own columns.
  static std::size_t size_of(const Json& row) {
    std::size_t bytes = 0;
    for (const Json& value : row) {
      bytes += value.is_string() ? value.get_ref<const std::string&>().size() : 64 * value.size();
    }
    return bytes;
  }

  Part part_;
  std::int64_t row_;
  std::unique_ptr<TableFile> file_;
};

}  // namespace

std::unique_ptr<TableFile> open_table(const TableFileOptions& options) {
  return std::unique_ptr<TableFile>(load_module()(options));
}

std::unique_ptr<PartReader> open_parquet(Part part, const SourceConfig&, const Place& from) {
  return std::make_unique<TableFileReader>(std::move(part), from, true);
}
std::unique_ptr<PartReader> open_arrow(Part part, const SourceConfig&, const Place& from) {
  return std::make_unique<TableFileReader>(std::move(part), from, false);
}

}  // namespace fettle::data::collect
