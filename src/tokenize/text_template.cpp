#include "tokenize/text_template.h"

#include <new>

#include "base/format.h"
#include "tokenize/jinja/from_json.h"
#include "tokenize/jinja/globals.h"
#include "tokenize/jinja/interpreter.h"
#include "tokenize/jinja/parser.h"
#include "tokenize/jinja/unicode.h"

namespace fettle::tokenize {

struct TextTemplate::Program {
  std::string where;
  jinja::Tree tree;
};

TextTemplate::TextTemplate(std::unique_ptr<Program> program) : program_(std::move(program)) {}
TextTemplate::TextTemplate(TextTemplate&&) noexcept = default;
TextTemplate& TextTemplate::operator=(TextTemplate&&) noexcept = default;
TextTemplate::~TextTemplate() = default;

Result<TextTemplate> TextTemplate::parse(std::string_view source, std::string_view where) {
  auto program = std::make_unique<Program>();
  program->where = std::string(where);
  try {
    const std::string clean = jinja::valid_utf8(source);
    program->tree = jinja::Parser(clean, TemplateLimits{}.max_depth, jinja::Layout::kPlain).run();
  } catch (const jinja::Failure& failure) {
    return problem(text("{}, line {}", where, failure.line()), failure.what());
  }
  return TextTemplate(std::move(program));
}

Result<std::string> TextTemplate::render(const Json& variables,
                                         const TemplateLimits& limits) const {
  const jinja::Tree& tree = program_->tree;
  jinja::Interpreter interpreter(tree, limits, /*unix_time=*/0);
  interpreter.refuse_undefined_output();
  try {
    jinja::Runtime& runtime = interpreter.runtime();
    for (const std::string& name : tree.names) {
      if (const Json* value = find(variables, name)) {
        interpreter.define(name, jinja::from_json(runtime.meter, *value));
      } else if (const jinja::Value global = jinja::find_global(runtime, name); !global.missing()) {
        interpreter.define(name, global);
      }
    }
    return interpreter.run().text;
  } catch (const jinja::Failure& failure) {
    return problem(text("{}, line {}", program_->where, interpreter.line()), failure.what());
  } catch (const std::bad_alloc&) {
    return problem(text("{}, line {}", program_->where, interpreter.line()),
                   "the rendering needs more memory than this machine has");
  }
}

}  // namespace fettle::tokenize
