#include "data/sha256.h"

#include <vector>

#include "data/collect/bytes.h"
#include "data/collect/http.h"

namespace fettle::data::collect {

std::string sha256_of_file(const std::filesystem::path& path) {
  Sha256 sum;
  const auto bytes = open_file(path, path.native());
  std::vector<char> chunk(std::size_t{1} << 20);
  while (const std::size_t count = bytes->read(chunk.data(), chunk.size())) {
    sum.update({chunk.data(), count});
  }
  return hexadecimal(sum.done());
}

}  // namespace fettle::data::collect
