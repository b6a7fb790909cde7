#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>
#include <utility>

#include "base/error.h"
#include "tokenize/pattern.h"
#include "tokenize/scanner.h"
#include "tokenize/unicode.h"

namespace fettle::tokenize {
namespace {

// A hostile expression stops here instead of running for hours or taking all memory.
constexpr std::uint32_t kMatchLimit = 50'000'000;
constexpr std::uint32_t kDepthLimit = 10'000'000;
constexpr std::uint32_t kHeapLimitKib = 512 * 1024;

struct CodeFree {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
struct DataFree {
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};
struct ContextFree {
  void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
};

std::string pcre_message(int error) {
  std::array<PCRE2_UCHAR, 256> buffer{};
  pcre2_get_error_message(error, buffer.data(), buffer.size());
  return reinterpret_cast<const char*>(buffer.data());
}

class ScannedPattern : public Pattern {
 public:
  explicit ScannedPattern(Scanner scanner) : scanner_(scanner) {}
  void find(std::string_view text, std::vector<Match>& parts) const override {
    scanner_(text, parts);
  }

 private:
  Scanner scanner_;
};

class PcrePattern : public Pattern {
 public:
  PcrePattern(std::string_view expression, std::string_view where)
      : expression_(expression), where_(where) {
    const std::string translated = pcre_expression(expression, where);
    int error = 0;
    PCRE2_SIZE at = 0;
    code_.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(translated.data()), translated.size(),
                              PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C,
                              &error, &at, nullptr));
    if (code_ == nullptr) {
      throw DataError("{} is {}, which is no regular expression: {} (character {}); correct it",
                      where, expression, pcre_message(error), at);
    }
    jit_ = pcre2_jit_compile(code_.get(), PCRE2_JIT_COMPLETE) == 0;
    limits_.reset(pcre2_match_context_create(nullptr));
    if (limits_ == nullptr) throw std::bad_alloc();
    pcre2_set_match_limit(limits_.get(), kMatchLimit);
    pcre2_set_depth_limit(limits_.get(), kDepthLimit);
    pcre2_set_heap_limit(limits_.get(), kHeapLimitKib);
  }

  void find(std::string_view text, std::vector<Match>& parts) const override {
    const std::unique_ptr<pcre2_match_data, DataFree> data(
        pcre2_match_data_create_from_pattern(code_.get(), nullptr));
    if (data == nullptr) throw std::bad_alloc();
    std::size_t done = 0;
    std::size_t from = 0;
    bool matched = false;  // something ended at `done`
    while (from <= text.size() && search(text, from, data.get())) {
      const PCRE2_SIZE* const ends = pcre2_get_ovector_pointer(data.get());
      const std::size_t begin = ends[0];
      const std::size_t end = ends[1];
      // An empty match right after a match is none; begin > end can only come from \K.
      if (begin >= end && matched && end == done) {
        from += from < text.size() ? character_at(text, from).size : 1;
        continue;
      }
      if (begin < done || begin > end) break;
      add(parts, done, begin, false);
      parts.push_back({{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)}, true});
      done = from = end;
      matched = true;
    }
    add(parts, done, text.size(), false);
  }

 private:
  static void add(std::vector<Match>& parts, std::size_t begin, std::size_t end, bool hit) {
    if (begin == end) return;
    parts.push_back({{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)}, hit});
  }

  bool search(std::string_view text, std::size_t from, pcre2_match_data* data) const {
    const auto* const subject = reinterpret_cast<PCRE2_SPTR>(text.data());
    int found = PCRE2_ERROR_JIT_STACKLIMIT;
    if (jit_) {
      found = pcre2_match(code_.get(), subject, text.size(), from, PCRE2_NO_UTF_CHECK, data,
                          limits_.get());
    }
    // The compiled code has a small stack; the interpreter keeps its own on the heap.
    if (found == PCRE2_ERROR_JIT_STACKLIMIT) {
      found = pcre2_match(code_.get(), subject, text.size(), from,
                          PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, data, limits_.get());
    }
    if (found == PCRE2_ERROR_NOMATCH) return false;
    if (found < 0) {
      throw DataError(
          "{} is {}, which cannot be matched against a text of {} within its limits: "
          "{}; give a simpler expression or shorter texts",
          where_, expression_, byte_size(text.size()), pcre_message(found));
    }
    return true;
  }

  std::string expression_;
  std::string where_;
  std::unique_ptr<pcre2_code, CodeFree> code_;
  std::unique_ptr<pcre2_match_context, ContextFree> limits_;
  bool jit_ = false;
};

}  // namespace

std::unique_ptr<Pattern> regex_pattern(std::string_view expression, std::string_view where) {
  if (const Scanner scanner = scanner_of(expression)) {
    return std::make_unique<ScannedPattern>(scanner);
  }
  return std::make_unique<PcrePattern>(expression, where);
}

}  // namespace fettle::tokenize
