// ChatTemplate::parse and render within small limits.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "tokenize/chat_template.h"

namespace {

fettle::tokenize::RenderInput conversation() {
  fettle::tokenize::RenderInput input;
  input.messages = fettle::Json::parse(
      R"([{"role":"system","content":"Be brief."},{"role":"user","content":"Hi\n"},)"
      R"({"role":"assistant","content":null,"tool_calls":[{"function":{"name":"f","arguments":{}}}]}])");
  input.tools = fettle::Json::parse(R"([{"type":"function","function":{"name":"f"}}])");
  input.add_generation_prompt = true;
  input.bos_token = "<s>";
  input.eos_token = "</s>";
  return input;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fettle::tokenize::RenderInput input = conversation();
  constexpr fettle::tokenize::TemplateLimits kSmall{.max_output_bytes = 1 << 16,
                                                    .max_steps = 20'000,
                                                    .max_memory_bytes = 1 << 22,
                                                    .max_depth = 64};
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  const auto parsed = fettle::tokenize::ChatTemplate::parse(source, "fuzz");
  if (!parsed) return 0;
  const auto rendered = parsed->render(input, kSmall);
  if (rendered && rendered->text.size() > kSmall.max_output_bytes) std::abort();
  return 0;
}
