#include "serve/annotate_api.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/format.h"
#include "data/annotate/agreement_report.h"
#include "serve/guard.h"
#include "serve/page.h"

namespace fettle::serve {
namespace {

constexpr std::size_t kMostSessions = 1000;
constexpr double kMostSeconds = 24 * 3600;
constexpr JsonLimits kBodyLimits = {.max_depth = 16};

Result<Json> body_of(const Request& request) {
  Result<Json> body = parse_json(request.body, "the request's body", kBodyLimits);
  if (body && !body->is_object()) return problem("", "the request's body is no object");
  return body;
}

Result<std::string> text_member(const Json& body, std::string_view key) {
  const Json* const value = find(body, key);
  if (value == nullptr || !value->is_string()) return problem("", text("{} must be a text", key));
  return value->get<std::string>();
}

struct Said {
  std::int64_t row = 0;
  std::optional<Json> value;
  double seconds = 0;
};

// {row, value, seconds} of a request's body; seconds may be missing.
Result<Said> said_in(const Json& body) {
  const Json* const row = find(body, "row");
  const Json* const value = find(body, "value");
  if (row == nullptr || !row->is_number_unsigned() ||
      row->get<std::uint64_t>() > std::uint64_t{1} << 40U) {
    return problem("", "row must be a row's number");
  }
  if (value == nullptr) return problem("", "value is missing; null skips the row");
  Said out{row->get<std::int64_t>(), std::nullopt, 0};
  if (!value->is_null()) out.value = *value;
  const Json* const seconds = find(body, "seconds");
  if (seconds != nullptr && seconds->is_number() && std::isfinite(seconds->get<double>())) {
    out.seconds = std::clamp(seconds->get<double>(), 0.0, kMostSeconds);
  }
  return out;
}

}  // namespace

void AnnotateApi::add_to(Router& router) {
  add_page(router, annotate_page());
  router.add("POST", "/api/login", [this](const Request& request) { return login(request); });
  add(router, "GET", "/api/project", &AnnotateApi::project);
  add(router, "GET", "/api/next", &AnnotateApi::next);
  add(router, "GET", "/api/row", &AnnotateApi::row);
  add(router, "POST", "/api/answer", &AnnotateApi::answer);
  add(router, "POST", "/api/undo", &AnnotateApi::undo);
  add(router, "GET", "/api/disagreement", &AnnotateApi::disagreement);
  add(router, "POST", "/api/adjudicate", &AnnotateApi::adjudicate);
  add(router, "GET", "/api/agreement", &AnnotateApi::agreement);
}

void AnnotateApi::add(Router& router, const std::string& method, const std::string& path,
                      Answerer answerer) {
  router.add(method, path, [this, method, answerer](const Request& request) {
    Result<Json> body = Json::object();
    if (method == "POST") {
      if (auto refused = need_json(request)) return std::move(*refused);
      body = body_of(request);
      if (!body) return error_response(400, body.error().message());
    }
    const std::lock_guard lock(mutex_);
    const auto session = sessions_.find(std::string(request.cookie(cookie_name())));
    if (session == sessions_.end()) return error_response(401, "log in first");
    return (this->*answerer)({session->second, request, *body});
  });
}

std::string AnnotateApi::cookie_name() const { return text("fettle_annotate_{}", options_.port); }

Response AnnotateApi::login(const Request& request) {
  if (auto refused = need_json(request)) return std::move(*refused);
  const Result<Json> body = body_of(request);
  if (!body) return error_response(400, body.error().message());
  const Result<std::string> token = text_member(*body, "token");
  if (!token || !same_secret(*token, options_.token)) {
    return error_response(403, "the token is not the one in the address that fettle printed");
  }
  const Result<std::string> name = text_member(*body, "name");
  if (!name) return error_response(400, name.error().message());
  const std::string session = random_secret();
  const std::lock_guard lock(mutex_);
  const auto annotator = project_.login(*name);
  if (!annotator) return error_response(400, annotator.error().message());
  if (sessions_.size() >= kMostSessions) {
    return error_response(503, "too many sessions; restart fettle annotate");
  }
  sessions_.emplace(session, *annotator);
  Response out = json_response({{"annotator", annotator->name}});
  out.headers.emplace_back(
      "Set-Cookie", text("{}={}; Path=/; HttpOnly; SameSite=Strict", cookie_name(), session));
  return out;
}

Response AnnotateApi::project(const Asked& asked) {
  const data::ProjectConfig& config = project_.config();
  return json_response({{"title", options_.title},
                        {"task", config.task},
                        {"instruction", config.instruction},
                        {"labels", config.labels},
                        {"scale_min", config.scale_min},
                        {"scale_max", config.scale_max},
                        {"scale_words", config.scale_words},
                        {"allow_ties", config.allow_ties},
                        {"guidelines", options_.guidelines},
                        {"annotator", asked.annotator.name}});
}

Json AnnotateApi::progress_json(const data::Annotator& annotator) const {
  const data::Progress progress = project_.progress();
  return {{"rows", progress.rows},
          {"finished", progress.finished},
          {"begun", progress.begun},
          {"skipped", progress.skipped},
          {"disagreeing", progress.disagreeing},
          {"adjudicated", progress.adjudicated},
          {"mine", project_.done_by(annotator.id)}};
}

Response AnnotateApi::with_row(const data::Annotator& annotator, Result<Json> view,
                               Json extra) const {
  if (!view) return error_response(400, view.error().message());
  extra["row"] = std::move(*view);
  extra["progress"] = progress_json(annotator);
  return json_response(extra);
}

Result<Json> AnnotateApi::next_view(std::int64_t annotator) {
  const auto row = project_.next(annotator);
  return row ? project_.view(*row, annotator) : Result<Json>(nullptr);
}

Result<Json> AnnotateApi::next_disagreement(std::int64_t annotator) {
  const auto rows = project_.disagreements(1);
  return rows.empty() ? Result<Json>(nullptr) : project_.disagreement(rows.front(), annotator);
}

Response AnnotateApi::next(const Asked& asked) {
  return with_row(asked.annotator, next_view(asked.annotator.id));
}

Response AnnotateApi::row(const Asked& asked) {
  const auto given = asked.request.query.find("row");
  const std::string digits = given == asked.request.query.end() ? "" : given->second;
  if (digits.empty() || digits.size() > 12 ||
      digits.find_first_not_of("0123456789") != std::string::npos) {
    return error_response(400, "row must be a row's number");
  }
  return with_row(asked.annotator, project_.view(std::stoll(digits), asked.annotator.id));
}

Response AnnotateApi::answer(const Asked& asked) {
  const Result<Said> said = said_in(asked.body);
  if (!said) return error_response(400, said.error().message());
  const Result<Json> saved =
      project_.answer(said->row, asked.annotator.id, said->value, said->seconds);
  if (!saved) return error_response(400, saved.error().message());
  return with_row(asked.annotator, next_view(asked.annotator.id), {{"saved", *saved}});
}

Response AnnotateApi::undo(const Asked& asked) {
  const std::int64_t annotator = asked.annotator.id;
  const auto undone = project_.undo(annotator);
  if (!undone) {
    return with_row(asked.annotator, Result<Json>(nullptr), {{"adjudication", false}});
  }
  Result<Json> view = undone->adjudication ? project_.disagreement(undone->row, annotator)
                                           : project_.view(undone->row, annotator);
  // The page shows what had been said, to be changed.
  if (view && undone->taken) {
    (*view)["mine"] = {{"value", undone->taken->value ? *undone->taken->value : Json(nullptr)}};
  }
  return with_row(asked.annotator, std::move(view), {{"adjudication", undone->adjudication}});
}

Response AnnotateApi::disagreement(const Asked& asked) {
  return with_row(asked.annotator, next_disagreement(asked.annotator.id));
}

Response AnnotateApi::adjudicate(const Asked& asked) {
  const Result<Said> said = said_in(asked.body);
  if (!said) return error_response(400, said.error().message());
  const Result<Json> saved =
      project_.adjudicate(said->row, asked.annotator.id, said->value, said->seconds);
  if (!saved) return error_response(400, saved.error().message());
  return with_row(asked.annotator, next_disagreement(asked.annotator.id), {{"saved", *saved}});
}

Response AnnotateApi::agreement(const Asked& asked) {
  Json annotators = Json::array();
  for (const data::Annotator& annotator : project_.store().annotators()) {
    annotators.push_back({{"name", annotator.name}, {"rows", project_.done_by(annotator.id)}});
  }
  return json_response({{"agreement", data::agreement_report(project_)},
                        {"annotators", std::move(annotators)},
                        {"progress", progress_json(asked.annotator)}});
}

}  // namespace fettle::serve
