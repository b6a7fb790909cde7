#include "data/collect/markdown.h"

#include <algorithm>
#include <cstddef>

namespace fettle::data::collect {
namespace {

std::string_view line_at(std::string_view text, std::size_t at) {
  const std::size_t end = text.find('\n', at);
  return text.substr(at, end == std::string_view::npos ? end : end - at);
}

std::string_view trimmed_line(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(" \t\r") + 1 - begin);
}

// The length of a run of three or more ` or ~ behind at most three spaces; 0 for other lines.
std::size_t fence_of(std::string_view line, char& mark) {
  const std::size_t begin = std::min(line.find_first_not_of(' '), line.size());
  if (begin > 3 || begin == line.size() || (line[begin] != '`' && line[begin] != '~')) return 0;
  mark = line[begin];
  const std::size_t end = std::min(line.find_first_not_of(mark, begin), line.size());
  return end - begin >= 3 ? end - begin : 0;
}

// The title of "## Title ##"; data() is null for other lines.
std::string_view heading_of(std::string_view line) {
  const std::size_t begin = std::min(line.find_first_not_of(' '), line.size());
  const std::size_t marks = std::min(line.find_first_not_of('#', begin), line.size());
  if (begin > 3 || marks == begin || marks - begin > 6) return {};
  if (marks < line.size() && line[marks] != ' ' && line[marks] != '\t' && line[marks] != '\r') {
    return {};
  }
  std::string_view title = trimmed_line(line.substr(marks));
  const std::size_t last = title.find_last_not_of('#');
  if (last == std::string_view::npos) return line.substr(marks, 0);
  if (title[last] == ' ') title = trimmed_line(title.substr(0, last));
  return title.empty() ? line.substr(marks, 0) : title;
}

}  // namespace

std::string_view front_matter(std::string_view text) {
  if (trimmed_line(line_at(text, 0)) != "---" || !text.starts_with("---")) return {};
  const std::size_t begin = line_at(text, 0).size() + 1;
  for (std::size_t at = begin; at < text.size(); at += line_at(text, at).size() + 1) {
    const std::string_view line = trimmed_line(line_at(text, at));
    if (line == "---" || line == "...") return text.substr(begin, at - begin);
  }
  return {};
}

std::vector<Section> markdown_sections(std::string_view text, bool cut) {
  std::size_t at = 0;
  if (const std::string_view front = front_matter(text); front.data() != nullptr) {
    at = static_cast<std::size_t>(front.data() - text.data()) + front.size();
    at = std::min(at + line_at(text, at).size() + 1, text.size());
  }
  std::int64_t number = 1 + std::count(text.begin(), text.begin() + static_cast<long>(at), '\n');
  std::vector<Section> sections{{{}, text.substr(at), number}};
  std::size_t fence = 0;
  char fence_mark = '`';
  for (std::size_t begin = at; cut && at < text.size(); ++number) {
    const std::string_view line = line_at(text, at);
    char mark = '`';
    const std::size_t run = fence_of(line, mark);
    if (fence == 0 && run > 0) {
      fence = run;
      fence_mark = mark;
    } else if (fence > 0 && run >= fence && mark == fence_mark) {
      fence = 0;
    } else if (const auto title = heading_of(line); fence == 0 && title.data() != nullptr) {
      sections.back().body = text.substr(begin, at - begin);
      sections.push_back({title, text.substr(at), number});
      begin = at;
    }
    at = std::min(at + line.size() + 1, text.size());
  }
  return sections;
}

}  // namespace fettle::data::collect
