#define PCRE2_CODE_UNIT_WIDTH 8
#include "metric/pattern.h"

#include <pcre2.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/format.h"
#include "metric/unicode.h"
#include "metric/words.h"

namespace fettle::metric {
namespace {

using Clock = std::chrono::steady_clock;

std::string message_of(int error) {
  std::array<PCRE2_UCHAR, 256> buffer{};
  pcre2_get_error_message(error, buffer.data(), buffer.size());
  return reinterpret_cast<const char*>(buffer.data());
}

pcre2_code* code_of(const std::shared_ptr<void>& code) {
  return static_cast<pcre2_code*>(code.get());
}

Pattern::Groups groups_of(pcre2_match_data* data, std::string_view text) {
  const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(data);
  Pattern::Groups out;
  for (std::uint32_t k = 0; k < pcre2_get_ovector_count(data); ++k) {
    const bool took_part = ends[2 * k] != PCRE2_UNSET && ends[2 * k + 1] >= ends[2 * k];
    out.emplace_back(took_part ? text.substr(ends[2 * k], ends[2 * k + 1] - ends[2 * k]) : "");
  }
  return out;
}

// Behind an empty match: the next character's beginning.
std::size_t next_character(std::string_view text, std::size_t at) {
  ++at;
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) ++at;
  return at;
}

}  // namespace

Result<Pattern> Pattern::compile(std::string_view expression, const PatternLimits& limits) {
  if (expression.size() > 10'000) {
    return problem("expression", text("has {} bytes; allowed: 10000", expression.size()));
  }
  int error = 0;
  PCRE2_SIZE place = 0;
  pcre2_compile_context* context = pcre2_compile_context_create(nullptr);
  pcre2_set_parens_nest_limit(context, 100);
  pcre2_code* code =
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(expression.data()), expression.size(),
                    PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C,
                    &error, &place, context);
  pcre2_compile_context_free(context);
  if (code == nullptr) {
    return problem("expression", text("\"{}\" cannot be used: {} at character {}", expression,
                                      message_of(error), place));
  }
  const auto free_code = [](void* p) { pcre2_code_free(static_cast<pcre2_code*>(p)); };
  return Pattern(std::shared_ptr<void>(code, free_code), std::string(expression), limits);
}

Result<std::vector<Pattern::Groups>> Pattern::find(std::string_view source,
                                                   std::size_t most) const {
  const auto free_data = [](pcre2_match_data* p) { pcre2_match_data_free(p); };
  const auto free_context = [](pcre2_match_context* p) { pcre2_match_context_free(p); };
  const std::unique_ptr<pcre2_match_data, decltype(free_data)> data(
      pcre2_match_data_create_from_pattern(code_of(code_), nullptr), free_data);
  const std::unique_ptr<pcre2_match_context, decltype(free_context)> context(
      pcre2_match_context_create(nullptr), free_context);
  pcre2_set_match_limit(context.get(), limits_.steps);
  pcre2_set_depth_limit(context.get(), limits_.depth);
  pcre2_set_heap_limit(context.get(), limits_.heap_kilobytes);
  const auto end = Clock::now() + std::chrono::duration<double>(limits_.seconds);
  std::vector<Groups> out;
  // Read once here rather than by PCRE2 before each match.
  const Points points = code_points(source);
  const bool valid =
      std::none_of(points.begin(), points.end(), [](std::int32_t p) { return p >= kByteBase; });
  const std::uint32_t options = valid ? PCRE2_NO_UTF_CHECK : 0;
  std::size_t at = 0;
  while (at <= source.size() && out.size() < most) {
    const int found = pcre2_match(code_of(code_), reinterpret_cast<PCRE2_SPTR>(source.data()),
                                  source.size(), at, options, data.get(), context.get());
    if (found == PCRE2_ERROR_NOMATCH) break;
    if (found < 0) {
      return problem("expression", text("\"{}\" on a text of {} bytes: {}; simplify it",
                                        expression_, source.size(), message_of(found)));
    }
    if (Clock::now() > end) {
      return problem("expression",
                     text("\"{}\" on a text of {} bytes took more than {} s; simplify "
                          "it",
                          expression_, source.size(), limits_.seconds));
    }
    out.push_back(groups_of(data.get(), source));
    const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(data.get());
    at =
        ends[1] > ends[0] && ends[1] > at ? ends[1] : next_character(source, std::max(ends[1], at));
  }
  return out;
}

Result<std::vector<Pattern::Groups>> Pattern::find_all(std::string_view text) const {
  return find(text, limits_.matches);
}

Result<bool> Pattern::matches(std::string_view text) const {
  const auto found = find(text, 1);
  if (!found) return tl::unexpected(found.error());
  return !found->empty();
}

Result<std::string> regex_filter(const Pattern& pattern, std::string_view text, std::int64_t select,
                                 std::string_view otherwise) {
  const auto found = pattern.find_all(text);
  if (!found) return tl::unexpected(found.error());
  const auto count = static_cast<std::int64_t>(found->size());
  const std::int64_t at = select < 0 ? count + select : select;
  if (at < 0 || at >= count) return std::string(otherwise);
  const Pattern::Groups& groups = (*found)[static_cast<std::size_t>(at)];
  std::string_view chosen = groups.size() > 1 ? std::string_view() : std::string_view(groups[0]);
  for (std::size_t k = 1; k < groups.size() && chosen.empty(); ++k) chosen = groups[k];
  // Several groups, none of which took part: no answer.
  if (chosen.empty() && groups.size() > 2) return std::string(otherwise);
  return utf8(stripped(code_points(chosen)));
}

}  // namespace fettle::metric
