// A source's own columns become the keys that trainers know (data/record.h): found by looking at
// each row's keys, or said in the recipe. Other keys travel along.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "data/collect/config.h"
#include "data/row.h"

namespace fettle::data::collect {

// A chat's own words for roles and keys, as LLaMA-Factory's tags state them; empty: not stated.
struct Tags {
  std::string role_tag;
  std::string content_tag;
  std::string user_tag;
  std::string assistant_tag;
  std::string observation_tag;
  std::string function_tag;
  std::string system_tag;

  [[nodiscard]] bool stated() const { return !role_tag.empty() || !content_tag.empty() || words(); }
  [[nodiscard]] bool words() const {
    return !user_tag.empty() || !assistant_tag.empty() || !observation_tag.empty() ||
           !function_tag.empty() || !system_tag.empty();
  }
};

class Mapping {
 public:
  // Throws UsageError for a column or tag that is not one of the known, or stands twice.
  explicit Mapping(const SourceConfig& config);

  // The row in canonical keys; a Problem names what is missing or of another type, the keys found
  // and what is allowed. Thread-safe.
  [[nodiscard]] Result<Json> map(Json row, const Origin& origin) const;

  // "chat", "instruction", "prompt_completion", "classification", "preference", "kto", "text",
  // "image", "audio" by the row's keys (after renaming); empty when they fit none.
  [[nodiscard]] static std::string_view find_form(const Json& row);

 private:
  [[nodiscard]] Result<Json> map_form(Json row, std::string_view form, const Origin& origin) const;
  [[nodiscard]] Result<Json> name_label(Json row, const Origin& origin) const;

  std::string form_;
  std::vector<std::pair<std::string, std::string>> columns_;  // fettle's key, the source's
  Tags tags_;
  std::vector<std::string> labels_;
};

}  // namespace fettle::data::collect
