// fettle annotate PROJECT: rows in, a local page to label them, rows out.
#include <unistd.h>

#include <iostream>

#include "app/annotate_prelabel.h"
#include "app/annotate_project.h"
#include "app/interrupt.h"
#include "app/sinks.h"
#include "app/verb.h"
#include "data/annotate/agreement_report.h"
#include "data/annotate/gold.h"
#include "data/annotate/import.h"
#include "serve/annotate_api.h"
#include "serve/guard.h"
#include "serve/server.h"

namespace fettle::app {
namespace {

constexpr std::uint64_t kMostGuidelines = std::uint64_t{1} << 20;

struct AnnotateArguments {
  std::string project;
  bool keys = false;
  std::vector<std::string> import;
  std::string task;
  std::vector<std::string> labels;
  std::string instruction;
  std::vector<std::string> set;
  std::int64_t max_bad_rows = 0;
  PreLabelOptions pre_label;
  std::string output;
  bool agreement = false;
  std::string host = "127.0.0.1";
  int port = 0;

  [[nodiscard]] fs::path file() const { return fs::path(project) / "project.yaml"; }
};

// The arguments that make a new project, as --set takes them.
std::vector<std::string> settings_of(const AnnotateArguments& arguments) {
  std::vector<std::string> out;
  if (!arguments.task.empty()) out.push_back("task=" + to_text(Json(arguments.task)));
  if (!arguments.instruction.empty()) {
    out.push_back("instruction=" + to_text(Json(arguments.instruction)));
  }
  if (!arguments.labels.empty()) out.push_back("labels=" + to_text(Json(arguments.labels)));
  // Labels alone say what is asked.
  if (arguments.task.empty() && !arguments.labels.empty()) out.push_back("task=classification");
  out.insert(out.end(), arguments.set.begin(), arguments.set.end());
  return out;
}

data::ProjectConfig config_of(const AnnotateArguments& arguments) {
  const fs::path file = arguments.file();
  const std::vector<std::string> settings = settings_of(arguments);
  if (fs::exists(file)) {
    if (!settings.empty()) {
      throw UsageError(
          "{}: is there already; change it with an editor, not with --set, --task, "
          "--labels or --instruction",
          file);
    }
    return read_project(file);
  }
  if (arguments.import.empty()) {
    throw UsageError(
        "{}: there is no project yet; begin one with --import ROWS --labels ... (or "
        "--task), or write project.yaml there",
        arguments.project);
  }
  return project_of(settings);
}

void run_import(const AnnotateArguments& arguments, const data::ProjectConfig& config,
                const Common& common) {
  const data::ImportReport report =
      data::import_rows(config, arguments.project, arguments.import, arguments.max_bad_rows);
  if (!fs::exists(arguments.file())) {
    write_file_atomically(arguments.file(), project_yaml(config));
  }
  if (common.json) {
    std::cout << to_text({{"imported", report.rows},
                          {"pre_labelled", report.pre_labelled},
                          {"bad_rows", report.bad_rows}})
              << std::endl;
    return;
  }
  for (const Problem& bad : report.problems) std::cerr << "left out: " << bad.message() << "\n";
  if (!common.quiet) {
    std::cout << text(
        "{} rows imported, {} of them with a pre-label; annotate them with: fettle "
        "annotate {}\n",
        with_commas(report.rows), with_commas(report.pre_labelled), arguments.project);
  }
}

void run_pre_label(const AnnotateArguments& arguments, data::Project& project,
                   const Common& common) {
  const std::atomic<int>& signal =
      watch_signals("keeping what is pre-labelled; press again to leave at once");
  const std::int64_t scored =
      pre_label(project, arguments.pre_label, [&](std::int64_t done, std::int64_t rows) {
        if (!common.quiet && !common.json) {
          std::cerr << text("{} of {} rows pre-labelled\n", with_commas(done), with_commas(rows));
        }
        return signal.load() != 0;
      });
  if (signal.load() != 0) {
    throw Interrupted("{} rows are pre-labelled; the same command does the others", scored);
  }
  if (common.json) {
    std::cout << to_text({{"pre_labelled", scored}}) << std::endl;
  } else if (!common.quiet) {
    std::cout << text("{} rows pre-labelled\n", with_commas(scored));
  }
}

void run_export(const AnnotateArguments& arguments, data::Project& project, const Common& common) {
  AtomicFile file(arguments.output);
  const data::ExportReport report =
      data::export_rows(project, [&](const Json& row) { file.write(to_text(row) + "\n"); });
  file.commit();
  if (common.json) {
    std::cout << to_text({{"rows", report.rows},
                          {"adjudicated", report.adjudicated},
                          {"majority", report.majority},
                          {"single", report.single},
                          {"open", report.open},
                          {"ties", report.ties},
                          {"unanswered", report.unanswered}})
              << std::endl;
  } else if (!common.quiet) {
    std::cout << text(
        "{} rows written to {} ({} adjudicated, {} by majority, {} by one "
        "annotator); left out: {} without a majority, {} ties, {} unanswered\n",
        with_commas(report.rows), arguments.output, report.adjudicated, report.majority,
        report.single, report.open, report.ties, report.unanswered);
  }
}

std::string figure(const Json& value) {
  return value.is_number() ? text("{:.3f}", value.get<double>()) : "undefined";
}

void run_agreement(data::Project& project, const Common& common) {
  const Json report = data::agreement_report(project);
  if (common.json) {
    std::cout << to_text(report) << std::endl;
    return;
  }
  std::cout << text("{} rows have two answers or more\nKrippendorff's alpha ({}): {}\n",
                    report.at("rows").get<std::int64_t>(), report.at("level").get<std::string>(),
                    figure(report.at("alpha")));
  if (const Json* const fleiss = find(report, "fleiss")) {
    std::cout << text("Fleiss' kappa: {} ({} rows of {} answers)\n", figure(fleiss->at("kappa")),
                      fleiss->at("rows").get<std::int64_t>(),
                      fleiss->at("annotators").get<std::int64_t>());
  }
  for (const Json& pair : report.at("pairs")) {
    std::cout << text("{} and {}: Cohen's kappa {}, {} of {} rows the same\n",
                      pair.at("a").get<std::string>(), pair.at("b").get<std::string>(),
                      figure(pair.at("kappa")), pair.at("same").get<std::int64_t>(),
                      pair.at("rows").get<std::int64_t>());
  }
}

std::string guidelines_of(const AnnotateArguments& arguments, const data::ProjectConfig& config) {
  const fs::path file = fs::path(arguments.project) / config.guidelines;
  return fs::is_regular_file(file) ? read_file(file, kMostGuidelines) : "";
}

std::string title_of(const AnnotateArguments& arguments, const data::ProjectConfig& config) {
  if (!config.title.empty()) return config.title;
  return fs::absolute(arguments.project).lexically_normal().filename().string();
}

void run_server(const AnnotateArguments& arguments, data::Project& project, const Common& common) {
  serve::Router router;
  serve::Server server(arguments.host, arguments.port, router);
  const std::string token = serve::random_secret();
  serve::AnnotateApi api(project, {token, title_of(arguments, project.config()),
                                   guidelines_of(arguments, project.config()), server.port()});
  const std::vector<std::string> hosts = serve::hosts_of(arguments.host, server.port());
  router.add_filter(serve::host_filter(hosts));
  api.add_to(router);
  const std::string address = text("http://{}/#token={}", hosts.front(), token);
  if (common.json) {
    std::cout << to_text({{"address", address}}) << std::endl;
  } else {
    std::cout << text(
                     "Open {}\nThe address lets its holder in: share it with annotators alone. "
                     "Ctrl-C stops; every answer is on disk when the page says so.\n",
                     address)
              << std::flush;
  }
  const std::atomic<int>& signal = watch_signals("closing the page; every answer is on disk");
  server.run([&] { return signal.load() != 0; });
}

ExitCode run_annotate(const AnnotateArguments& arguments, const Common& common) {
  if (arguments.keys) {
    std::cout << project_keys();
    return ExitCode::kDone;
  }
  if (arguments.project.empty()) throw UsageError("which project? Name its folder");
  const data::ProjectConfig config = config_of(arguments);
  if (!arguments.import.empty()) make_folders(arguments.project);
  const bool more =
      !arguments.pre_label.model.empty() || !arguments.output.empty() || arguments.agreement;
  const bool changes = !arguments.import.empty() || !arguments.pre_label.model.empty() || !more;
  std::optional<FolderLock> lock;
  // Figures and rows may be taken while annotators work.
  if (changes) lock.emplace(arguments.project);
  if (!arguments.import.empty()) run_import(arguments, config, common);
  if (!arguments.import.empty() && !more) return ExitCode::kDone;
  if (!fs::exists(fs::path(arguments.project) / "annotations.db")) {
    throw UsageError("{}: has no rows yet; add them with --import", arguments.project);
  }
  data::Project project(config, arguments.project, unix_now);
  if (!arguments.pre_label.model.empty()) run_pre_label(arguments, project, common);
  if (arguments.agreement) run_agreement(project, common);
  if (!arguments.output.empty()) run_export(arguments, project, common);
  if (!more) run_server(arguments, project, common);
  return ExitCode::kDone;
}

void add_project_options(CLI::App& command, AnnotateArguments& arguments) {
  command.add_option("project", arguments.project, "the project's folder");
  command.add_flag("--keys", arguments.keys, "print the keys of project.yaml and stop");
  command.add_option("--import", arguments.import,
                     "files of rows to add; makes the project where there is none");
  command.add_option("--task", arguments.task,
                     "of a new project: classification, multi_label, spans, preference, writing, "
                     "rating");
  command.add_option("--labels", arguments.labels, "of a new project: the labels' names");
  command.add_option("--instruction", arguments.instruction,
                     "of a new project: the question put to the annotator");
  command.add_option("--set", arguments.set, "of a new project: key=value of project.yaml")
      ->take_all()
      ->allow_extra_args(false);
  command.add_option("--max-bad-rows", arguments.max_bad_rows,
                     "rows that --import may leave out (0)");
}

}  // namespace

std::function<ExitCode()> add_annotate(CLI::App& command, const Common& common) {
  const auto arguments = std::make_shared<AnnotateArguments>();
  add_project_options(command, *arguments);
  command.add_option("--pre-label,--model", arguments->pre_label.model,
                     "score every row's choices with this model, keep the scores, and stop");
  command.add_option("--adapter", arguments->pre_label.adapter,
                     "adapter folder in PEFT's format, for --pre-label");
  command.add_option("--device", arguments->pre_label.device, "auto, cpu, cuda or cuda:N");
  command.add_option("--dtype", arguments->pre_label.dtype, "auto, float32 or bfloat16");
  command.add_option("--threads", arguments->pre_label.num_threads, "CPU threads; 0: all cores");
  command.add_option("--export", arguments->output,
                     "write the answered rows as JSON Lines for training, and stop");
  command.add_flag("--agreement", arguments->agreement,
                   "print how far the annotators agree, and stop");
  command.add_option("--host", arguments->host,
                     "address to listen at (127.0.0.1: this machine alone)");
  command.add_option("--port", arguments->port, "port to listen at; 0: a free one (0)")
      ->check(CLI::Range(0, 65535));
  return [arguments, &common] { return run_annotate(*arguments, common); };
}

}  // namespace fettle::app
