// A model's chat template: a Jinja program that turns messages into the text the model was trained
// on. Interpreted with limits; semantics of jinja2's
// ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True) with the loopcontrols
// extension, as transformers renders it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace fettle::tokenize {

struct TemplateLimits {
  std::size_t max_output_bytes = std::size_t{1} << 24;
  std::uint64_t max_steps = 20'000'000;  // nodes evaluated and loop turns: bounds the time
  std::size_t max_memory_bytes = std::size_t{1} << 28;
  std::size_t max_depth = 64;
};

struct RenderInput {
  Json messages;         // array of {role, content, ...}
  Json tools = nullptr;  // array of functions, or null
  bool add_generation_prompt = false;
  Json extra = Json::object();  // chat_template_kwargs: enable_thinking, ...
  std::string bos_token;
  std::string eos_token;
  std::int64_t unix_time = 0;  // for strftime_now; passed in so that rendering is a function
};

struct Rendered {
  std::string text;
  // Byte ranges inside {% generation %} blocks: what the assistant says, if the template marks it.
  std::vector<std::pair<std::size_t, std::size_t>> generation_spans;
};

class ChatTemplate {
 public:
  // Problems name the template's line. Refuses import, include, extends and __dunder__ names.
  [[nodiscard]] static Result<ChatTemplate> parse(std::string_view source, std::string_view where);

  ChatTemplate(ChatTemplate&&) noexcept;
  ChatTemplate& operator=(ChatTemplate&&) noexcept;
  ~ChatTemplate();

  // A problem when the template raises (raise_exception), uses what it must not, or hits a limit.
  [[nodiscard]] Result<Rendered> render(const RenderInput& input,
                                        const TemplateLimits& limits = {}) const;
  [[nodiscard]] const std::string& source() const;

 private:
  struct Program;
  explicit ChatTemplate(std::unique_ptr<Program> program);
  std::unique_ptr<Program> program_;
};

}  // namespace fettle::tokenize
