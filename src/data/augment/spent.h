// What was asked of a server and what it cost, kept in a file, so that a budget is of a whole run
// and not of one start of the program.
#pragma once

#include <cstdint>
#include <filesystem>

namespace fettle::data {

struct ApiUsage {
  std::int64_t requests = 0;
  std::int64_t tokens = 0;
  double cost = 0;
};

// Nothing where there is no file. Throws DataError for a file that holds something else.
[[nodiscard]] ApiUsage read_spent(const std::filesystem::path& file);
// Atomic and synced; makes the folder. Throws IoError.
void write_spent(const std::filesystem::path& file, const ApiUsage& usage);

}  // namespace fettle::data
