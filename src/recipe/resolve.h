// From the keys of a YAML file and --set arguments to the fields that they mean: sections or flat,
// own names or other trainers'.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "recipe/field_info.h"
#include "recipe/findings.h"
#include "recipe/yaml.h"

namespace fettle::recipe {

struct Entry {
  const FieldInfo* field = nullptr;
  std::string key;        // as the user wrote it
  bool opposite = false;  // the key names the opposite of the field
  YamlNode node;
  Place place;
};

class Resolver {
 public:
  // name: the recipe's, for places. The table must outlive the resolver.
  Resolver(const FieldTable& table, std::string name, Findings& findings);

  // The whole file: a map of sections, of keys, or of both.
  void read(const YamlNode& root);
  // "section.key=value" or "key=value"; replaces what the file says. Lists: "a,b" or "[a, b]".
  void set(std::string_view argument);

  // By the path of the field.
  [[nodiscard]] const std::map<std::string, Entry>& entries() const { return entries_; }

 private:
  struct Match {
    const FieldInfo* field;
    bool opposite;
  };

  [[nodiscard]] Place place(int line) const;
  [[nodiscard]] bool is_section(std::string_view name) const;
  // Fields that `key` names, own names before aliases; section empty: of any section.
  [[nodiscard]] std::vector<Match> matches(std::string_view section, std::string_view key) const;
  [[nodiscard]] std::string unknown(std::string_view section, std::string_view key) const;
  void read_section(std::string_view section, const YamlNode& node);
  void read_key(std::string_view section, const YamlKey& key, const YamlNode& node);
  // The one field that `key` names; reports and returns no field when there is none or several.
  [[nodiscard]] Match find(std::string_view section, std::string_view key, const Place& where);
  void add(Entry entry);

  const FieldTable& table_;
  std::string name_;
  Findings& findings_;
  std::map<std::string, Entry> entries_;
};

}  // namespace fettle::recipe
