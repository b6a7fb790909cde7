// Answers requests about rows, one JSON object a line, for tests/oracle/test_match.py and
// test_balance.py: {"op": "signatures", ...} -> what the functions of data/match and data/balance
// give.
#include <filesystem>
#include <iostream>
#include <string>

#include "base/error.h"
#include "base/json.h"
#include "data/balance/partition.h"
#include "data/balance/resample.h"
#include "data/class_weights.h"
#include "data/match/contamination.h"
#include "data/match/duplicates.h"
#include "data/match/words.h"

namespace fettle::data {
namespace {

template <class T>
std::vector<T> list(const Json& request, const char* key) {
  const auto at = request.find(key);
  return at == request.end() ? std::vector<T>() : at->get<std::vector<T>>();
}

NearOptions near_of(const Json& request) {
  NearOptions near;
  near.shingling = {request.value("characters", false), request.value("size", 5)};
  near.threshold = request.value("threshold", 0.8);
  near.permutations = request.value("permutations", 128);
  near.recall = request.value("recall", 0.99);
  return near;
}

Json shingle_counts(const Json& request) {
  Json out = Json::array();
  std::vector<std::uint64_t> shingles;
  for (const auto& text : list<std::string>(request, "texts")) {
    shingles_of(normal_text(text), near_of(request).shingling, shingles);
    out.push_back(shingles.size());
  }
  return out;
}

// Of pairs (0, 1), (2, 3), ...: estimated and true similarity.
Json similarities(const Json& request) {
  const NearOptions near = near_of(request);
  const MinHasher hasher(near.permutations, request.value("seed", std::uint64_t{1}));
  const auto texts = list<std::string>(request, "texts");
  std::vector<std::vector<std::uint64_t>> shingles(2);
  std::vector<std::vector<std::uint32_t>> signatures(
      2, std::vector<std::uint32_t>(static_cast<std::size_t>(near.permutations)));
  Json out = Json::array();
  for (std::size_t i = 0; i + 1 < texts.size(); i += 2) {
    for (std::size_t k = 0; k < 2; ++k) {
      shingles_of(normal_text(texts[i + k]), near.shingling, shingles[k]);
      hasher.sign(shingles[k], signatures[k]);
    }
    out.push_back(
        {estimated_jaccard(signatures[0], signatures[1]), jaccard(shingles[0], shingles[1])});
  }
  return out;
}

Json duplicates(const Json& request) {
  const Fingerprinter prints =
      request.value("exact", false)
          ? Fingerprinter::exact()
          : Fingerprinter(near_of(request), request.value("seed", std::uint64_t{1}));
  std::vector<std::string> printed;
  for (const auto& text : list<std::string>(request, "texts")) {
    prints.print(normal_text(text), {}, printed.emplace_back());
  }
  const PrintSource source = [&](const PrintVisit& visit) {
    for (std::size_t i = 0; i < printed.size(); ++i) visit(i, printed[i]);
  };
  Json out = Json::array();
  find_duplicates(prints, source, printed.size(), {request.at("folder").get<std::string>()},
                  [&](const ClusterRow& row) {
                    out.push_back({row.row, row.cluster});
                  });
  return out;
}

Json overlaps(const Json& request) {
  ContaminationRule rule;
  rule.words = request.value("words", 13);
  BenchmarkIndex index(rule);
  index.add("benchmark", list<std::string>(request, "items"));
  index.close();
  Json out = Json::array();
  for (const auto& text : list<std::string>(request, "texts")) {
    Json found = Json::array();
    for (const Overlap& one : index.find(text)) found.push_back({one.item, one.words});
    out.push_back(found);
  }
  return out;
}

Json parts(const Json& request) {
  const auto classes = list<std::uint32_t>(request, "classes");
  const auto units = list<std::uint32_t>(request, "units");
  const auto rows = request.at("rows").get<std::size_t>();
  const RowTraits traits{rows, classes, units};
  const auto seed = request.value("seed", std::uint64_t{1});
  if (request.contains("folds")) return folds_of(traits, request.at("folds"), seed);
  const auto counts = part_counts(parse_parts(list<std::string>(request, "parts")), rows);
  return random_parts(traits, counts, seed);
}

Json resampled(const Json& request) {
  const auto sampling = request.at("method") == "over" ? Sampling::kOver : Sampling::kUnder;
  const auto counts = list<std::uint64_t>(request, "counts");
  const auto targets = target_counts(list<std::string>(request, "labels"), counts, sampling,
                                     parse_strategy(list<std::string>(request, "strategy")));
  const auto classes = list<std::uint32_t>(request, "classes");
  return {{"targets", targets}, {"repeats", repeats(classes, targets, 1)}};
}

Json answer(const Json& request) {
  const auto op = request.at("op").get<std::string>();
  if (op == "shingles") return shingle_counts(request);
  if (op == "similarities") return similarities(request);
  if (op == "duplicates") return duplicates(request);
  if (op == "overlaps") return overlaps(request);
  if (op == "parts") return parts(request);
  if (op == "resample") return resampled(request);
  if (op == "weights") return balanced_weights(list<std::uint64_t>(request, "counts"));
  throw UsageError("the probe knows no {}", op);
}

}  // namespace
}  // namespace fettle::data

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    fettle::Json out;
    try {
      out = fettle::data::answer(fettle::Json::parse(line));
    } catch (const std::exception& error) {
      out = {{"error", error.what()}};
    }
    std::cout << fettle::to_text(out) << std::endl;
  }
}
