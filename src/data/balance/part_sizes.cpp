#include <charconv>
#include <cmath>

#include "base/error.h"
#include "data/balance/partition.h"

namespace fettle::data {
namespace {

constexpr double kSlack = 1e-9;  // of shares that should add up to 1

double size_of(const std::string& entry, std::string_view written) {
  double size = 0;
  const auto read = std::from_chars(written.data(), written.data() + written.size(), size);
  const bool whole = read.ec == std::errc() && read.ptr == written.data() + written.size();
  if (!whole || !(size > 0) || size > 1e15 || (size >= 1 && size != std::floor(size))) {
    throw UsageError(
        "the part \"{}\" has no size; give a share below 1 or a whole number of rows, "
        "as in validation=0.1 or test=500",
        entry);
  }
  return size;
}

// Shares that leave no row over: the first part then takes the remainder.
bool shares_all(const std::vector<PartSize>& parts) {
  double sum = 0;
  for (const PartSize& part : parts) {
    if (part.size >= 1 || part.size == 0) return false;
    sum += part.size;
  }
  return std::abs(sum - 1) <= kSlack;
}

}  // namespace

std::vector<PartSize> parse_parts(const std::vector<std::string>& entries) {
  std::vector<PartSize> parts;
  double shares = 0;
  std::size_t rests = 0;
  for (const std::string& entry : entries) {
    const std::size_t sign = entry.find('=');
    PartSize part{entry.substr(0, sign), 0};
    if (part.name.empty()) throw UsageError("the part \"{}\" has no name", entry);
    for (const PartSize& other : parts) {
      if (other.name == part.name) throw UsageError("the part \"{}\" is named twice", part.name);
    }
    if (sign != std::string::npos) part.size = size_of(entry, entry.substr(sign + 1));
    rests += part.size == 0;
    if (part.size < 1) shares += part.size;
    parts.push_back(std::move(part));
  }
  if (parts.size() < 2) throw UsageError("{} parts are named; name at least 2", parts.size());
  if (parts.size() >= kNoPart) throw UsageError("{} parts are named; name fewer", parts.size());
  if (rests > 1) throw UsageError("{} parts have no size; at most one takes the rest", rests);
  if (shares > 1 + kSlack) {
    throw UsageError("the parts' shares add up to {}; at most 1 can be shared out", shares);
  }
  return parts;
}

std::vector<std::uint64_t> part_counts(const std::vector<PartSize>& parts, std::uint64_t rows) {
  std::vector<std::uint64_t> counts(parts.size(), 0);
  const auto all = static_cast<double>(rows);
  const std::size_t none = parts.size();
  std::size_t rest = shares_all(parts) ? 0 : none;
  double given = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const double size = parts[i].size;
    if (size == 0) rest = i;
    if (i == rest) continue;
    const double share = i == 0 ? std::floor(size * all) : std::ceil(size * all);
    const double count = size < 1 ? share : size;
    given += count;
    if (given > all) break;
    counts[i] = static_cast<std::uint64_t>(count);
  }
  if (given > all) {
    throw DataError("the parts ask for {} rows or more; there are {}", given, rows);
  }
  if (rest != none) counts[rest] = rows - static_cast<std::uint64_t>(given);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (counts[i] == 0) {
      // One row is mostly a text file that was not cut.
      throw DataError("the part \"{}\" would have no row of {}; {}", parts[i].name, rows,
                      rows >= parts.size() ? "give the others less"
                                           : "give more rows (a text file is one, unless the "
                                             "source's text_rows says line or paragraph)");
    }
  }
  return counts;
}

}  // namespace fettle::data
