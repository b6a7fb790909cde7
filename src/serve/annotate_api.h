// What the annotation page asks: JSON over HTTP, one project.
//
// POST /api/login {token, name}     a session's cookie; everything else needs one
// GET  /api/project                 task, labels, guidelines
// GET  /api/next                    {row, progress}; row null: none is left
// GET  /api/row?row=N               the same for a row of one's choice
// POST /api/answer {row, value, seconds}      value null: skip; {saved, row: the next, progress}
// POST /api/undo {}                 {row: the one to answer again, adjudication, progress}
// GET  /api/disagreement            {row: one with everybody's answers, progress}
// POST /api/adjudicate {row, value, seconds}  {saved, row: the next disagreement, progress}
// GET  /api/agreement               figures; each annotator's count
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "data/annotate/project.h"
#include "serve/router.h"

namespace fettle::serve {

struct AnnotateOptions {
  std::string token;  // who knows it may log in
  std::string title;
  std::string guidelines;  // Markdown
  int port = 0;            // part of the cookie's name: cookies know no ports
};

class AnnotateApi {
 public:
  AnnotateApi(data::Project& project, AnnotateOptions options)
      : project_(project), options_(std::move(options)) {}

  // The API must outlive the router.
  void add_to(Router& router);

 private:
  struct Asked {
    const data::Annotator& annotator;
    const Request& request;
    const Json& body;
  };
  using Answerer = Response (AnnotateApi::*)(const Asked&);

  void add(Router& router, const std::string& method, const std::string& path, Answerer answerer);
  [[nodiscard]] Response login(const Request& request);
  [[nodiscard]] Response project(const Asked& asked);
  [[nodiscard]] Response next(const Asked& asked);
  [[nodiscard]] Response row(const Asked& asked);
  [[nodiscard]] Response answer(const Asked& asked);
  [[nodiscard]] Response undo(const Asked& asked);
  [[nodiscard]] Response disagreement(const Asked& asked);
  [[nodiscard]] Response adjudicate(const Asked& asked);
  [[nodiscard]] Response agreement(const Asked& asked);

  [[nodiscard]] std::string cookie_name() const;
  [[nodiscard]] Json progress_json(const data::Annotator& annotator) const;
  // {row, progress} with the row that `view` gives; a Problem becomes 400.
  [[nodiscard]] Response with_row(const data::Annotator& annotator, Result<Json> view,
                                  Json extra = Json::object()) const;
  [[nodiscard]] Result<Json> next_view(std::int64_t annotator);
  [[nodiscard]] Result<Json> next_disagreement(std::int64_t annotator);

  data::Project& project_;
  AnnotateOptions options_;
  std::mutex mutex_;  // over the project and the sessions
  std::map<std::string, data::Annotator> sessions_;
};

}  // namespace fettle::serve
