// Filters of evaluation tasks' templates.
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/format.h"
#include "tokenize/jinja/filters.h"
#include "tokenize/jinja/operators.h"

namespace fettle::tokenize::jinja {
namespace {

struct CodeFree {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
struct DataFree {
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};
struct ContextFree {
  void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
};

constexpr std::uint32_t kMatchLimit = 2'000'000;
constexpr std::uint32_t kDepthLimit = 20'000;

std::unique_ptr<pcre2_code, CodeFree> compiled(const std::string& pattern) {
  int error = 0;
  PCRE2_SIZE at = 0;
  std::unique_ptr<pcre2_code, CodeFree> code(
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                    PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C, &error, &at, nullptr));
  if (code == nullptr) {
    throw Failure(text("regex_replace: the expression '{}' is wrong at character {}", pattern, at));
  }
  return code;
}

// re.sub's replacement: \1 to \9 and \g<1> stand for groups, \n for a line end.
void append_replacement(const std::string& with, const std::string& subject,
                        const PCRE2_SIZE* groups, std::uint32_t count, std::string& out) {
  for (std::size_t i = 0; i < with.size(); ++i) {
    if (with[i] != '\\' || i + 1 == with.size()) {
      out += with[i];
      continue;
    }
    char next = with[++i];
    if (next == 'g' && i + 3 < with.size() && with[i + 1] == '<' && with[i + 3] == '>') {
      next = with[i + 2];
      i += 3;
    }
    if (next >= '0' && next <= '9') {
      const auto group = static_cast<std::uint32_t>(next - '0');
      if (group >= count) throw Failure(text("regex_replace: there is no group {}", group));
      if (groups[2 * group] != PCRE2_UNSET) {
        out.append(subject, groups[2 * group], groups[2 * group + 1] - groups[2 * group]);
      }
    } else if (next == 'n') {
      out += '\n';
    } else {
      if (next != '\\') out += '\\';
      out += next;
    }
  }
}

Value regex_replace(Call& call) {
  const std::string subject = to_text(call.meter(), call.self).str();
  const std::string& with = call.string(1);
  const std::int64_t most = call.integer_or(2, 0);
  const auto code = compiled(call.string(0));
  const std::unique_ptr<pcre2_match_data, DataFree> data(
      pcre2_match_data_create_from_pattern(code.get(), nullptr));
  const std::unique_ptr<pcre2_match_context, ContextFree> limits(
      pcre2_match_context_create(nullptr));
  pcre2_set_match_limit(limits.get(), kMatchLimit);
  pcre2_set_depth_limit(limits.get(), kDepthLimit);
  std::string out;
  std::size_t copied = 0;
  std::size_t from = 0;
  for (std::int64_t done = 0; from <= subject.size() && (most == 0 || done < most); ++done) {
    call.meter().scan(subject.size() - from + 64);
    const int found = pcre2_match(code.get(), reinterpret_cast<PCRE2_SPTR>(subject.data()),
                                  subject.size(), from, 0, data.get(), limits.get());
    if (found == PCRE2_ERROR_NOMATCH) break;
    if (found < 0) throw Failure("regex_replace: the expression takes too long on this text");
    const PCRE2_SIZE* groups = pcre2_get_ovector_pointer(data.get());
    out.append(subject, copied, groups[0] - copied);
    append_replacement(with, subject, groups, pcre2_get_ovector_count(data.get()), out);
    copied = groups[1];
    from = groups[1];
    if (groups[0] == groups[1]) {  // goes on behind the next character
      do ++from;
      while (from < subject.size() && (static_cast<unsigned char>(subject[from]) & 0xC0U) == 0x80U);
    }
  }
  out.append(subject, std::min(copied, subject.size()));
  return make_string(&call.meter(), std::move(out));
}

constexpr std::array kTaskFilters = {
    Builtin{"regex_replace", "pattern repl count?", regex_replace},
};

}  // namespace

std::span<const Builtin> task_filters() { return kTaskFilters; }

}  // namespace fettle::tokenize::jinja
