#include "data/match/shingles.h"

#include <algorithm>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "data/match/words.h"

namespace fettle::data {
namespace {

void word_hashes(std::string_view normal, std::vector<std::uint64_t>& out) {
  for (std::size_t begin = 0; begin < normal.size();) {
    std::size_t end = normal.find(' ', begin);
    if (end == std::string_view::npos) end = normal.size();
    if (end > begin) out.push_back(hash64(normal.substr(begin, end - begin)));
    begin = end + 1;
  }
}

void character_hashes(std::string_view normal, std::vector<std::uint64_t>& out) {
  for (std::size_t at = 0; at < normal.size();) {
    const auto byte = static_cast<unsigned char>(normal[at]);
    const CodePoint point = byte < 128 ? CodePoint{byte, 1} : code_point_at(normal, at);
    out.push_back(mix64(static_cast<std::uint64_t>(point.value) + 0x51ed27));
    at += point.bytes;
  }
}

}  // namespace

std::uint64_t hash64(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

Key hash128(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.high64, hash.low64};
}

void shingles_of(std::string_view normal, const Shingling& how, std::vector<std::uint64_t>& out) {
  out.clear();
  thread_local std::vector<std::uint64_t> hashes;
  hashes.clear();
  how.characters ? character_hashes(normal, hashes) : word_hashes(normal, hashes);
  if (hashes.empty()) return;
  const std::size_t size =
      std::min(hashes.size(), static_cast<std::size_t>(std::max<std::int64_t>(how.size, 1)));
  for_each_run(hashes, size, [&](std::size_t, std::uint64_t hash) { out.push_back(hash); });
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
}

double jaccard(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b) {
  std::size_t both = 0;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const std::uint64_t x = a[i];
    const std::uint64_t y = b[j];
    both += x == y;
    i += x <= y;
    j += y <= x;
  }
  const std::size_t either = a.size() + b.size() - both;
  return either == 0 ? 0 : static_cast<double>(both) / static_cast<double>(either);
}

}  // namespace fettle::data
