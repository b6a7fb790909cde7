// Addresses of Bitcoin: base58check (double SHA-256) and bech32 (BIP 173, BIP 350).
#include <array>
#include <vector>

#include "data/clean/checks.h"
#include "data/sha256.h"

namespace fettle::data::clean {
namespace {

bool is_base58check(std::string_view address) {
  constexpr std::string_view kAlphabet =
      "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  std::array<std::uint8_t, 25> bytes{};
  for (const char c : address) {
    const std::size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) return false;
    std::size_t carry = value;
    for (std::size_t i = bytes.size(); i-- > 0;) {
      carry += std::size_t{58} * bytes[i];
      bytes[i] = static_cast<std::uint8_t>(carry & 0xff);
      carry >>= 8;
    }
    if (carry != 0) return false;
  }
  const std::string_view payload(reinterpret_cast<const char*>(bytes.data()), 21);
  const Digest once = sha256(payload);
  const Digest twice = sha256({reinterpret_cast<const char*>(once.data()), once.size()});
  return std::equal(bytes.begin() + 21, bytes.end(), twice.begin());
}

bool is_bech32(std::string_view address) {
  constexpr std::string_view kAlphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
  constexpr std::array<std::uint32_t, 5> kGenerator = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa,
                                                       0x3d4233dd, 0x2a1462b3};
  std::uint32_t check = 1;
  const auto feed = [&](std::uint32_t value) {
    const std::uint32_t top = check >> 25;
    check = (check & 0x1ffffff) << 5 ^ value;
    for (std::size_t i = 0; i < 5; ++i) check ^= (top >> i & 1) != 0 ? kGenerator[i] : 0;
  };
  for (const char c : {'b', 'c'}) feed(static_cast<std::uint32_t>(c) >> 5);
  feed(0);
  for (const char c : {'b', 'c'}) feed(static_cast<std::uint32_t>(c) & 31);
  for (const char c : address.substr(3)) {
    const std::size_t value = kAlphabet.find(static_cast<char>(c | (c >= 'A' ? 0x20 : 0)));
    if (value == std::string_view::npos) return false;
    feed(static_cast<std::uint32_t>(value));
  }
  return check == 1 || check == 0x2bc830a3;
}

}  // namespace

bool is_bitcoin(std::string_view address) {
  if (address.size() >= 26 && address.size() <= 35 && (address[0] == '1' || address[0] == '3')) {
    return is_base58check(address);
  }
  const std::string_view head = address.substr(0, 3);
  return address.size() >= 14 && address.size() <= 90 && (head == "bc1" || head == "BC1") &&
         is_bech32(address);
}

}  // namespace fettle::data::clean
