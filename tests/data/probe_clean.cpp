// Answers requests about cleaning, one JSON object a line: {"call": ..., "text": ..., "options":
// {...}} -> an object; {"stage": ..., "record": {...}} runs a stage of the table, {"bench":
// stage, "texts": [...], "rounds": n} times one.
#include <ctime>
#include <iostream>
#include <string>

#include "base/error.h"
#include "base/json.h"
#include "base/nearest.h"
#include "data/clean/answers.h"
#include "data/clean/entities.h"
#include "data/clean/language.h"
#include "data/clean/mojibake.h"
#include "data/clean/personal.h"
#include "data/clean/quality.h"
#include "data/clean/repair.h"
#include "data/clean/stages.h"
#include "data/clean/words.h"

namespace fettle::data::clean {
namespace {

Json verdict_json(const Verdict& verdict) {
  constexpr std::array kKinds = {"kept", "changed", "dropped"};
  return {{"verdict", kKinds.at(static_cast<std::size_t>(verdict.kind))},
          {"reason", verdict.reason},
          {"detail", verdict.detail}};
}

Json words_of(const std::string& text) {
  Document document;
  document.read(text);
  Json words = Json::array();
  for (const Word& word : document.words()) words.push_back(std::string(document.view(word)));
  return {{"words", words}};
}

Json findings_of(const std::string& text) {
  const Found found = find_personal(text);
  Json list = Json::array();
  for (const Finding& finding : found.findings) {
    list.push_back({{"kind", std::string(name_of(finding.kind))},
                    {"begin", finding.begin},
                    {"end", finding.end},
                    {"score", finding.score},
                    {"detail", std::string(finding.detail)}});
  }
  return {{"findings", list}, {"steps", found.steps}};
}

Json run_stage(const Json& request) {
  const Models models;
  Bench bench;
  bench.models = &models;
  const auto name = request.at("stage").get<std::string>();
  const RowStageRow& row = row_named(clean_stages(), "stage", name);
  const Json* const options = find(request, "options");
  const auto stage = row.make(options == nullptr ? Json::object() : *options, bench);
  Record record;
  record.fields = request.at("record");
  Json answer = verdict_json(stage->apply(record));
  answer["record"] = record.fields;
  answer["notes"] = record.notes;
  return answer;
}

// MB/s of a stage over the records of a list, by processor time.
Json bench_stage(const Json& request) {
  const Models models;
  Bench bench;
  bench.models = &models;
  const RowStageRow& row =
      row_named(clean_stages(), "stage", request.at("bench").get<std::string>());
  const Json* const options = find(request, "options");
  const auto stage = row.make(options == nullptr ? Json::object() : *options, bench);
  double bytes = 0;
  double seconds = 0;
  for (int round = 0; round < request.at("rounds").get<int>(); ++round) {
    for (const Json& text : request.at("texts")) {
      Record record;
      record.fields["text"] = text;
      bytes += static_cast<double>(text.get_ref<const std::string&>().size());
      const std::clock_t begin = std::clock();
      (void)stage->apply(record);
      seconds += static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    }
  }
  return {{"megabytes_per_second", bytes / 1e6 / seconds}};
}

Json answer_of(const Json& request) {
  if (find(request, "stage") != nullptr) return run_stage(request);
  if (find(request, "bench") != nullptr) return bench_stage(request);
  const auto call = request.at("call").get<std::string>();
  const auto text = request.at("text").get<std::string>();
  if (call == "mojibake") return {{"text", undo_mojibake(text).text}};
  if (call == "entities") return {{"text", with_entities_read(text)}};
  if (call == "controls") return {{"text", without_controls(text)}};
  if (call == "nfc") return {{"text", composed(text)}};
  if (call == "words") return words_of(text);
  if (call == "personal") return findings_of(text);
  if (call == "sentences") return {{"count", count_sentences(text)}};
  if (call == "language") {
    const Language found = language_of(text);
    return {{"code", found.code}, {"share", found.share}, {"reliable", found.reliable}};
  }
  return {{"error", "no call " + call}};
}

}  // namespace
}  // namespace fettle::data::clean

int main() {
  std::ios::sync_with_stdio(false);
  std::string line;
  while (std::getline(std::cin, line)) {
    fettle::Json answer;
    try {
      const fettle::Result<fettle::Json> request = fettle::parse_json(line, "request");
      answer = request ? fettle::data::clean::answer_of(*request)
                       : fettle::Json{{"error", request.error().message()}};
    } catch (const std::exception& error) {
      answer = {{"error", error.what()}};
    }
    std::cout << fettle::to_text(answer) << "\n";
  }
  return 0;
}
