#include "app/task_files.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/file.h"
#include "base/format.h"
#include "base/nearest.h"
#include "recipe/yaml.h"

namespace fettle::app {
namespace {

constexpr int kMaxIncludes = 8;

template <class Number>
bool parses(const std::string& word, Number& out) {
  const char* const end = word.data() + word.size();
  const auto read = std::from_chars(word.data(), end, out);
  return read.ec == std::errc() && read.ptr == end;
}

Json scalar_json(const recipe::YamlNode& node) {
  const std::string& word = node.scalar;
  if (node.quoted || word.empty()) return Json(word);
  const std::string lower = lower_ascii(word);
  if (lower == "true" || lower == "yes" || lower == "on") return Json(true);
  if (lower == "false" || lower == "no" || lower == "off") return Json(false);
  std::int64_t whole = 0;
  if (parses(word, whole)) return Json(whole);
  double real = 0;
  const bool number = word.find_first_of("0123456789") != word.npos && parses(word, real);
  return number ? Json(real) : Json(word);
}

Json node_json(const recipe::YamlNode& node) {
  using Kind = recipe::YamlNode::Kind;
  if (node.kind == Kind::kNull) return nullptr;
  if (node.kind == Kind::kScalar) return scalar_json(node);
  Json out = node.kind == Kind::kList ? Json::array() : Json::object();
  for (const recipe::YamlNode& item : node.items) out.push_back(node_json(item));
  for (const auto& [key, value] : node.members) out[key.name] = node_json(value);
  return out;
}

void refuse_python(std::string_view yaml, const std::string& where) {
  const std::size_t at = yaml.find("!function");
  if (at == yaml.npos) return;
  const auto line =
      1 + std::count(yaml.begin(), yaml.begin() + static_cast<std::ptrdiff_t>(at), '\n');
  throw DataError(
      "{}:{}: !function names Python code, which fettle does not run; write the value as a "
      "template, or take the built-in task (fettle show tasks)",
      where, line);
}

Json included_json(std::string_view yaml, const std::string& where, const fs::path& folder,
                   int depth) {
  if (depth > kMaxIncludes) throw DataError("{}: includes {} files in a row", where, depth);
  refuse_python(yaml, where);
  Result<recipe::YamlNode> parsed = recipe::parse_yaml(yaml, where);
  if (!parsed) throw DataError("{}", parsed.error().message());
  Json json = node_json(*parsed);
  const Json* include = find(json, "include");
  if (include == nullptr) return json;
  const fs::path other = folder / include->get<std::string>();
  Json base = included_json(read_file(other, std::uint64_t{1} << 20), other.string(),
                            other.parent_path(), depth + 1);
  for (const auto& [key, value] : json.items()) base[key] = value;
  return base;
}

evaluate::TaskFile built_in(const BuiltInTask& task) {
  const std::string where = text("task {}", task.name);
  return evaluate::read_task(task_json(task.yaml, where, ""), where);
}

evaluate::TaskFile from_file(const fs::path& path) {
  const std::string folder = path.parent_path().string();
  evaluate::TaskFile task = evaluate::read_task(
      task_json(read_file(path, std::uint64_t{1} << 20), path.string(), folder), path.string());
  task.folder = folder;
  return task;
}

void add_named(const std::string& name, std::vector<evaluate::TaskFile>& out) {
  if (name.ends_with(".yaml") || name.ends_with(".yml")) return out.push_back(from_file(name));
  std::vector<std::string> known;
  bool found = false;
  for (const BuiltInTask& row : built_in_tasks()) {
    known.emplace_back(row.name);
    evaluate::TaskFile task = built_in(row);
    const bool heard = std::find(known.begin(), known.end(), task.group) != known.end();
    if (!task.group.empty() && !heard) known.push_back(task.group);
    if (row.name != name && task.group != name) continue;
    out.push_back(std::move(task));
    found = true;
  }
  if (!found) {
    throw UsageError("{}", unknown_name("task", name,
                                        std::vector<std::string_view>(known.begin(), known.end())));
  }
}

}  // namespace

Json task_json(std::string_view yaml, const std::string& where, const std::string& folder) {
  return included_json(yaml, where, folder, 0);
}

std::vector<evaluate::TaskFile> load_tasks(const std::vector<std::string>& names) {
  std::vector<evaluate::TaskFile> out;
  for (const std::string& list : names) {
    for (std::size_t begin = 0; begin <= list.size();) {
      const std::size_t end = std::min(list.find(',', begin), list.size());
      if (end > begin) add_named(list.substr(begin, end - begin), out);
      begin = end + 1;
    }
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (out[i].name == out[k].name) throw UsageError("the task {} is named twice", out[i].name);
    }
  }
  return out;
}

}  // namespace fettle::app
