#include "data/prepare/finish.h"

#include "base/error.h"
#include "base/hash.h"
#include "data/prepare/pages.h"

namespace fettle::data::prepare {
namespace {

constexpr std::size_t kSampledRows = 5000;
constexpr std::size_t kMostTopics = 12;
// Below so few rows, a topic that the target has is thin.
constexpr double kThin = 0.5;

std::vector<Topic> topics_of(const Job& job, const Prepared& prepared, const fs::path& target) {
  std::vector<std::string> rows;
  for (const OutputFile& file : prepared.outputs) {
    if (file.part != prepared.outputs.front().part) continue;
    rows = sample_texts(job.output_dir / file.name, kSampledRows);
  }
  std::vector<std::string> wanted;
  if (!target.empty()) {
    wanted = sample_texts(target, kSampledRows);
    if (wanted.empty()) {
      throw DataError(
          "{}: holds no row with a text to compare topics with; output.target is a "
          "JSON Lines file",
          target);
    }
  }
  return find_topics(rows, wanted, kMostTopics, job.seed);
}

void warn_of_topics(const std::vector<Topic>& topics, std::vector<std::string>& warnings) {
  for (const Topic& topic : topics) {
    if (topic.target_share < 0.02 || topic.share > kThin * topic.target_share) continue;
    warnings.push_back(text("thin: {} is {:.1f}% of the rows and {:.1f}% of the target",
                            join(topic.words, ", "), 100 * topic.share, 100 * topic.target_share));
  }
}

Json topics_json(const std::vector<Topic>& topics) {
  Json out = Json::array();
  for (const Topic& topic : topics) {
    out.push_back({{"words", topic.words}, {"share", topic.share}, {"example", topic.example}});
    if (topic.target_share >= 0) out.back()["target_share"] = topic.target_share;
  }
  return out;
}

}  // namespace

Json finish_job(const Job& job, const Prepared& prepared, const Target& target) {
  Json manifest = make_manifest(job, prepared);
  const std::vector<Topic> topics = topics_of(job, prepared, target.rows);
  std::vector<std::string> warnings = find_warnings(manifest);
  warn_of_shares(target.shares, manifest, warnings);
  warn_of_topics(topics, warnings);
  const Account account{manifest, warnings, topics,
                        job.output_dir.filename().empty()
                            ? job.output_dir.parent_path().filename().string()
                            : job.output_dir.filename().string()};
  write_file_atomically(job.output_dir / "recipe.yaml", job.recipe);
  write_file_atomically(job.output_dir / "report.html", report_html(account));
  write_file_atomically(job.output_dir / "README.md", card_markdown(account));
  manifest["warnings"] = warnings;
  manifest["topics"] = topics_json(topics);
  write_file_atomically(job.output_dir / kManifestName, to_text(manifest, 2) + "\n");
  std::error_code error;
  fs::remove_all(work_folder(job), error);
  return manifest;
}

Json finished_manifest(const Job& job) {
  const fs::path path = job.output_dir / kManifestName;
  if (!fs::exists(path)) return nullptr;
  Json manifest = read_json_file(path);
  const Json* const recipe = find(manifest, "recipe");
  const Json* const sum = recipe == nullptr ? nullptr : find(*recipe, "xxh3_128");
  if (sum == nullptr || *sum != xxh3_128(std::string_view(job.recipe))) return nullptr;
  // A kill may have come before the work folder was gone.
  std::error_code error;
  fs::remove_all(work_folder(job), error);
  return manifest;
}

}  // namespace fettle::data::prepare
