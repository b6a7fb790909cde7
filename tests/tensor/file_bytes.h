// Model files byte by byte, so that tests can break any rule of the formats.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/error.h"
#include "base/file.h"
#include "base/format.h"

namespace fettle::tensor {

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

// Appends a number as it lies in memory, little-endian.
template <class T>
void put(std::string& out, T value) {
  static_assert(std::is_arithmetic_v<T>);
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// A safetensors file; the length is the header's own unless given.
inline std::string safetensors_bytes(std::string_view header, std::string_view data) {
  std::string out;
  put(out, std::uint64_t{header.size()});
  return out.append(header).append(data);
}

inline void put_text(std::string& out, std::string_view value) {
  put(out, std::uint64_t{value.size()});
  out.append(value);
}

// The message of the ModelError that `action` throws, or "" when it throws none.
template <class Action>
std::string refusal(Action&& action) {
  try {
    action();
  } catch (const ModelError& error) {
    return error.what();
  }
  return {};
}

// A folder of the test's own, removed afterwards.
class FolderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::temp_directory_path() /
              text("fettle-{}-{}-{}", info->test_suite_name(), info->name(), ::getpid());
    make_folders(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path folder_;
};

}  // namespace fettle::tensor
