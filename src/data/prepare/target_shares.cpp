#include "data/prepare/target_shares.h"

#include <array>
#include <charconv>
#include <map>

#include "base/error.h"
#include "base/nearest.h"

namespace fettle::data::prepare {
namespace {

constexpr double kThin = 0.5;

struct Kind {
  std::string_view name;
  std::string_view counts;  // the key of the manifest's "after"; empty: the sources' own counts
};
constexpr std::array<Kind, 4> kKinds = {
    {{"language", "languages"}, {"label", "labels"}, {"form", "forms"}, {"source", ""}}};

TargetShare read_line(const std::string& line) {
  const std::size_t space = line.find(' ');
  const std::size_t equals = line.rfind('=');
  TargetShare out;
  const char* const end = line.data() + line.size();
  const char* const from = equals == std::string::npos ? end : line.data() + equals + 1;
  const auto [stop, error] = std::from_chars(from, end, out.share);
  const bool good = space != std::string::npos && equals != std::string::npos &&
                    space + 1 < equals && error == std::errc{} && stop == end;
  if (!good || !(out.share > 0 && out.share <= 1)) {
    throw UsageError(
        "output.target_shares: \"{}\": write a kind, a name and a share above 0 and at most 1, as "
        "in "
        "\"language de=0.2\"",
        line.substr(0, 80));
  }
  out.kind = row_named(kKinds, "kind of output.target_shares", line.substr(0, space)).name;
  out.name = line.substr(space + 1, equals - space - 1);
  return out;
}

// Rows of each name of the kind.
std::map<std::string, double> counts_of(const std::string& kind, const Json& manifest) {
  std::map<std::string, double> out;
  const std::string key(row_named(kKinds, "kind", kind).counts);
  if (!key.empty()) {
    for (const auto& [name, count] : manifest.at("after").at(key).items()) {
      out[name] += count.get<double>();
    }
    return out;
  }
  for (const Json& source : manifest.at("sources")) {
    out[source.at("name").get<std::string>()] += source.at("rows_written").get<double>();
  }
  return out;
}

}  // namespace

std::vector<TargetShare> target_shares(const std::vector<std::string>& lines) {
  std::vector<TargetShare> out;
  std::map<std::string, double> sums;
  for (const std::string& line : lines) {
    TargetShare next = read_line(line);
    for (const TargetShare& known : out) {
      if (known.kind == next.kind && known.name == next.name) {
        throw UsageError("output.target_shares: {} {} stands twice; remove one", next.kind,
                         next.name);
      }
    }
    sums[next.kind] += next.share;
    if (sums[next.kind] > 1 + 1e-9) {
      throw UsageError("output.target_shares: the shares of {} are {:.3g} together; at most 1",
                       next.kind, sums[next.kind]);
    }
    out.push_back(std::move(next));
  }
  return out;
}

void warn_of_shares(const std::vector<TargetShare>& shares, const Json& manifest,
                    std::vector<std::string>& warnings) {
  const double rows = manifest.at("after").at("rows").get<double>();
  for (const TargetShare& wanted : shares) {
    std::map<std::string, double> counts = counts_of(wanted.kind, manifest);
    if (counts.empty()) {
      warnings.push_back(text("output.target_shares: no row has a {}, which {} is{}", wanted.kind,
                              wanted.name,
                              wanted.kind == "language" ? ": add the stage language" : ""));
      continue;
    }
    const double share = rows == 0 ? 0 : counts[wanted.name] / rows;
    if (share > kThin * wanted.share) continue;
    warnings.push_back(text("thin: {} {} is {:.1f}% of the rows and {:.1f}% of the target",
                            wanted.kind, wanted.name, 100 * share, 100 * wanted.share));
  }
}

}  // namespace fettle::data::prepare
