#include "tokenize/pattern.h"

#include <algorithm>
#include <utility>

#include "tokenize/scanner.h"
#include "tokenize/unicode.h"

namespace fettle::tokenize {
namespace {

Span span_of(std::size_t begin, std::size_t end) {
  return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
}

class LiteralPattern : public Pattern {
 public:
  explicit LiteralPattern(std::string text) : literal_(std::move(text)) {}

  void find(std::string_view text, std::vector<Match>& parts) const override {
    std::size_t done = 0;
    for (;;) {
      const std::size_t at = text.find(literal_, done);
      if (at == std::string_view::npos) break;
      if (at > done) parts.push_back({span_of(done, at), false});
      done = at + literal_.size();
      parts.push_back({span_of(at, done), true});
    }
    if (done < text.size()) parts.push_back({span_of(done, text.size()), false});
  }

 private:
  std::string literal_;
};

class ClassPattern : public Pattern {
 public:
  explicit ClassPattern(bool (*belongs)(char32_t)) : belongs_(belongs) {}

  void find(std::string_view text, std::vector<Match>& parts) const override {
    std::size_t done = 0;
    for (std::size_t at = 0; at < text.size();) {
      const Character character = character_at(text, at);
      const std::size_t next = at + character.size;
      if (belongs_(character.code)) {
        if (at > done) parts.push_back({span_of(done, at), false});
        parts.push_back({span_of(at, next), true});
        done = next;
      }
      at = next;
    }
    if (done < text.size()) parts.push_back({span_of(done, text.size()), false});
  }

 private:
  bool (*belongs_)(char32_t);
};

// Neighbours of one kind become one part; nothing is removed.
void join_contiguous(std::vector<Match>& parts) {
  bool previous = false;
  std::size_t kept = 0;
  for (const Match part : parts) {
    if (part.hit == previous && kept > 0) {
      parts[kept - 1].span.end = part.span.end;
    } else {
      parts[kept++] = {part.span, false};
    }
    previous = part.hit;
  }
  parts.resize(kept);
}

void merge_with_previous(std::vector<Match>& parts) {
  bool previous = false;
  std::size_t kept = 0;
  for (const Match part : parts) {
    if (part.hit && !previous && kept > 0) {
      parts[kept - 1].span.end = part.span.end;
    } else {
      parts[kept++] = {part.span, false};
    }
    previous = part.hit;
  }
  parts.resize(kept);
}

void merge_with_next(std::vector<Match>& parts) {
  bool previous = false;
  std::vector<Match> merged;
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    if (part->hit && !previous && !merged.empty()) {
      merged.back().span.begin = part->span.begin;
    } else {
      merged.push_back({part->span, false});
    }
    previous = part->hit;
  }
  std::reverse(merged.begin(), merged.end());
  parts = std::move(merged);
}

}  // namespace

std::unique_ptr<Pattern> literal_pattern(std::string text) {
  // The empty literal matches between all characters, as the empty expression does.
  if (text.empty()) return regex_pattern("", "");
  return std::make_unique<LiteralPattern>(std::move(text));
}

std::unique_ptr<Pattern> class_pattern(bool (*belongs)(char32_t)) {
  return std::make_unique<ClassPattern>(belongs);
}

void apply_behavior(SplitBehavior behavior, std::vector<Match>& parts) {
  switch (behavior) {
    case SplitBehavior::kRemoved:
      return;
    case SplitBehavior::kIsolated:
      for (Match& part : parts) part.hit = false;
      return;
    case SplitBehavior::kContiguous:
      return join_contiguous(parts);
    case SplitBehavior::kMergedWithPrevious:
      return merge_with_previous(parts);
    case SplitBehavior::kMergedWithNext:
      return merge_with_next(parts);
  }
}

}  // namespace fettle::tokenize
