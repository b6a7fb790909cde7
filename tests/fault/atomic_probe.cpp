// Saves a file as fettle does, for tests/oracle/test_fault_atomic.py to disturb.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/error.h"
#include "base/file.h"

// atomic_probe PATH LETTER COUNT: PATH is to hold COUNT times LETTER, written in pieces.
int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: atomic_probe PATH LETTER COUNT\n", stderr);
    return 2;
  }
  constexpr std::size_t kPiece = 700'000;
  try {
    fettle::AtomicFile file(argv[1]);
    for (std::size_t left = std::strtoull(argv[3], nullptr, 10); left > 0;) {
      const std::size_t size = std::min(left, kPiece);
      file.write(std::string(size, argv[2][0]));
      left -= size;
    }
    file.commit();
  } catch (const fettle::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return static_cast<int>(error.exit_code());
  }
  return 0;
}
