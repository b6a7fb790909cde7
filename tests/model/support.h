// What the engine's tests share: a folder of their own, the message of an error, real models.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <iterator>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/file.h"

namespace fettle {

// A folder that is removed with the object.
class EngineFolder {
 public:
  EngineFolder()
      : path_(fs::temp_directory_path() / text("fettle-engine-{}-{}", ::getpid(), next())) {
    fs::create_directories(path_);
  }
  ~EngineFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  EngineFolder(const EngineFolder&) = delete;
  EngineFolder& operator=(const EngineFolder&) = delete;

  [[nodiscard]] const fs::path& path() const { return path_; }
  [[nodiscard]] fs::path operator/(const std::string& name) const { return path_ / name; }
  // How many files and folders lie in it, for "nothing was left behind".
  [[nodiscard]] std::ptrdiff_t entries() const {
    return std::distance(fs::directory_iterator(path_), fs::directory_iterator());
  }

 private:
  static int next() {
    static int count = 0;
    return ++count;
  }
  fs::path path_;
};

// The message of the Kind that `function` throws; says so when it throws nothing or another kind.
template <class Kind, class Function>
std::string message_of(Function function) {
  try {
    function();
  } catch (const Kind& error) {
    return error.what();
  } catch (const std::exception& error) {
    return std::string("another kind of error: ") + error.what();
  }
  return "no error";
}

// The 260K-parameter story model with golden.json; empty when the test data is not there.
inline fs::path stories_folder() {
  const char* const given = std::getenv("FETTLE_ASSETS");
  const fs::path assets = given != nullptr
                              ? fs::path(given)
                              : fs::path(__FILE__).parent_path() / "../../../shared/assets";
  const fs::path folder = assets / "models/stories260K";
  return fs::exists(folder / "golden.json") ? folder : fs::path();
}

// A whole file with one byte changed.
inline void flip_byte(const fs::path& path, std::size_t position, unsigned char mask) {
  std::string bytes = read_file(path);
  bytes.at(position) = static_cast<char>(static_cast<unsigned char>(bytes[position]) ^ mask);
  write_file_atomically(path, bytes);
}

}  // namespace fettle
