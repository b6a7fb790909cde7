// Checks of whole rows: empty, cut off, refused, labelled outside the list.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/fields.h"
#include "data/record.h"
#include "data/stage.h"

namespace fettle::data::clean {

struct AnswerConfig {
  bool empty = true;
  bool truncated = true;
  bool no_end = false;
  bool refused = true;
  std::vector<std::string> refusals;

  template <class Visitor>
  void fields(Visitor& v) {
    v("empty", empty, {.help = "drop rows with an empty answer, or with no text at all"});
    v("truncated", truncated,
      {.help = "drop rows whose answer is cut off: a code fence or bracket is open at its end, or "
               "it ends in a comma, a colon or a word that asks for more"});
    v("no_end", no_end,
      {.help = "drop rows whose answer of twelve words or more does not end as a sentence, a list, "
               "code or a table does"});
    v("refused", refused, {.help = "drop rows whose answer refuses (\"I'm sorry, but as an AI\")"});
    v("refusals", refusals, {.help = "more phrases that refuse, at the start of an answer"});
  }
};

// What is wrong with an answer; empty: nothing.
[[nodiscard]] std::string_view cut_off(std::string_view answer, bool no_end);
// The phrase that refuses, looked for in the first kRefusalBytes; empty: none.
inline constexpr std::size_t kRefusalBytes = 240;
[[nodiscard]] std::string_view refusal(std::string_view answer,
                                       const std::vector<std::string>& more);

[[nodiscard]] Verdict check_answers(const Record& record, const AnswerConfig& config);

struct LabelConfig {
  std::vector<std::string> labels;
  std::vector<std::string> required;

  template <class Visitor>
  void fields(Visitor& v) {
    v("labels", labels, {.help = "the labels that a row may have; empty: any"});
    v("required", required, {.help = "keys that a row must have with a value (text, label)"});
  }
};

[[nodiscard]] Verdict check_schema(const Record& record, const LabelConfig& config);

// Rows with equal keys and different labels contradict each other: the row's text but for its
// label, lower case, white space as one space. A stage that sees all rows compares by it.
[[nodiscard]] std::string contradiction_key(const Record& record);

}  // namespace fettle::data::clean
