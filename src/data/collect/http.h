// Files over HTTP and HTTPS, kept in a folder: resumed where they broke off, and whole or not at
// all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "data/collect/config.h"

namespace fettle::data::collect {

[[nodiscard]] bool is_address(std::string_view path);  // http:// or https://

struct Download {
  std::filesystem::path path;
  std::string sha256;
  bool from_cache = false;
};

// The file at the address `config.path`, in the cache folder. One that is there is taken again when
// its length (and sha256, where stated) is what was recorded. A broken transfer goes on by Range
// and If-Range where the server gave an ETag or a date; otherwise it begins anew. Throws DataError
// for a status other than 200 or 206, another length than announced, more than max_download_bytes,
// more than timeout_seconds, no byte for 30 s, more than 5 redirects, a redirect to another scheme,
// another sha256, or a web page where a file was expected. Credentials in an address are refused.
[[nodiscard]] Download fetch(const SourceConfig& config);

// 64 hexadecimal digits.
[[nodiscard]] std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace fettle::data::collect
