// A Jinja template over a row's columns, as lm-evaluation-harness renders its tasks' prompts:
// jinja2's Environment(keep_trailing_newline=True, undefined=StrictUndefined) with the filter
// regex_replace. Interpreted with the limits of chat templates.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "tokenize/chat_template.h"

namespace fettle::tokenize {

class TextTemplate {
 public:
  // Problems name the template's line after `where`.
  [[nodiscard]] static Result<TextTemplate> parse(std::string_view source, std::string_view where);

  TextTemplate(TextTemplate&&) noexcept;
  TextTemplate& operator=(TextTemplate&&) noexcept;
  ~TextTemplate();

  // variables: an object; its members are the template's names. A problem when a name that is
  // printed has no value, or a limit is hit.
  [[nodiscard]] Result<std::string> render(const Json& variables,
                                           const TemplateLimits& limits = {}) const;

 private:
  struct Program;
  explicit TextTemplate(std::unique_ptr<Program> program);
  std::unique_ptr<Program> program_;
};

}  // namespace fettle::tokenize
