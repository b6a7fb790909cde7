// Runs of ASCII letters and digits, eight bytes at a time, and hashes of short words: what the
// rules that cut text into words spend their time on.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace fettle::data::clean {

static_assert(std::endian::native == std::endian::little, "the first byte is the lowest one");

// Eight bytes from `at` on, zeros behind the text's end.
[[nodiscard]] inline std::uint64_t eight_bytes(std::string_view text, std::size_t at) {
  std::uint64_t eight = 0;
  if (at + 8 <= text.size()) {
    std::memcpy(&eight, text.data() + at, 8);
  } else if (at < text.size()) {
    std::memcpy(&eight, text.data() + at, text.size() - at);
  }
  return eight;
}

struct WordRun {
  std::size_t size = 0;
  std::size_t digits = 0;
};

// The ASCII letters and digits from `at` on.
[[nodiscard]] inline WordRun word_run(std::string_view text, std::size_t at) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHigh = kOnes * 0x80;
  // The high bit of each byte below 0x80 that is `least` or more.
  const auto from = [](std::uint64_t low, unsigned least) { return low + kOnes * (0x80 - least); };
  // How many high bits are set.
  const auto count = [](std::uint64_t high) {
    return static_cast<std::size_t>((high >> 7) * kOnes >> 56);
  };
  WordRun run;
  for (;;) {
    const std::uint64_t bytes = eight_bytes(text, at + run.size);
    const std::uint64_t low = bytes & ~kHigh;
    const std::uint64_t small = low | kOnes * 0x20;
    const std::uint64_t letters = from(small, 'a') & ~from(small, 'z' + 1);
    const std::uint64_t digits = from(low, '0') & ~from(low, '9' + 1) & ~bytes & kHigh;
    const std::uint64_t others = ~((letters & ~bytes) | digits) & kHigh;
    if (others == 0) {
      run.size += 8;
      run.digits += count(digits);
      continue;
    }
    const int length = std::countr_zero(others) >> 3;
    const std::uint64_t within = (std::uint64_t{1} << (8 * length)) - 1;
    run.size += static_cast<std::size_t>(length);
    run.digits += count(digits & within);
    return run;
  }
}

// Two words to one, as wyhash mixes (Wang Yi, 2019): the halves of their product.
[[nodiscard]] inline std::uint64_t mixed(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a ^ 0xa0761d6478bd642f) * (b ^ 0xe7037ed1a0b428db);
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

// Of at most 16 bytes of the text.
[[nodiscard]] inline std::uint64_t short_hash(std::string_view text, std::size_t begin,
                                              std::size_t size) {
  std::uint64_t head = eight_bytes(text, begin);
  std::uint64_t tail = size << 56;
  if (size > 8) {
    tail ^= eight_bytes(text, begin + 8) & (~std::uint64_t{0} >> (128 - 8 * size));
  } else if (size < 8) {
    head &= (std::uint64_t{1} << (8 * size)) - 1;
  }
  return mixed(mixed(head, tail), 0x8ebc6af09c88c6e3);
}

}  // namespace fettle::data::clean
