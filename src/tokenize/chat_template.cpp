#include "tokenize/chat_template.h"

#include <algorithm>
#include <array>
#include <new>

#include "base/format.h"
#include "tokenize/jinja/from_json.h"
#include "tokenize/jinja/globals.h"
#include "tokenize/jinja/interpreter.h"
#include "tokenize/jinja/parser.h"
#include "tokenize/jinja/unicode.h"

namespace fettle::tokenize {

struct ChatTemplate::Program {
  std::string source;
  std::string where;
  jinja::Tree tree;
};

namespace {

// Arguments of the renderer, which a request's own arguments must not replace (CVE-2025-62426).
constexpr std::array<std::string_view, 5> kReserved = {"messages", "tools", "add_generation_prompt",
                                                       "bos_token", "eos_token"};

// Reasoning goes by several names. As transformers does: reasoning_content, the name that
// templates read, is filled from the others, and `thinking`, which gpt-oss templates read, too.
jinja::Value with_reasoning_names(jinja::Meter& meter, const jinja::Value& message) {
  const jinja::DictCell& fields = message.dict();
  const jinja::Value* reasoning = nullptr;
  for (const std::string_view name : {"reasoning_content", "thinking", "reasoning"}) {
    const jinja::Value* found = fields.find(name);
    if (reasoning == nullptr && found != nullptr && !found->is(jinja::Kind::kNone)) {
      reasoning = found;
    }
  }
  if (reasoning == nullptr) return message;
  jinja::DictBuilder result(&meter);
  result.set(jinja::make_string(&meter, "thinking"), *reasoning);
  for (const auto& [key, value] : fields.items) result.set(key, value);
  result.set(jinja::make_string(&meter, "reasoning_content"), *reasoning);
  return result.finish();
}

jinja::Value messages_value(jinja::Meter& meter, const Json& messages) {
  if (!messages.is_array()) {
    throw jinja::Failure("messages must be a list of objects with role and content");
  }
  const jinja::Value plain = jinja::from_json(meter, messages);
  std::vector<jinja::Value> result;
  result.reserve(plain.items().size());
  for (const jinja::Value& message : plain.items()) {
    if (!message.is(jinja::Kind::kDict)) {
      throw jinja::Failure(
          text("message {} is no object; write {{\"role\": ..., \"content\": "
               "...}}",
               result.size()));
    }
    result.push_back(with_reasoning_names(meter, message));
  }
  return jinja::make_list(&meter, std::move(result));
}

void check_extra(const Json& extra) {
  if (extra.is_null()) return;
  if (!extra.is_object()) throw jinja::Failure("the template's extra arguments must be an object");
  for (const auto& [name, value] : extra.items()) {
    if (std::ranges::find(kReserved, name) != kReserved.end()) {
      throw jinja::Failure(
          text("the extra argument '{}' would replace the renderer's own; remove "
               "it",
               name));
    }
  }
}

void define_variables(jinja::Interpreter& interpreter, const jinja::Tree& tree,
                      const RenderInput& input) {
  jinja::Runtime& runtime = interpreter.runtime();
  for (const std::string& name : tree.names) {
    const jinja::Value global = jinja::find_global(runtime, name);
    if (!global.missing()) interpreter.define(name, global);
  }
  interpreter.define("messages", messages_value(runtime.meter, input.messages));
  interpreter.define("tools", jinja::from_json(runtime.meter, input.tools));
  interpreter.define("documents", jinja::Value::none());
  interpreter.define("add_generation_prompt", jinja::Value::boolean(input.add_generation_prompt));
  // A tokenizer without the token leaves the variable undefined.
  const auto define_token = [&](std::string_view name, const std::string& token) {
    if (token.empty()) return;
    interpreter.define(name, jinja::make_string(&runtime.meter, jinja::valid_utf8(token)));
  };
  define_token("bos_token", input.bos_token);
  define_token("eos_token", input.eos_token);
  check_extra(input.extra);
  if (input.extra.is_null()) return;
  for (const auto& [name, value] : input.extra.items()) {
    interpreter.define(name, jinja::from_json(runtime.meter, value));
  }
}

}  // namespace

ChatTemplate::ChatTemplate(std::unique_ptr<Program> program) : program_(std::move(program)) {}
ChatTemplate::ChatTemplate(ChatTemplate&&) noexcept = default;
ChatTemplate& ChatTemplate::operator=(ChatTemplate&&) noexcept = default;
ChatTemplate::~ChatTemplate() = default;

const std::string& ChatTemplate::source() const { return program_->source; }

Result<ChatTemplate> ChatTemplate::parse(std::string_view source, std::string_view where) {
  auto program = std::make_unique<Program>();
  program->source = std::string(source);
  program->where = std::string(where);
  try {
    const std::string clean = jinja::valid_utf8(source);
    program->tree = jinja::Parser(clean, TemplateLimits{}.max_depth).run();
  } catch (const jinja::Failure& failure) {
    return problem(text("{}:{}", where, failure.line()), failure.what());
  }
  return ChatTemplate(std::move(program));
}

Result<Rendered> ChatTemplate::render(const RenderInput& input,
                                      const TemplateLimits& limits) const {
  const Program& program = *program_;
  jinja::Interpreter interpreter(program.tree, limits, input.unix_time);
  try {
    define_variables(interpreter, program.tree, input);
    return interpreter.run();
  } catch (const jinja::Failure& failure) {
    return problem(text("{}:{}", program.where, interpreter.line()), failure.what());
  } catch (const std::bad_alloc&) {
    return problem(text("{}:{}", program.where, interpreter.line()),
                   "the rendering needs more memory than this machine has; lower "
                   "max_memory_bytes");
  }
}

}  // namespace fettle::tokenize
