// Addresses of machines (IPv4, IPv6, MAC) and of places on the globe (decimal coordinates).
#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>

#include "data/clean/checks.h"
#include "data/clean/scan.h"

namespace fettle::data::clean {
namespace {

bool is_hex(unsigned char c) {
  return is_digit(c) || (static_cast<unsigned char>(c | 0x20) >= 'a' &&
                         static_cast<unsigned char>(c | 0x20) <= 'f');
}

bool byte_value(std::string_view digits) {
  return !digits.empty() && digits.size() <= 3 && number_in(digits) <= 255;
}

// Four numbers joined by dots, neither part of a longer chain nor of a word.
void find_ipv4(Scan& scan, std::size_t i) {
  const auto& atoms = scan.atoms();
  if (i + 3 >= atoms.size()) return;
  const unsigned char before = atoms[i].begin > 0 ? scan.at(atoms[i].begin - 1) : 0;
  if (before == '.' || before == '_' || before == '-') return;
  for (std::size_t k = 0; k < 4; ++k) {
    if (!atoms[i + k].number() || !byte_value(scan.view(atoms[i + k]))) return;
    if (k < 3 && scan.gap_after(i + k) != ".") return;
  }
  const std::size_t end = atoms[i + 3].end;
  if (scan.at(end) == '.' && is_digit(scan.at(end + 1))) return;
  // "version 1.2.3.4" is none.
  const bool version = scan.near(i, 1, {"version", "v", "release", "section"});
  scan.add(Personal::kIp, atoms[i].begin, end, version ? 0.3 : 0.9);
}

struct Cluster {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t colons = 0;
  std::size_t dashes = 0;
};

// Hexadecimal digits, colons, dots and dashes from `begin` on.
Cluster cluster_at(Scan& scan, std::size_t begin, std::size_t limit) {
  Cluster cluster{begin, begin, 0, 0};
  while (cluster.end - begin < limit) {
    const unsigned char c = scan.at(cluster.end);
    if (!is_hex(c) && c != ':' && c != '.' && c != '-') break;
    cluster.colons += c == ':';
    cluster.dashes += c == '-';
    ++cluster.end;
  }
  scan.spend(cluster.end - begin);
  return cluster;
}

bool is_mac(std::string_view text) {
  if (text.size() == 17 && (text[2] == ':' || text[2] == '-')) {
    for (std::size_t i = 0; i < 17; ++i) {
      const auto c = static_cast<unsigned char>(text[i]);
      if (i % 3 == 2 ? c != static_cast<unsigned char>(text[2]) : !is_hex(c)) return false;
    }
    return true;
  }
  if (text.size() != 14 || text[4] != '.' || text[9] != '.') return false;
  for (std::size_t i = 0; i < 14; ++i) {
    if (i % 5 != 4 && !is_hex(static_cast<unsigned char>(text[i]))) return false;
  }
  return true;
}

bool is_ipv6(std::string_view text) {
  std::array<unsigned char, 16> bytes{};
  return text.size() >= 4 && ::inet_pton(AF_INET6, std::string(text).c_str(), bytes.data()) == 1;
}

// Gives where the next look may begin.
std::size_t find_in_cluster(Scan& scan, std::size_t begin) {
  constexpr std::size_t kLongest = 256;
  const Cluster cluster = cluster_at(scan, begin, kLongest);
  std::size_t end = cluster.end;
  if (end - begin == kLongest || is_word(scan.at(end))) return end;
  while (end > begin && (scan.at(end - 1) == '.' || scan.at(end - 1) == '-' ||
                         (scan.at(end - 1) == ':' && scan.at(end - 2) != ':'))) {
    --end;
  }
  const std::string_view text = scan.text().substr(begin, end - begin);
  if (is_mac(text)) {
    scan.add(Personal::kMac, begin, end, 0.95);
  } else if (cluster.colons >= 2 && cluster.dashes == 0 && is_ipv6(text)) {
    scan.add(Personal::kIp, begin, end, cluster.colons > 2 ? 0.95 : 0.6);
  }
  return cluster.end;
}

void find_clusters(Scan& scan) {
  const auto& atoms = scan.atoms();
  std::size_t next = 0;
  for (const std::uint32_t i : scan.chained()) {
    const Atom& atom = atoms[i];
    if (atom.begin < next || atom.size() > 4 || atom.wide) continue;
    const unsigned char after = scan.at(atom.end);
    const bool joined = after == ':' || ((after == '-' || after == '.') && atom.size() >= 2);
    std::size_t begin = atom.begin;
    const bool opened = begin >= 2 && scan.at(begin - 1) == ':' && scan.at(begin - 2) == ':';
    if (opened) begin -= 2;
    if ((!joined && !opened) || !is_hex(scan.at(atom.begin))) continue;
    const unsigned char before = begin > 0 ? scan.at(begin - 1) : 0;
    if (before == ':' || before == '_' || before == '.' || is_word(before)) continue;
    next = find_in_cluster(scan, begin);
  }
}

// "-122.4194": the number that ends with atom `i` as its fraction; false if it has three digits or
// less, or is none.
bool degrees(Scan& scan, std::size_t whole, double bound, std::size_t& begin, std::size_t& end) {
  const auto& atoms = scan.atoms();
  if (whole + 1 >= atoms.size() || !atoms[whole].number() || !atoms[whole + 1].number()) {
    return false;
  }
  if (scan.gap_after(whole) != "." || atoms[whole].size() > 3 || atoms[whole + 1].size() < 4 ||
      atoms[whole + 1].size() > 12) {
    return false;
  }
  begin = atoms[whole].begin;
  end = atoms[whole + 1].end;
  const std::string number(scan.text().substr(begin, end - begin));
  if (begin > 0 && (scan.at(begin - 1) == '-' || scan.at(begin - 1) == '+')) --begin;
  return std::strtod(number.c_str(), nullptr) <= bound;
}

void find_coordinates(Scan& scan, std::size_t i) {
  std::size_t begin = 0;
  std::size_t middle = 0;
  std::size_t second = 0;
  std::size_t end = 0;
  if (!degrees(scan, i, 90, begin, middle) || !degrees(scan, i + 2, 180, second, end)) return;
  const std::string_view gap = scan.text().substr(middle, second - middle);
  if (gap == ", " || gap == "," || gap == " " || gap == "; ") {
    scan.add(Personal::kCoordinates, begin, end, gap == " " ? 0.4 : 0.8);
  }
}

}  // namespace

void find_machines(Scan& scan) {
  if (scan.wants(Personal::kIp) || scan.wants(Personal::kMac)) find_clusters(scan);
  if (!scan.has_digits()) return;
  const bool coordinates = scan.wants(Personal::kCoordinates);
  for (const std::uint32_t i : scan.notable()) {
    const Atom& atom = scan.atoms()[i];
    if (!atom.number() || atom.size() > 3 || scan.at(atom.end) != '.') continue;
    find_ipv4(scan, i);
    if (coordinates) find_coordinates(scan, i);
  }
}

}  // namespace fettle::data::clean
