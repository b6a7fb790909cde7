#include "tokenize/unicode_forms.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>

#include "tokenize/unicode.h"
#include "tokenize/unicode_tables.h"

namespace fettle::tokenize {
namespace {

constexpr char32_t kNone = 0xFFFFFFFF;

bool is_newer(char32_t code) { return find_range(kNormalizedAfter9, code) != nullptr; }

int combining_class(char32_t code) {
  if (code < 0x300 || is_newer(code)) return 0;
  return utf8proc_get_property(static_cast<utf8proc_int32_t>(code))->combining_class;
}

// The character that the two compose to, or kNone.
char32_t composed(char32_t first, char32_t second) {
  if (second < 0x300 || is_newer(first) || is_newer(second)) return kNone;
  // One element more: the library ends its strings with a zero.
  std::array<utf8proc_int32_t, 3> pair = {static_cast<utf8proc_int32_t>(first),
                                          static_cast<utf8proc_int32_t>(second), 0};
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  return utf8proc_normalize_utf32(pair.data(), 2, options) == 1 ? static_cast<char32_t>(pair[0])
                                                                : kNone;
}

struct Part {
  char32_t code;
  int change;
  int rank;  // canonical combining class
};

// Canonical or compatible decomposition, marks in canonical order.
class Decomposer {
 public:
  explicit Decomposer(bool compatible) {
    int options = UTF8PROC_STABLE | UTF8PROC_DECOMPOSE;
    if (compatible) options |= UTF8PROC_COMPAT;
    options_ = static_cast<utf8proc_option_t>(options);
  }

  std::vector<Part> run(std::string_view text) {
    parts_.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
      const Character character = character_at(text, at);
      add(character.code);
      at += character.size;
    }
    sort_marks();
    return std::move(parts_);
  }

 private:
  void add(char32_t code) {
    // The longest decomposition has 18 characters (U+FDFA).
    std::array<utf8proc_int32_t, 32> to{};
    to[0] = static_cast<utf8proc_int32_t>(code);
    utf8proc_ssize_t count = 1;
    if (code >= 0x80 && !is_newer(code)) {
      int boundary = 0;
      count = utf8proc_decompose_char(to[0], to.data(), to.size(), options_, &boundary);
    }
    for (utf8proc_ssize_t i = 0; i < count; ++i) {
      const auto part = static_cast<char32_t>(to[static_cast<std::size_t>(i)]);
      const int rank = combining_class(part);
      if (rank == 0) sort_marks();
      parts_.push_back({part, i == 0 ? 0 : 1, rank});
      if (rank == 0) marks_ = parts_.size();
    }
  }

  void sort_marks() {
    std::stable_sort(parts_.begin() + static_cast<std::ptrdiff_t>(marks_), parts_.end(),
                     [](const Part& a, const Part& b) { return a.rank < b.rank; });
    marks_ = parts_.size();
  }

  utf8proc_option_t options_;
  std::vector<Part> parts_;
  std::size_t marks_ = 0;  // where the marks that are still to be sorted begin
};

// Canonical composition (Unicode Standard Annex 15): marks join the last starter unless one of
// their rank or higher stands between.
std::vector<Change> compose(const std::vector<Part>& parts) {
  std::vector<Change> out;
  out.reserve(parts.size());
  std::size_t starter = SIZE_MAX;  // its place in `out`
  int last_rank = -1;              // of the last mark that stayed behind the starter, or -1
  for (const Part& part : parts) {
    const bool blocked = starter == SIZE_MAX || (last_rank >= 0 && last_rank >= part.rank);
    const char32_t joined = blocked ? kNone : composed(out[starter].code, part.code);
    if (joined != kNone) {
      out[starter] = {joined, out[starter].change + part.change - 1};
      continue;
    }
    out.push_back({part.code, part.change});
    if (part.rank == 0) {
      starter = out.size() - 1;
      last_rank = -1;
    } else if (starter != SIZE_MAX) {
      last_rank = part.rank;
    }
  }
  return out;
}

}  // namespace

bool may_change(Form form, std::string_view text) {
  // Below these lead bytes (U+0300, U+00C0, U+0080) each character is its own form.
  const unsigned char limit = form == Form::kNfc ? 0xCC : form == Form::kNfd ? 0xC3 : 0xC2;
  return std::ranges::any_of(text,
                             [&](char byte) { return static_cast<unsigned char>(byte) >= limit; });
}

std::vector<Change> normalized(Form form, std::string_view text) {
  const bool compatible = form == Form::kNfkc || form == Form::kNfkd;
  const std::vector<Part> parts = Decomposer(compatible).run(text);
  if (form == Form::kNfc || form == Form::kNfkc) return compose(parts);
  std::vector<Change> out;
  out.reserve(parts.size());
  for (const Part& part : parts) out.push_back({part.code, part.change});
  return out;
}

}  // namespace fettle::tokenize
