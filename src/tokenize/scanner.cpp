#include "tokenize/scanner.h"

#include <algorithm>
#include <array>

#include "tokenize/unicode.h"

namespace fettle::tokenize {
namespace {

constexpr std::string_view kGpt2 =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
constexpr std::string_view kLlama3 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*)"
    R"(|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kQwen2 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*)"
    R"(|\s*[\r\n]+|\s+(?!\S)|\s+)";
// The same with the cases of the contractions written out, as tiktoken's conversions have it.
constexpr std::string_view kCl100k =
    R"((?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+)"
    R"(|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

enum class Kind { kLetter, kNumber, kSpace, kOther, kEnd };

struct Seen {
  Kind kind = Kind::kEnd;
  std::size_t next = 0;  // begin of the character after
  char32_t code = 0;
};

Seen look(std::string_view text, std::size_t at) {
  if (at >= text.size()) return {Kind::kEnd, at, 0};
  const Character character = character_at(text, at);
  const std::size_t next = at + character.size;
  if (is_letter(character.code)) return {Kind::kLetter, next, character.code};
  if (is_space(character.code)) return {Kind::kSpace, next, character.code};
  if (is_number(character.code)) return {Kind::kNumber, next, character.code};
  return {Kind::kOther, next, character.code};
}

bool is_line_end(char32_t code) { return code == '\r' || code == '\n'; }

// End of the longest run of `kind` from `at`, of at most `most` characters.
std::size_t run_end(std::string_view text, std::size_t at, Kind kind, std::size_t most = SIZE_MAX) {
  for (; most > 0; --most) {
    const Seen seen = look(text, at);
    if (seen.kind != kind) break;
    at = seen.next;
  }
  return at;
}

// End of 's, 't, 're, 've, 'm, 'll or 'd at `at`, or `at`. Folding cases, Unicode makes the long s
// (U+017F) an s.
std::size_t contraction_end(std::string_view text, std::size_t at, bool fold, bool long_s) {
  if (text[at] != '\'') return at;
  const std::string_view rest = text.substr(at + 1, 2);
  if (long_s && rest == "\u017F") return at + 3;
  std::array<char, 2> letters{};
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const char c = rest[i];
    letters[i] = fold && c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  const std::string_view word(letters.data(), rest.size());
  if (word == "re" || word == "ve" || word == "ll") return at + 3;
  if (!word.empty() && std::string_view("stmd").find(word[0]) != std::string_view::npos) {
    return at + 2;
  }
  return at;
}

// \s+(?!\S)|\s+ from `at`: the run of spaces, but for its last one if a word follows.
std::size_t spaces_end(std::string_view text, std::size_t at) {
  std::size_t last = at;
  std::size_t end = at;
  for (Seen seen = look(text, at); seen.kind == Kind::kSpace; seen = look(text, end)) {
    last = end;
    end = seen.next;
  }
  return end == text.size() || last == at ? end : last;
}

std::size_t gpt2_end(std::string_view text, std::size_t at) {
  const std::size_t contraction = contraction_end(text, at, false, false);
  if (contraction > at) return contraction;
  const std::size_t word = text[at] == ' ' ? at + 1 : at;
  const Seen seen = look(text, word);
  if (seen.kind == Kind::kSpace || seen.kind == Kind::kEnd) return spaces_end(text, at);
  return run_end(text, seen.next, seen.kind);
}

// After the last line end of the run of spaces at `at`, or `at` where it has none.
std::size_t lines_end(std::string_view text, std::size_t at) {
  std::size_t after = at;
  std::size_t end = at;
  for (Seen seen = look(text, at); seen.kind == Kind::kSpace; seen = look(text, end)) {
    end = seen.next;
    if (is_line_end(seen.code)) after = end;
  }
  return after;
}

struct Llama3Rule {
  std::size_t digits;
  bool long_s;
};

std::size_t llama3_end(std::string_view text, std::size_t at, const Llama3Rule& rule) {
  const std::size_t contraction = contraction_end(text, at, true, rule.long_s);
  if (contraction > at) return contraction;
  const Seen first = look(text, at);
  if (first.kind == Kind::kLetter) return run_end(text, first.next, Kind::kLetter);
  if (first.kind == Kind::kNumber) return run_end(text, at, Kind::kNumber, rule.digits);
  const Seen second = look(text, first.next);
  if (second.kind == Kind::kLetter && !is_line_end(first.code)) {
    return run_end(text, second.next, Kind::kLetter);
  }
  if (first.kind == Kind::kOther || (first.code == ' ' && second.kind == Kind::kOther)) {
    std::size_t end = run_end(text, first.next, Kind::kOther);
    while (end < text.size() && is_line_end(static_cast<unsigned char>(text[end]))) ++end;
    return end;
  }
  const std::size_t lines = lines_end(text, at);
  return lines > at ? lines : spaces_end(text, at);
}

template <class End>
void scan(std::string_view text, std::vector<Match>& parts, End&& end_of) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = end_of(text, at);
    parts.push_back({{static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end)}, true});
    at = end;
  }
}

void scan_gpt2(std::string_view text, std::vector<Match>& parts) { scan(text, parts, gpt2_end); }

template <std::size_t kDigits, bool kLongS>
void scan_llama3(std::string_view text, std::vector<Match>& parts) {
  scan(text, parts, [](std::string_view all, std::size_t at) {
    return llama3_end(all, at, {kDigits, kLongS});
  });
}

// \s+$ as Ruby has it: $ stands before each line feed and at the end. Of each run of spaces at most
// one part matches, up to its last such place.
void scan_trailing_spaces(std::string_view text, std::vector<Match>& parts) {
  std::size_t done = 0;
  const auto add = [&](std::size_t begin, std::size_t end, bool hit) {
    if (end <= begin) return;
    parts.push_back({{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)}, hit});
    done = end;
  };
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    std::size_t hit_end = at;
    for (Seen seen = look(text, at); seen.kind == Kind::kSpace; seen = look(text, end)) {
      if (seen.code == '\n') hit_end = end;
      end = seen.next;
    }
    if (end > at && end == text.size()) hit_end = end;
    if (hit_end > at) {
      add(done, at, false);
      add(at, hit_end, true);
    }
    at = end > at ? end : look(text, at).next;
  }
  add(done, text.size(), false);
}

struct Row {
  std::string_view expression;
  Scanner scanner;
};

constexpr Row kRows[] = {
    {kGpt2, scan_gpt2},
    {kLlama3, scan_llama3<3, true>},
    {kQwen2, scan_llama3<1, true>},
    {kCl100k, scan_llama3<3, false>},
    {R"(\s+$)", scan_trailing_spaces},
};

}  // namespace

std::string_view gpt2_expression() { return kGpt2; }
std::string_view llama3_expression() { return kLlama3; }
std::string_view qwen2_expression() { return kQwen2; }

Scanner scanner_of(std::string_view expression) {
  const auto* row = std::ranges::find(kRows, expression, &Row::expression);
  return row == std::end(kRows) ? nullptr : row->scanner;
}

}  // namespace fettle::tokenize
