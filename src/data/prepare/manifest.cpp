#include "data/prepare/manifest.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/format.h"
#include "base/hash.h"
#include "data/prepare/feed.h"

namespace fettle::data::prepare {
namespace {

Json source_json(const Job& job, std::size_t number, const Tally& tally) {
  const SourceEntry& source = job.sources[number];
  const auto count = [&](const Counts& counts) {
    const auto found = counts.find(std::to_string(number));
    return found == counts.end() ? std::uint64_t{0} : found->second;
  };
  Json inputs = Json::array();
  if (fs::exists(inputs_path(job, number))) inputs = read_json_file(inputs_path(job, number));
  return {{"name", source.name},
          {"licence", source.licence},
          {"origin", source.origin},
          {"rows_read", count(tally.before.sources)},
          {"rows_written", count(tally.after.sources)},
          {"options", source.options},
          {"inputs", inputs}};
}

Json stage_json(const std::string& name, const Json& options, const Json& tally) {
  Json out = {{"name", name}, {"options", options}};
  // Times differ from run to run; the manifest's bytes do not.
  for (const auto& [key, value] : tally.items()) {
    if (key != "seconds") out[key] = value;
  }
  return out;
}

Json output_json(const OutputFile& file) {
  Json out = {
      {"file", file.name}, {"rows", file.rows}, {"bytes", file.bytes}, {"xxh3_128", file.hash}};
  if (!file.part.empty()) out["part"] = file.part;
  return out;
}

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::uint64_t count_at(const Json& object, const char* key) {
  return object.at(key).get<std::uint64_t>();
}

void warn_of_sources(const Json& manifest, std::vector<std::string>& out) {
  for (const Json& source : manifest.at("sources")) {
    const auto name = source.at("name").get<std::string>();
    if (source.at("licence").get<std::string>().empty()) {
      out.push_back(
          text("{}: its licence is unknown; state it, or ask before the rows are used", name));
    }
    if (source.at("origin").get<std::string>().empty()) {
      out.push_back(text("{}: where it comes from is not said", name));
    }
    if (count_at(source, "rows_read") == 0) out.push_back(text("{}: gave no row", name));
  }
}

void warn_of_labels(const Json& after, std::vector<std::string>& out) {
  const Json& labels = after.at("labels");
  if (labels.size() < 2 || labels.size() > 1000) return;
  std::string most;
  std::string least;
  for (const auto& [label, count] : labels.items()) {
    if (most.empty() || count > labels.at(most)) most = label;
    if (least.empty() || count < labels.at(least)) least = label;
  }
  const auto ratio = share(count_at(labels, most.c_str()), count_at(labels, least.c_str()));
  if (ratio >= 10) {
    out.push_back(text("classes are uneven: {} rows of {}, {} of {} ({:.0f} to 1)",
                       count_at(labels, most.c_str()), most, count_at(labels, least.c_str()), least,
                       ratio));
  }
}

void warn_of_stages(const Json& manifest, std::vector<std::string>& out) {
  for (const Json& stage : manifest.at("stages")) {
    const double dropped = share(count_at(stage, "dropped"), count_at(stage, "in"));
    if (dropped >= 0.3) {
      out.push_back(text("{} dropped {:.0f}% of the rows that it saw",
                         stage.at("name").get<std::string>(), 100 * dropped));
    }
  }
  const Json& reading = manifest.at("stages").at(0);
  if (count_at(reading, "dropped") > 0) {
    out.push_back(text("{} rows could not be read; `fettle show data FOLDER --dropped` lists them",
                       count_at(reading, "dropped")));
  }
}

}  // namespace

Json make_manifest(const Job& job, const Prepared& prepared) {
  const Json tally = prepared.tally.json();
  Json sources = Json::array();
  for (std::size_t i = 0; i < job.sources.size(); ++i) {
    sources.push_back(source_json(job, i, prepared.tally));
  }
  Json stages = Json::array();
  stages.push_back(stage_json("read", Json::object(), tally.at("stages").at(0)));
  for (std::size_t i = 0; i < job.stages.size(); ++i) {
    stages.push_back(
        stage_json(job.stages[i].name, job.stages[i].options, tally.at("stages").at(i + 1)));
  }
  Json outputs = Json::array();
  for (const OutputFile& file : prepared.outputs) outputs.push_back(output_json(file));
  return {
      {"format", kManifestFormat},
      {"recipe", {{"file", "recipe.yaml"}, {"xxh3_128", xxh3_128(std::string_view(job.recipe))}}},
      {"seed", job.seed},
      {"sources", sources},
      {"stages", stages},
      {"outputs", outputs},
      {"explained", output_json(prepared.explained)},
      {"before", tally.at("before")},
      {"after", tally.at("after")}};
}

std::string known_or_not(const Json& source, std::string_view key) {
  const Json* const value = find(source, key);
  const std::string words =
      value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
  return words.empty() ? "unknown" : words;
}

void warn_of_leaks(const Json& manifest, std::vector<std::string>& out) {
  std::string parting;
  for (const Json& stage : manifest.at("stages")) {
    const auto name = stage.at("name").get<std::string>();
    if (name == "near_duplicates") return;
    if (name == "split" || name == "folds") parting = name;
  }
  if (parting.empty() || count_at(manifest.at("after"), "words") == 0) return;
  out.push_back(
      text("{}: near-duplicates may stand on both sides; put near_duplicates before it, which with "
           "action: group drops none",
           parting));
}

std::vector<std::string> find_warnings(const Json& manifest) {
  std::vector<std::string> out;
  warn_of_sources(manifest, out);
  warn_of_stages(manifest, out);
  warn_of_leaks(manifest, out);
  const Json& after = manifest.at("after");
  warn_of_labels(after, out);
  if (manifest.at("outputs").size() == 1 && count_at(after, "rows") > 0) {
    out.push_back("no rows are held out; add a split, so that a model is judged on others");
  }
  if (count_at(after, "rows") == 0) out.push_back("no row is left");
  return out;
}

}  // namespace fettle::data::prepare
