// bench_minhash FILE SIZE PERMUTATIONS: seconds that prints of a file's lines take on one thread,
// for bench/dedup.py. bench_minhash FILE SIZE PERMUTATIONS FOLDER MEMORY_MB THREADS: the whole
// search for near-duplicates of the lines, prints on disk, as a set stage of the engine would see
// them: seconds, then counts.
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

#include "base/error.h"
#include "data/match/duplicates.h"
#include "data/match/spill_file.h"
#include "data/match/words.h"
#include "data/text_file.h"

namespace fettle::data {
namespace {

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void time_prints(const std::string& path, const Fingerprinter& prints) {
  std::vector<std::string> rows;
  Lines lines(path);
  for (std::string line; lines.next(line);) rows.push_back(line);
  std::string out;
  std::uint64_t bytes = 0;
  const double begin = seconds();
  for (const std::string& row : rows) {
    out.clear();
    prints.print(normal_text(row), {}, out);
    bytes += out.size();
  }
  std::cout << seconds() - begin << " " << bytes << "\n";
}

void time_search(const std::string& path, const Fingerprinter& prints, const SearchBench& bench) {
  const double begin = seconds();
  SpillFile spilled(bench.folder / "prints");
  std::vector<std::uint32_t> sizes;
  Lines lines(path);
  std::string print;
  for (std::string line; lines.next(line);) {
    print.clear();
    prints.print(normal_text(line), {}, print);
    spilled.append(std::string_view(print));
    sizes.push_back(static_cast<std::uint32_t>(print.size()));
  }
  spilled.flush();
  const double printed = seconds();
  const PrintSource source = [&](const PrintVisit& visit) {
    std::string bytes;
    std::uint64_t at = 0;
    for (std::size_t row = 0; row < sizes.size();) {
      const std::size_t first = row;
      std::uint64_t length = 0;
      while (row < sizes.size() && length < (1U << 20)) length += sizes[row++];
      bytes.resize(length);
      spilled.read(at, std::as_writable_bytes(std::span(bytes)));
      std::size_t begin_of = 0;
      for (std::size_t i = first; i < row; begin_of += sizes[i++]) {
        visit(i, std::string_view(bytes).substr(begin_of, sizes[i]));
      }
      at += length;
    }
  };
  std::uint64_t dropped = 0;
  const SearchReport report = find_duplicates(
      prints, source, sizes.size(), bench, [&](const ClusterRow& row) { dropped += row.dropped; });
  std::cout << "prints " << printed - begin << " s, search " << seconds() - printed << " s, rows "
            << report.rows << ", exact " << report.exact << ", candidates " << report.candidates
            << ", compared " << report.compared << ", verified " << report.verified << ", dropped "
            << dropped << "\n";
}

}  // namespace
}  // namespace fettle::data

int main(int count, char** arguments) {
  using namespace fettle::data;  // NOLINT(google-build-using-namespace): a program of one file
  try {
    if (count != 4 && count != 7) throw fettle::UsageError("see the top of bench_minhash.cpp");
    NearOptions near;
    near.shingling.size = std::atoi(arguments[2]);
    near.permutations = std::atoi(arguments[3]);
    const Fingerprinter prints(near, 1);
    if (count == 4) {
      time_prints(arguments[1], prints);
    } else {
      time_search(
          arguments[1], prints,
          {arguments[4], std::strtoull(arguments[5], nullptr, 10) << 20, std::atoi(arguments[6])});
    }
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
