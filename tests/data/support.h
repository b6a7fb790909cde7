// What the tests of the data room share: a folder of their own, assets, the message of an error.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/file.h"
#include "data/dataset.h"

namespace fettle::data {

// A folder that is removed with the object.
class TestFolder {
 public:
  TestFolder() : path_(fs::temp_directory_path() / text("fettle-data-{}-{}", ::getpid(), next())) {
    fs::create_directories(path_);
  }
  ~TestFolder() { fs::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  [[nodiscard]] std::string write(const std::string& name, std::string_view bytes) const {
    const fs::path path = path_ / name;
    write_file_atomically(path, bytes);
    return path.native();
  }
  [[nodiscard]] std::string write_gzip(const std::string& name, std::string_view bytes) const {
    const std::string path = (path_ / name).native();
    gzFile file = ::gzopen(path.c_str(), "wb");
    ::gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
    ::gzclose(file);
    return path;
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  static int next() {
    static int count = 0;
    return ++count;
  }
  fs::path path_;
};

// Empty when the test data is not there.
inline fs::path assets_folder() {
  const char* const given = std::getenv("FETTLE_ASSETS");
  const fs::path folder = given != nullptr
                              ? fs::path(given)
                              : fs::path(__FILE__).parent_path() / "../../../shared/assets";
  return fs::exists(folder / "INDEX.tsv") ? folder : fs::path();
}

template <class Function>
std::string error_of(Function function) {
  try {
    function();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

inline LoadedData load(const std::string& path, DataConfig config = {}) {
  config.dataset = {path};
  return load_dataset(config, 7);
}

inline std::string load_error(const std::string& path, const DataConfig& config = {}) {
  return error_of([&] { static_cast<void>(load(path, config)); });
}

}  // namespace fettle::data
